//! Whole runs.

use std::fs;

use toapis_batch::{ManifestFormat, RowStatus};

use crate::support::{Verdict, create_from_text, judge, options, results, run, simulator};

#[tokio::test]
async fn manifest_of_twenty_rows_gives_twenty_files() {
    let sim = simulator("").await;
    let directory = tempfile::tempdir().unwrap();
    let manifest: String = (1..=20)
        .map(|n| format!("{{\"custom_id\": \"cat-{n}\", \"prompt\": \"cat number {n}\"}}\n"))
        .collect();
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
