//! Sequential calls on one connection, alternating between raw reqwest and the SDK, so that load on
//! the machine slows both alike.

use std::error::Error;

use toapis::{Client, ImageRequest, RateLimits, Size};
use tokio::runtime::Runtime;

use crate::{
    child::RoleProcess,
    raw::{KEY, Raw},
    server::DONE_ID,
    spread::Spread,
    stopwatch::{Cost, Stopwatch},
    table::Table,
};

/// Calls in one round, and rounds of each kind.
const CALLS: u32 = 500;
const ROUNDS: usize = 40;
const PROMPT: &str = "A cat in a spacesuit walking on the moon";

pub(crate) fn run() -> Result<(), Box<dyn Error>> {
    let sides = Sides::start()?;
    let mut table = Table::new([
        "call",
        "raw, CPU µs",
        "toapis, CPU µs",
        "ratio of CPU",
        "ratio of wall",
    ]);
    for call in ["create", "status"] {
        eprintln!("{call} ...");
        let rounds = alternate(
            || sides.run("raw", call, CALLS),
            || sides.run("toapis", call, CALLS),
        )?;
        row(&mut table, call, &rounds);
    }
    println!(
        "One call, {ROUNDS} rounds of {CALLS} calls of each kind alternating: median (minimum to maximum). Goal: at most 1.15 of the CPU.\n\n{table}"
    );
    Ok(())
}

/// Runs one kind of call on one side, for a profiler: `role=alone raw create 5000`.
pub(crate) fn alone(arguments: &[String]) -> Result<(), Box<dyn Error>> {
    let [side, call, count] = arguments else {
        return Err("role `alone` needs a side, a call and a count".into());
    };
    Sides::start()?.run(side, call, count.parse()?)
}

/// Both clients and the service.
struct Sides {
    _server: RoleProcess,
    runtime: Runtime,
    raw: Raw,
    sdk: Client,
}

impl Sides {
    fn start() -> Result<Self, Box<dyn Error>> {
        let mut server = RoleProcess::start("server", &[])?;
        let url = server.read_line()?;
        // The raw client uses the process-wide provider; the SDK has its own.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Ok(Self {
            _server: server,
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?,
            raw: Raw::new(&url)?,
            sdk: Client::builder()
                .api_key(KEY)
                .base_url(url.as_str())
                .rate_limits(RateLimits::unlimited())
                .build()?,
        })
    }

    /// Runs `count` sequential calls.
    fn run(&self, side: &str, call: &str, count: u32) -> Result<(), Box<dyn Error>> {
        self.runtime.block_on(async {
            match (side, call) {
                ("raw", "create") => raw_creates(&self.raw, count).await,
                ("raw", "status") => raw_polls(&self.raw, count).await,
                ("toapis", "create") => sdk_creates(&self.sdk, count).await,
                ("toapis", "status") => sdk_polls(&self.sdk, count).await,
                _ => Err(format!("unknown call `{call}` or side `{side}`").into()),
            }
        })
    }
}

/// Runs pairs of rounds: raw, then SDK.
fn alternate(
    raw_round: impl Fn() -> Result<(), Box<dyn Error>>,
    sdk_round: impl Fn() -> Result<(), Box<dyn Error>>,
) -> Result<Vec<(Cost, Cost)>, Box<dyn Error>> {
    let mut rounds = Vec::new();
    for round in 0..=ROUNDS {
        let watch = Stopwatch::start();
        raw_round()?;
        let raw = watch.stop();
        let watch = Stopwatch::start();
        sdk_round()?;
        let sdk = watch.stop();
        // The first round opens the connections.
        if round > 0 {
            rounds.push((raw, sdk));
        }
    }
    Ok(rounds)
}

fn row(table: &mut Table, name: &str, rounds: &[(Cost, Cost)]) {
    let each = |cost: &Cost| cost.cpu.as_secs_f64() * 1e6 / f64::from(CALLS);
    let ratio = |part: fn(&Cost) -> f64| {
        Spread::from_samples(rounds.iter().map(|(raw, sdk)| part(sdk) / part(raw)))
    };
    table.row([
        name.to_owned(),
        format!(
            "{:.1}",
            Spread::from_samples(rounds.iter().map(|(raw, _)| each(raw)))
        ),
        format!(
            "{:.1}",
            Spread::from_samples(rounds.iter().map(|(_, sdk)| each(sdk)))
        ),
        ratio(|cost| cost.cpu.as_secs_f64()).to_string(),
        ratio(|cost| cost.wall.as_secs_f64()).to_string(),
    ]);
}

async fn raw_creates(raw: &Raw, count: u32) -> Result<(), Box<dyn Error>> {
    for _ in 0..count {
        let task = raw.create(PROMPT).await?;
        expect_status(&task.status, "queued")?;
    }
    Ok(())
}

async fn sdk_creates(client: &Client, count: u32) -> Result<(), Box<dyn Error>> {
    for _ in 0..count {
        let request = ImageRequest::new(PROMPT).size(Size::Landscape16x9);
        let task = client.images().submit(request).await?;
        let accepted = task
            .initial_snapshot()
            .ok_or("the create has no snapshot")?;
        expect_status(accepted.status().as_str(), "queued")?;
    }
    Ok(())
}

async fn raw_polls(raw: &Raw, count: u32) -> Result<(), Box<dyn Error>> {
    for _ in 0..count {
        expect_status(&raw.status(DONE_ID).await?.status, "completed")?;
    }
    Ok(())
}

async fn sdk_polls(client: &Client, count: u32) -> Result<(), Box<dyn Error>> {
    let task = client.task(DONE_ID);
    for _ in 0..count {
        expect_status(task.fetch().await?.status().as_str(), "completed")?;
    }
    Ok(())
}

/// Fails on an unexpected status, so that wrong responses are never measured.
fn expect_status(actual: &str, expected: &str) -> Result<(), Box<dyn Error>> {
    (actual == expected)
        .then_some(())
        .ok_or_else(|| format!("expected status `{expected}`, got `{actual}`").into())
}
