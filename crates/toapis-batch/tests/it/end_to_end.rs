//! Whole runs.

use std::fs;

use toapis_batch::{ManifestFormat, RowStatus};

use crate::support::{
    Verdict, create, create_from_text, judge, options, prompts, results, run, simulator,
};

#[tokio::test]
async fn manifest_of_twenty_rows_gives_twenty_files() {
    let sim = simulator("").await;
    let directory = tempfile::tempdir().unwrap();
    let lines: Vec<String> = (1..=20)
        .map(|n| format!("{{\"custom_id\": \"cat-{n}\", \"prompt\": \"cat number {n}\"}}"))
        .collect();
    let manifest = lines.join("\n");
    let batch = create_from_text(directory.path(), &manifest, ManifestFormat::Jsonl);
    let summary = run(&batch, &sim, options()).await;
    assert_eq!(summary.stopped, None);
    assert_eq!(
        summary.status.count(RowStatus::Done),
        20,
        "{:?}",
        summary.status
    );
    assert!(summary.status.is_finished());
    assert_eq!(judge(&batch, &sim).await, Verdict::default());
    assert_eq!(sim.ledger().total.accepted, 20);
    let results = results(&batch);
    let ids: Vec<&str> = results.iter().map(|row| row.custom_id.as_str()).collect();
    assert_eq!(
        ids[..3],
        ["cat-1", "cat-2", "cat-3"],
        "results are in the order of the manifest"
    );
    assert_eq!(
        results[0].files[0].path.to_str(),
        Some("00000001-cat-1.png")
    );
    assert_eq!(
        fs::read_dir(directory.path().join("images"))
            .unwrap()
            .count(),
        20
    );
}

#[tokio::test]
async fn second_run_of_a_finished_batch_sends_nothing() {
    let sim = simulator("").await;
    let directory = tempfile::tempdir().unwrap();
    let batch = create(directory.path(), prompts(3));
    run(&batch, &sim, options()).await;
    let requests = sim.ledger().total.requests;
    let summary = run(&batch, &sim, options()).await;
    assert_eq!(summary.status.count(RowStatus::Done), 3);
    assert_eq!(sim.ledger().total.requests, requests);
}
