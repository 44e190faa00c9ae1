//! `cargo bench -p workspace-benches --bench batch`: loads a million rows and runs batches on a
//! service that responds at once, so that only the batch itself is measured.

#[path = "../common/cpu.rs"]
mod cpu;
#[path = "../common/memory.rs"]
mod memory;
mod service;
#[path = "../common/table.rs"]
mod table;

use std::error::Error;
use std::fs::File;
use std::future::pending;
use std::io::{BufReader, BufWriter, Write as _};
use std::path::Path;
use std::time::Duration;

use toapis_batch::{
    Batch, BatchEvent, BatchId, BatchSettings, ManifestFormat, ManifestRow, RunOptions, read_rows,
};
use tokio::time::Instant;

use cpu::own_cpu;
use service::InstantService;
use table::Table;

/// Rows that are loaded, and rows that are run.
const LOADED: u32 = 1_000_000;
const RUN: u32 = 100_000;
/// Creates at once in the run: the size that groups of commits then have.
const CREATES: u32 = 32;

fn main() -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let directory = tempfile::tempdir()?;
    let mut table = Table::new(["step", "rows/s", "CPU per row", "memory"]);
    load(directory.path(), &mut table)?;
    let first_look_up = runtime.block_on(first_look_up(directory.path()))?;
    runtime.block_on(run(directory.path(), &mut table))?;
    println!("{table}");
    let batch = Batch::open(directory.path().join("loaded.db"))?;
    batch.status()?;
    let start = Instant::now();
    let rows = batch.status()?.rows;
    println!("Status of {rows} rows: {:.2} ms.", millis(start.elapsed()));
    println!(
        "From opening {LOADED} rows after a crash to the first look-up: {:.0} ms.",
        millis(first_look_up)
    );
    Ok(())
}

/// Loads a manifest of JSONL.
fn load(directory: &Path, table: &mut Table) -> Result<(), Box<dyn Error>> {
    let manifest = directory.join("manifest.jsonl");
    let mut writer = BufWriter::new(File::create(&manifest)?);
    for n in 0..LOADED {
        writeln!(
            writer,
            "{{\"custom_id\":\"row-{n:07}\",\"model\":\"nano-banana\",\"size\":\"16:9\",\"prompt\":\"{:160}\"}}",
            format!("A cat number {n} in a spacesuit")
        )?;
    }
    writer.flush()?;
    let (start, cpu) = (Instant::now(), own_cpu());
    let rows = read_rows(
        BufReader::new(File::open(&manifest)?),
        ManifestFormat::Jsonl,
    );
    let path = directory.join("loaded.db");
    let settings = BatchSettings::new(directory.join("images"));
    drop(Batch::create(&path, BatchId::generate(), settings, rows)?);
    add_row(
        table,
        "load JSONL",
        LOADED,
        start.elapsed(),
        own_cpu().saturating_sub(cpu),
    )
}

/// Runs rows through all four transitions.
async fn run(directory: &Path, table: &mut Table) -> Result<(), Box<dyn Error>> {
    let rows =
        (1..=u64::from(RUN)).map(|n| Ok(ManifestRow::from_prompt(n, format!("A cat number {n}"))));
    let settings = BatchSettings::new(directory.join("images"));
    let batch = Batch::create(
        directory.join("run.db"),
        BatchId::generate(),
        settings,
        rows,
    )?;
    let (start, cpu) = (Instant::now(), own_cpu());
    let options = RunOptions::new()
        .max_creates(CREATES)
        .max_downloads(CREATES as usize)
        .poll_interval(Duration::ZERO)
        .min_free_bytes(0);
    batch.run(&InstantService, options, pending()).await?;
    add_row(
        table,
        "run, four transitions",
        RUN,
        start.elapsed(),
        own_cpu().saturating_sub(cpu),
    )
}

/// Interrupts the big batch while creates are under way, opens it again, and returns the time to
/// the first look-up.
async fn first_look_up(directory: &Path) -> Result<Duration, Box<dyn Error>> {
    let path = directory.join("loaded.db");
    let signal = |wanted: fn(&BatchEvent) -> bool| {
        let (sender, receiver) = tokio::sync::watch::channel(false);
        let options = RunOptions::new()
            .poll_interval(Duration::ZERO)
            .min_free_bytes(0)
            .observer(move |event| {
                if wanted(event) {
                    sender.send_replace(true);
                }
            });
        (options, receiver)
    };
    let batch = Batch::open(&path)?;
    let (options, mut sent) =
        signal(|event| matches!(event, BatchEvent::IntentRecorded { row } if *row >= 500));
    tokio::select! {
        result = batch.run(&InstantService, options, pending()) => drop(result?),
        _ = sent.wait_for(|sent| *sent) => {}
    }
    drop(batch);
    let start = Instant::now();
    let batch = Batch::open(&path)?;
    let (options, mut looked) = signal(|event| {
        matches!(
            event,
            BatchEvent::LookingUp { .. } | BatchEvent::Polling { .. }
        )
    });
    tokio::select! {
        result = batch.run(&InstantService, options, pending()) => drop(result?),
        _ = looked.wait_for(|looked| *looked) => {}
    }
    Ok(start.elapsed())
}

fn add_row(
    table: &mut Table,
    step: &str,
    rows: u32,
    elapsed: Duration,
    cpu: Duration,
) -> Result<(), Box<dyn Error>> {
    let memory = memory::resident(std::process::id())?;
    table.row([
        step.to_owned(),
        format!("{:.0}", f64::from(rows) / elapsed.as_secs_f64()),
        format!("{:.1} µs", cpu.as_secs_f64() * 1e6 / f64::from(rows)),
        format!("{} MB", memory >> 20),
    ]);
    Ok(())
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
