//! One call after another on one connection: by hand and by the SDK in turns, so that a busy machine slows both.

use std::error::Error;

use toapis::{Client, ImageRequest, RateLimits, Size};
use tokio::runtime::Runtime;

use crate::{
    child::Role,
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
        let rounds = in_turns(
            || sides.make("raw", call, CALLS),
            || sides.make("toapis", call, CALLS),
        )?;
        row(&mut table, call, &rounds);
    }
    println!(
        "One call, {ROUNDS} rounds of {CALLS} calls of each kind alternating: median (minimum to maximum). Goal: at most 1.15 of the CPU.\n\n{table}"
    );
    Ok(())
}

/// One kind of call by one side and nothing else, for a profiler: `role=alone raw create 5000`.
pub(crate) fn alone(arguments: &[String]) -> Result<(), Box<dyn Error>> {
    let [side, call, count] = arguments else {
        return Err("alone wants a side, a call and a count".into());
    };
    Sides::start()?.make(side, call, count.parse()?)
}

/// Both clients, and the service that they call.
struct Sides {
    _server: Role,
    runtime: Runtime,
    raw: Raw,
    sdk: Client,
}

impl Sides {
    fn start() -> Result<Self, Box<dyn Error>> {
        let mut server = Role::start("server", &[])?;
        let url = server.line()?;
        // The raw client uses what the process says; the SDK brings its own.
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

    /// So many calls, one after another.
    fn make(&self, side: &str, call: &str, count: u32) -> Result<(), Box<dyn Error>> {
        self.runtime.block_on(async {
            match (side, call) {
                ("raw", "create") => creates_by_hand(&self.raw, count).await,
                ("raw", "status") => looks_by_hand(&self.raw, count).await,
                ("toapis", "create") => creates(&self.sdk, count).await,
                ("toapis", "status") => looks(&self.sdk, count).await,
                _ => Err(format!("there is no {call} by {side}").into()),
            }
        })
    }
}

/// Pairs of rounds: by hand, and by the SDK.
fn in_turns(
    by_hand: impl Fn() -> Result<(), Box<dyn Error>>,
    by_sdk: impl Fn() -> Result<(), Box<dyn Error>>,
) -> Result<Vec<(Cost, Cost)>, Box<dyn Error>> {
    let mut rounds = Vec::new();
    for round in 0..=ROUNDS {
        let watch = Stopwatch::start();
        by_hand()?;
        let raw = watch.stop();
        let watch = Stopwatch::start();
        by_sdk()?;
        let sdk = watch.stop();
        // The first one opens the connections.
        if round > 0 {
            rounds.push((raw, sdk));
        }
    }
    Ok(rounds)
}

fn row(table: &mut Table, name: &str, rounds: &[(Cost, Cost)]) {
    let each = |cost: &Cost| cost.cpu.as_secs_f64() * 1e6 / f64::from(CALLS);
    let ratio =
        |part: fn(&Cost) -> f64| Spread::of(rounds.iter().map(|(raw, sdk)| part(sdk) / part(raw)));
    table.row([
        name.to_owned(),
        format!("{:.1}", Spread::of(rounds.iter().map(|(raw, _)| each(raw)))),
        format!("{:.1}", Spread::of(rounds.iter().map(|(_, sdk)| each(sdk)))),
        ratio(|cost| cost.cpu.as_secs_f64()).to_string(),
        ratio(|cost| cost.wall.as_secs_f64()).to_string(),
    ]);
}

async fn creates_by_hand(raw: &Raw, count: u32) -> Result<(), Box<dyn Error>> {
    for _ in 0..count {
        let task = raw.create(PROMPT).await?;
        expect(&task.status, "queued")?;
    }
    Ok(())
}

async fn creates(client: &Client, count: u32) -> Result<(), Box<dyn Error>> {
    for _ in 0..count {
        let request = ImageRequest::new(PROMPT).size(Size::Landscape16x9);
        let task = client.images().submit(request).await?;
        let accepted = task.initial_snapshot().ok_or("no answer to the create")?;
        expect(accepted.status().as_str(), "queued")?;
    }
    Ok(())
}

async fn looks_by_hand(raw: &Raw, count: u32) -> Result<(), Box<dyn Error>> {
    for _ in 0..count {
        expect(&raw.status(DONE_ID).await?.status, "completed")?;
    }
    Ok(())
}

async fn looks(client: &Client, count: u32) -> Result<(), Box<dyn Error>> {
    let task = client.task(DONE_ID);
    for _ in 0..count {
        expect(task.fetch().await?.status().as_str(), "completed")?;
    }
    Ok(())
}

/// A bench of wrong answers would measure nothing.
fn expect(got: &str, wanted: &str) -> Result<(), Box<dyn Error>> {
    (got == wanted)
        .then_some(())
        .ok_or_else(|| format!("the state is {got}, not {wanted}").into())
}
