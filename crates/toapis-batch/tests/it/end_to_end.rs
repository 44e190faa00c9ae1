//! Whole runs.

use std::fs;

use toapis_batch::{ExportFormat, FileProblem, ManifestFormat, RowStatus};

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
    assert_eq!(judge(&batch, &sim), Verdict::default());
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

#[tokio::test]
async fn results_are_exported_in_every_format_and_files_are_verified() {
    let sim = simulator("create nth=2 => fail").await;
    let directory = tempfile::tempdir().unwrap();
    let batch = create(directory.path(), prompts(2));
    run(&batch, &sim, options().max_creates(1)).await;
    let export = |format| {
        let mut bytes = Vec::new();
        batch.export(&mut bytes, format).unwrap();
        String::from_utf8(bytes).unwrap()
    };
    let lines = |text: &str| -> Vec<serde_json::Value> {
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    let jsonl = lines(&export(ExportFormat::Jsonl));
    assert_eq!(
        (&jsonl[0]["custom_id"], &jsonl[0]["status"]),
        (&"1".into(), &"done".into())
    );
    assert_eq!(jsonl[0]["files"][0]["path"], "00000001.png");
    assert_eq!(jsonl[1]["status"], "failed");
    let openai = lines(&export(ExportFormat::OpenAi));
    assert_eq!(
        openai[0]["response"]["body"]["data"][0]["path"],
        "00000001.png"
    );
    assert_eq!(openai[0]["error"], serde_json::Value::Null);
    assert_eq!(openai[1]["response"], serde_json::Value::Null);
    assert_eq!(openai[1]["error"]["code"], "failed");
    let csv = export(ExportFormat::Csv);
    let first: Vec<&str> = csv.lines().nth(1).unwrap().split(',').collect();
    assert_eq!(first[..2], ["1", "done"]);

    assert_eq!(batch.verify().unwrap(), []);
    let path = directory.path().join("images/00000001.png");
    fs::write(&path, "something else").unwrap();
    let custom_id = "1".to_owned();
    assert_eq!(
        batch.verify().unwrap(),
        [FileProblem::Changed { custom_id, path }]
    );
}
