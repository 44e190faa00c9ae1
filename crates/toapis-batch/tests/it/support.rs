//! A simulator with its ledger, and batches in a temporary directory.

use std::collections::BTreeMap;
use std::future::pending;
use std::path::{Path, PathBuf};
use std::time::Duration;

use toapis::Client;
use toapis_batch::{
    Batch, BatchId, BatchSettings, ManifestFormat, ManifestRow, RowResult, RowStatus, RunOptions,
    RunSummary, read_rows,
};
use toapis_sim::{Account, Simulator};

/// A simulator that works a hundred thousand times as fast as the service, without limits of its account.
pub(crate) async fn simulator(faults: &str) -> Simulator {
    Simulator::builder()
        .speed(100_000.0)
        .account(Account::new("main").unlimited().group("svip"))
        .admin_port(0)
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

/// Number of tasks that the simulator made, by business id. It knows the newest 200 only, so a test has fewer.
pub(crate) async fn tasks_by_business_id(sim: &Simulator) -> BTreeMap<String, u64> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let url = format!("{}/api/state", sim.admin_url().unwrap());
    let state: serde_json::Value = reqwest::get(url).await.unwrap().json().await.unwrap();
    let mut tasks = BTreeMap::new();
    for task in state["tasks"].as_array().unwrap() {
        let id = task["business_id"].as_str().unwrap().to_owned();
        *tasks.entry(id).or_default() += 1;
    }
    assert!(
        tasks.values().sum::<u64>() < 200,
        "the judge would be blind"
    );
    tasks
}

/// What the simulator's books say about a batch.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Business ids with more than one task.
    pub(crate) paid_twice: Vec<String>,
    /// Business ids with a task that their row does not know, though it is not unknown.
    pub(crate) paid_and_lost: Vec<String>,
    /// Rows that say done and have no such file.
    pub(crate) missing_files: Vec<PathBuf>,
}

/// Judges a batch by the simulator's books and the disk, not by what the batch says of itself.
pub(crate) async fn judge(batch: &Batch, sim: &Simulator) -> Verdict {
    let tasks = tasks_by_business_id(sim).await;
    let rows = results(batch);
    let prefix = format!("{}-", batch.id());
    let mut verdict = Verdict::default();
    for (id, count) in tasks.iter().filter(|(id, _)| id.starts_with(&prefix)) {
        if *count > 1 {
            verdict.paid_twice.push(id.clone());
        }
        let row = rows.iter().find(|row| row.business_id == *id);
        let known = row.is_some_and(|row| {
            row.task.is_some() || matches!(row.status, RowStatus::Unknown | RowStatus::Dropped)
        });
        if !known {
            verdict.paid_and_lost.push(id.clone());
        }
    }
    for row in rows.iter().filter(|row| row.status == RowStatus::Done) {
        for file in &row.files {
            let path = batch.settings().output.join(&file.path);
            if std::fs::metadata(&path).is_ok_and(|metadata| metadata.len() == file.size) {
                continue;
            }
            verdict.missing_files.push(path);
        }
    }
    verdict
}
