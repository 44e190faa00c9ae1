//! `cargo xtask bench poll`: how often each policy looks and how late it finds out, beside the optimum.
//!
//! Nothing is waited for: client and service run on a clock that jumps. What is measured is the SDK as it is used, by the
//! moments at which a service sees its looks; polls and delay follow from those and from the distribution without chance.

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
use toapis::PollPolicy;

/// What one look is worth, in seconds of delay: the default of the SDK's policy.
const PRICE: f64 = 1.0;
/// So many clients learn, each from tasks of its own; what is told is their mean.
const CLIENTS: usize = 12;
/// From so many tasks each.
const LEARNED: usize = 50;
/// The prices between which the one is sought at which the default looks as often as another policy: from the least that the
/// policy takes to one at which a look is worth hours.
const PRICES: [f64; 23] = [
    0.001, 0.002, 0.004, 0.008, 0.015, 0.03, 0.06, 0.12, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 8.0,
    16.0, 32.0, 64.0, 256.0, 1024.0, 4096.0, 16384.0,
];

fn main() -> Result<(), Box<dyn Error>> {
    // The clock is paused when the runtime starts, and then jumps to the next timer whenever nothing else is left to do.
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
        let found = runtime.block_on(run(&distribution))?;
        found.print(&distribution, &mut costs, &mut equal);
    }
    println!(
        "A look costs {PRICE} s, so that cost = polls + delay. Each distribution by what a hundred of its tasks take:\n"
    );
    for distribution in distribution::all() {
        println!("- {}: {distribution}", distribution.name);
    }
    println!("\n{costs}");
    println!(
        "Delay at equal polls: each is given the price at which it looks as often as 5 s fixed does.\n\n{equal}"
    );
    Ok(())
}

/// Everything that is told of one distribution.
struct Found {
    optimum: Measured,
    rows: Vec<(&'static str, Measured)>,
    fixed: Measured,
    /// Polls and delay of the default at each of [`PRICES`], and of the optimum.
    fresh: Vec<Measured>,
    learned: Vec<Measured>,
    best: Vec<Measured>,
}

async fn run(distribution: &Distribution) -> Result<Found, Box<dyn Error>> {
    let second = Duration::from_secs(1);
    let bench = Bench::start(distribution.longest()).await?;
    let at = |looks: &[f64]| evaluate::measure(distribution, looks);
    let plain = bench.client()?;
    let fixed = at(&bench
        .looks(&plain, PollPolicy::fixed(5 * second).jitter(0.0))
        .await?);
    let keen = at(&bench
        .looks(&plain, PollPolicy::fixed(second).jitter(0.0))
        .await?);
    let doubling = PollPolicy::growing(second, 2.0, 60 * second).jitter(0.0);
    let doubling = at(&bench.looks(&plain, doubling).await?);

    let mut fresh = vec![Vec::new(); PRICES.len()];
    let mut learned = vec![Vec::new(); PRICES.len()];
    for number in 0..CLIENTS {
        let client = bench.client()?;
        for (price, all) in PRICES.iter().zip(&mut fresh) {
            all.push(at(&bench.looks(&client, by(*price)).await?));
        }
        for seconds in distribution.draw(LEARNED, number) {
            bench.run_one(&client, seconds).await?;
        }
        for (price, all) in PRICES.iter().zip(&mut learned) {
            all.push(at(&bench.looks(&client, by(*price)).await?));
        }
    }
    let mean_of =
        |all: Vec<Vec<Measured>>| -> Vec<Measured> { all.iter().map(|each| mean(each)).collect() };
    let (fresh, learned) = (mean_of(fresh), mean_of(learned));
    let best: Vec<Measured> = PRICES
        .iter()
        .map(|price| at(&optimum::schedule(distribution, *price)))
        .collect();
    let default = PRICES
        .iter()
        .position(|price| *price == PRICE)
        .unwrap_or_default();
    Ok(Found {
        optimum: best[default],
        rows: vec![
            ("default after 0 tasks", fresh[default]),
            ("default after 50 tasks", learned[default]),
            ("5 s fixed", fixed),
            ("1 s fixed", keen),
            ("doubling 1 to 60 s", doubling),
        ],
        fixed,
        fresh,
        learned,
        best,
    })
}

/// The default policy, for which a look is worth so many seconds.
fn by(price: f64) -> PollPolicy {
    PollPolicy::learned().delay_per_poll(Duration::from_secs_f64(price))
}

impl Found {
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
        let delay = |curve| {
            evaluate::delay_at(curve, polls).map_or_else(
                || "no such".to_owned(),
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
            delay(&self.fresh),
            delay(&self.learned),
            delay(&self.best),
        ]);
    }
}
