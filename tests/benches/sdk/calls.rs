//! One call after another on one connection: by hand and by the SDK in turns, so that a busy machine slows both.

use std::error::Error;

use toapis::{Client, ImageRequest, RateLimits, Size};

use crate::{
    child::Role,
    raw::Raw,
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
    let mut server = Role::start("server", &[])?;
    let url = server.line()?;
    // The raw client uses what the process says; the SDK brings its own.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let raw = Raw::new(&url)?;
    let sdk = Client::builder()
        .api_key("sk-bench")
        .base_url(url.as_str())
        .rate_limits(RateLimits::unlimited())
        .build()?;

    let mut table = Table::new([
        "call",
        "raw, CPU µs",
        "toapis, CPU µs",
        "ratio of CPU",
        "ratio of wall",
    ]);
    eprintln!("create ...");
    let rounds = in_turns(
        || runtime.block_on(creates_by_hand(&raw)),
        || runtime.block_on(creates(&sdk)),
    )?;
    row(&mut table, "create", &rounds);
    eprintln!("status ...");
    let rounds = in_turns(
        || runtime.block_on(looks_by_hand(&raw)),
        || runtime.block_on(looks(&sdk)),
    )?;
    row(&mut table, "status", &rounds);
    println!(
        "One call, {ROUNDS} rounds of {CALLS} calls of each kind in turns: median (least to most). Goal: at most 1.15 of the CPU.\n\n{table}"
    );
    Ok(())
}

/// Pairs of rounds: by hand, and by the SDK.
fn in_turns<E: Into<Box<dyn Error>>, F: Into<Box<dyn Error>>>(
    mut by_hand: impl FnMut() -> Result<(), E>,
    mut by_sdk: impl FnMut() -> Result<(), F>,
) -> Result<Vec<(Cost, Cost)>, Box<dyn Error>> {
    let mut rounds = Vec::new();
    for round in 0..=ROUNDS {
        let watch = Stopwatch::start();
        by_hand().map_err(Into::into)?;
        let raw = watch.stop();
        let watch = Stopwatch::start();
        by_sdk().map_err(Into::into)?;
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

async fn creates_by_hand(raw: &Raw) -> Result<(), Box<dyn Error>> {
    for _ in 0..CALLS {
        let task = raw.create(PROMPT).await?;
        expect(&task.status, "queued")?;
    }
    Ok(())
}

async fn creates(client: &Client) -> Result<(), Box<dyn Error>> {
    for _ in 0..CALLS {
        let request = ImageRequest::new(PROMPT).size(Size::Landscape16x9);
        let task = client.images().submit(request).await?;
        let accepted = task.accepted_as().ok_or("no answer to the create")?;
        expect(accepted.state().as_str(), "queued")?;
    }
    Ok(())
}

async fn looks_by_hand(raw: &Raw) -> Result<(), Box<dyn Error>> {
    for _ in 0..CALLS {
        expect(&raw.status(DONE_ID).await?.status, "completed")?;
    }
    Ok(())
}

async fn looks(client: &Client) -> Result<(), Box<dyn Error>> {
    let task = client.task(DONE_ID);
    for _ in 0..CALLS {
        expect(task.status().await?.state().as_str(), "completed")?;
    }
    Ok(())
}

/// A bench of wrong answers would measure nothing.
fn expect(got: &str, wanted: &str) -> Result<(), Box<dyn Error>> {
    (got == wanted)
        .then_some(())
        .ok_or_else(|| format!("the state is {got}, not {wanted}").into())
}
