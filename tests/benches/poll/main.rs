//! `cargo xtask bench poll`: polls and delay of each polling policy, compared with the optimum.
//!
//! Client and service run on a paused clock, so nothing waits. The bench records the times at which
//! the service receives the SDK's polls, and computes polls and delay from them and from the
//! distribution, without sampling.

mod distribution;
mod evaluate;
mod optimum;
mod service;
#[path = "../common/table.rs"]
mod table;

use std::{error::Error, time::Duration};

use distribution::Distribution;
use evaluate::{Measured, mean};
use service::Bench;
use table::Table;
use toapis::{Client, PollingPolicy};

/// Cost of one poll, in seconds of delay: the default of the SDK's policy.
const PRICE: f64 = 1.0;
/// Number of clients that learn, each from its own tasks; the bench reports their mean.
const CLIENTS: usize = 12;
/// Number of tasks that each client learns from.
const LEARNED: usize = 50;
/// Range of poll costs that is searched for a given number of polls: from the SDK's minimum to
/// about a day per poll.
const PRICES: (f64, f64) = (0.001, 100_000.0);
/// Number of bisections of that range on a logarithmic scale; the last two costs differ by 0.002 %.
const HALVINGS: u32 = 20;

fn main() -> Result<(), Box<dyn Error>> {
    // The paused clock advances to the next timer whenever the runtime is idle.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()?;
    let mut costs = Table::new([
        "tasks",
        "policy",
        "polls",
        "delay s",
        "cost s",
        "to the optimum",
    ]);
    let mut equal = Table::new([
        "tasks",
        "polls of 5 s fixed",
        "its delay s",
        "default after 0, s",
        "default after 50, s",
        "optimum, s",
    ]);
    for distribution in distribution::all() {
        eprintln!("{} ...", distribution.name);
        let results = runtime.block_on(run(&distribution))?;
        results.print(&distribution, &mut costs, &mut equal);
    }
    println!(
        "A poll costs {PRICE} s, so cost = polls + delay. Distributions, by the durations of 100 tasks:\n"
    );
    for distribution in distribution::all() {
        println!("- {}: {distribution}", distribution.name);
    }
    println!("\n{costs}");
    println!(
        "Delay at equal polls: each client gets the price per poll at which it polls as often as 5 s fixed. \
         If no price does, the schedules of the two nearest prices are mixed; a client that never polls as often is \
         measured at its maximum.\n\n{equal}"
    );
    Ok(())
}

/// All results for one distribution.
struct Results {
    optimum: Measured,
    rows: Vec<(&'static str, Measured)>,
    fixed: Measured,
    /// Delays at the polls of `fixed`: of the default and of the optimum. `None` if no price polls
    /// as rarely.
    fresh: Option<f64>,
    learned: Option<f64>,
    best: Option<f64>,
}

async fn run(distribution: &Distribution) -> Result<Results, Box<dyn Error>> {
    let second = Duration::from_secs(1);
    let bench = Bench::start(distribution.longest()).await?;
    let at = |ages: &[f64]| evaluate::measure(distribution, ages);
    let plain = bench.client()?;
    let fixed = at(&bench
        .poll_ages(&plain, PollingPolicy::fixed(5 * second).jitter(0.0))
        .await?);
    let every_second = at(&bench
        .poll_ages(&plain, PollingPolicy::fixed(second).jitter(0.0))
        .await?);
    let doubling = PollingPolicy::exponential(second, 2.0, 60 * second).jitter(0.0);
    let doubling = at(&bench.poll_ages(&plain, doubling).await?);

    // Without jitter, like the fixed interval it is compared with, so that the search is
    // deterministic.
    let delay_of = async |client: &Client| {
        let steady = async |price| {
            Ok(at(&bench
                .poll_ages(client, adaptive(price).jitter(0.0))
                .await?))
        };
        delay_at(fixed.polls, steady).await
    };
    let delay_fresh = delay_of(&plain).await?;
    let (mut fresh, mut learned, mut delays) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..CLIENTS {
        let client = bench.client()?;
        fresh.push(at(&bench.poll_ages(&client, adaptive(PRICE)).await?));
        for seconds in distribution.draw(LEARNED, number) {
            bench.run_one(&client, seconds).await?;
        }
        learned.push(at(&bench.poll_ages(&client, adaptive(PRICE)).await?));
        delays.push(delay_of(&client).await?.map(|delay| Measured {
            polls: fixed.polls,
            delay,
        }));
    }
    let delays: Option<Vec<Measured>> = delays.into_iter().collect();
    let best = |price| at(&optimum::schedule(distribution, price));
    Ok(Results {
        optimum: best(PRICE),
        rows: vec![
            ("default after 0 tasks", mean(&fresh)),
            ("default after 50 tasks", mean(&learned)),
            ("5 s fixed", fixed),
            ("1 s fixed", every_second),
            ("doubling 1 to 60 s", doubling),
        ],
        fixed,
        fresh: delay_fresh,
        learned: delays.map(|delays| mean(&delays).delay),
        best: delay_at(fixed.polls, async |price| Ok(best(price))).await?,
    })
}

/// Returns the delay at `polls` polls per task: at the price that yields them, or as a mixture of
/// the two nearest prices.
async fn delay_at(
    polls: f64,
    measure: impl AsyncFn(f64) -> Result<Measured, Box<dyn Error>>,
) -> Result<Option<f64>, Box<dyn Error>> {
    let (mut low, mut high) = (PRICES.0.ln(), PRICES.1.ln());
    let (mut frequent, mut rare) = (measure(PRICES.0).await?, measure(PRICES.1).await?);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        let measured = measure(middle.exp()).await?;
        if measured.polls > polls {
            (low, frequent) = (middle, measured);
        } else {
            (high, rare) = (middle, measured);
        }
    }
    Ok(evaluate::mixed_delay(&frequent, &rare, polls))
}

/// Returns the default policy with a poll cost in seconds.
fn adaptive(price: f64) -> PollingPolicy {
    PollingPolicy::adaptive().poll_cost(Duration::from_secs_f64(price))
}

impl Results {
    fn print(&self, distribution: &Distribution, costs: &mut Table, equal: &mut Table) {
        let least = self.optimum.cost(PRICE);
        let mut row = |policy: &str, measured: &Measured| {
            let cost = measured.cost(PRICE);
            costs.row([
                distribution.name.to_owned(),
                policy.to_owned(),
                format!("{:.2}", measured.polls),
                format!("{:.2}", measured.delay),
                format!("{cost:.2}"),
                format!("{:+.1} %", (cost / least - 1.0) * 100.0),
            ]);
        };
        row("optimum", &self.optimum);
        for (policy, measured) in &self.rows {
            row(policy, measured);
        }
        let polls = self.fixed.polls;
        let delay = |delay: Option<f64>| {
            delay.map_or_else(
                || "none".to_owned(),
                |delay| {
                    format!(
                        "{delay:.2} ({:+.0} %)",
                        (delay / self.fixed.delay - 1.0) * 100.0
                    )
                },
            )
        };
        equal.row([
            distribution.name.to_owned(),
            format!("{polls:.2}"),
            format!("{:.2}", self.fixed.delay),
            delay(self.fresh),
            delay(self.learned),
            delay(self.best),
        ]);
    }
}
