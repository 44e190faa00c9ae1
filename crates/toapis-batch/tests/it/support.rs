//! A simulator with its ledger, and batches in a temporary directory.

use std::future::pending;
use std::path::{Path, PathBuf};
use std::time::Duration;

use toapis::Client;
use toapis_batch::{
    Batch, BatchId, BatchSettings, ManifestFormat, ManifestRow, RowResult, RowStatus, RunOptions,
    RunSummary, read_rows,
};
use toapis_sim::{Account, Simulator};

/// A simulator that works a hundred thousand times as fast as the service, without limits of its
/// account.
pub(crate) async fn simulator(faults: &str) -> Simulator {
    Simulator::builder()
        .speed(100_000.0)
        .account(Account::new("main").unlimited().group("svip"))
        .faults(faults)
        .start()
        .await
        .unwrap()
}

pub(crate) fn client(base_url: &str, key: &str) -> Client {
    Client::builder()
        .api_key(key)
        .base_url(base_url)
        .rate_limits(toapis::RateLimits::unlimited())
        .reconcile_timeout(Duration::from_millis(100))
        .build()
        .unwrap()
}

/// Options under which a test takes no longer than it must.
pub(crate) fn options() -> RunOptions {
    RunOptions::new()
        .poll_interval(Duration::from_millis(5))
        .retry_delay(Duration::from_millis(10))
        .look_up_grace(Duration::from_millis(100))
        .min_free_bytes(0)
}

pub(crate) fn prompts(count: u64) -> Vec<ManifestRow> {
    (1..=count)
        .map(|n| ManifestRow::from_prompt(n, format!("cat number {n}")))
        .collect()
}

pub(crate) fn create(directory: &Path, rows: Vec<ManifestRow>) -> Batch {
    create_with(
        BatchSettings::new(directory.join("images")),
        directory,
        rows,
    )
}

pub(crate) fn create_with(
    settings: BatchSettings,
    directory: &Path,
    rows: Vec<ManifestRow>,
) -> Batch {
    let rows = rows.into_iter().map(Ok);
    Batch::create(
        directory.join("batch.db"),
        BatchId::generate(),
        settings,
        rows,
    )
    .unwrap()
}

pub(crate) fn create_from_text(directory: &Path, text: &str, format: ManifestFormat) -> Batch {
    let rows: Result<Vec<ManifestRow>, _> = read_rows(text.as_bytes(), format).collect();
    create(directory, rows.unwrap())
}

pub(crate) async fn run(batch: &Batch, sim: &Simulator, options: RunOptions) -> RunSummary {
    let client = client(sim.base_url(), sim.key());
    batch.run(&client, options, pending()).await.unwrap()
}

pub(crate) fn results(batch: &Batch) -> Vec<RowResult> {
    let mut all: Vec<RowResult> = Vec::new();
    loop {
        let after = all.last().map_or(0, |row| row.number);
        let page = batch.results_after(after).unwrap();
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

/// What the simulator's books say about a batch.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Business ids with more than one task.
    pub(crate) paid_twice: Vec<String>,
    /// Business ids with a task that their row neither has nor suspects.
    pub(crate) paid_and_lost: Vec<String>,
    /// Rows that say done and have no such file.
    pub(crate) missing_files: Vec<PathBuf>,
}

/// Judges a batch by the simulator's books and the disk, not by what the batch says of itself. All
/// tasks of the simulator must be of this batch, and of first attempts.
pub(crate) fn judge(batch: &Batch, sim: &Simulator) -> Verdict {
    let mut verdict = Verdict::default();
    let mut accepted = 0;
    for row in results(batch) {
        let tasks = sim.accepted_by_business_id(&row.business_id);
        accepted += tasks;
        if tasks > 1 {
            verdict.paid_twice.push(row.business_id.clone());
        }
        let is_known =
            row.task.is_some() || matches!(row.status, RowStatus::Unknown | RowStatus::Dropped);
        if tasks > 0 && !is_known {
            verdict.paid_and_lost.push(row.business_id.clone());
        }
        for file in row.files.iter().filter(|_| row.status == RowStatus::Done) {
            let path = batch.settings().output.join(&file.path);
            if !std::fs::metadata(&path).is_ok_and(|metadata| metadata.len() == file.size) {
                verdict.missing_files.push(path);
            }
        }
    }
    assert_eq!(sim.ledger().total.accepted, accepted, "tasks of no row");
    verdict
}
