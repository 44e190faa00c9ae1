//! Manifests of every format, and what is wrong with them.

use toapis_batch::{
    Batch, BatchError, BatchId, BatchSettings, ManifestFormat, ManifestRow, RowError, read_rows,
};

use crate::support::{create, prompts, results};

fn read(text: &str, format: ManifestFormat) -> Vec<Result<ManifestRow, RowError>> {
    read_rows(text.as_bytes(), format).collect()
}

/// Line, id and body of each row, or the error.
fn described(text: &str, format: ManifestFormat) -> Vec<String> {
    read(text, format)
        .into_iter()
        .map(|row| match row {
            Ok(row) => {
                let id = row.custom_id.unwrap_or_else(|| "-".to_owned());
                format!("{} {id} {}", row.line, serde_json::Value::Object(row.body))
            }
            Err(error) => error.to_string(),
        })
        .collect()
}

#[test]
fn jsonl_is_read_flat_and_in_an_envelope() {
    let text = "\u{feff}{\"custom_id\": \"a\", \"prompt\": \"A cat\", \"model\": \"nano-banana\"}\r\n\
        \n\
        {\"id\": 7, \"prompt\": \"A dog\"}\n\
        {\"key\": \"c\", \"prompt\": \"A newt\"}\n\
        {\"custom_id\": \"d\", \"method\": \"POST\", \"url\": \"/v1/images/generations\", \"body\": {\"prompt\": \"An owl\"}}\n\
        {\"prompt\": \"last, without a line break\"}";
    assert_eq!(
        described(text, ManifestFormat::Jsonl),
        [
            r#"1 a {"model":"nano-banana","prompt":"A cat"}"#,
            r#"3 7 {"prompt":"A dog"}"#,
            r#"4 c {"prompt":"A newt"}"#,
            r#"5 d {"prompt":"An owl"}"#,
            r#"6 - {"prompt":"last, without a line break"}"#,
        ]
    );
}

#[test]
fn bad_lines_are_named_and_do_not_end_the_manifest() {
    let text = "not json\n[1]\n{\"custom_id\": \"\"}\n{\"body\": 1}\n\
        {\"method\": \"GET\", \"body\": {}}\n{\"url\": \"/v1/chat\", \"body\": {}}\n\
        {\"extra\": 1, \"body\": {}}\n{\"prompt\": \"good\"}\n";
    assert_eq!(
        described(text, ManifestFormat::Jsonl),
        [
            "line 1: not valid JSON: expected ident at line 1 column 2",
            "line 2: expected a JSON object",
            "line 3: `custom_id` must be a non-empty string",
            "line 4: `body` must be an object",
            "line 5: `method` must be `POST`",
            "line 6: `url` must be `/v1/images/generations`",
            "line 7: unknown key `extra` beside `body`",
            r#"8 - {"prompt":"good"}"#,
        ]
    );
    let invalid = read_rows(&b"A cat\n\xff\xfe\nA dog\n"[..], ManifestFormat::Text);
    let rows: Vec<_> = invalid
        .map(|row| row.map_err(|error| error.to_string()))
        .collect();
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[1], Err("line 2: not valid UTF-8".to_owned()));
}

#[test]
fn csv_has_a_header_and_quoted_cells() {
    let text = "custom_id,prompt,size,image_urls\n\
        a,\"A cat, \"\"asleep\"\"\nin the sun\",16:9,https://e.com/1.png|https://e.com/2.png\n\
        b,A dog,,\n\
        c,too,many,cells,here\n";
    assert_eq!(
        described(text, ManifestFormat::Csv),
        [
            "2 a {\"image_urls\":[\"https://e.com/1.png\",\"https://e.com/2.png\"],\
             \"prompt\":\"A cat, \\\"asleep\\\"\\nin the sun\",\"size\":\"16:9\"}",
            r#"4 b {"prompt":"A dog"}"#,
            "line 5: 5 values for 4 columns",
        ]
    );
    assert_eq!(
        described("a,b\n1,2\n", ManifestFormat::Csv),
        ["line 1: the first line must name a column `prompt`"]
    );
    assert_eq!(
        described("prompt,size,size\n", ManifestFormat::Csv),
        ["line 1: column `size` is there twice"]
    );
}

#[test]
fn text_has_a_prompt_a_line() {
    assert_eq!(
        described("A cat\n\n  A dog  \r\n", ManifestFormat::Text),
        [r#"1 - {"prompt":"A cat"}"#, r#"3 - {"prompt":"A dog"}"#]
    );
}

#[test]
fn extension_names_the_format() {
    for (path, format) in [
        ("cats.jsonl", Some(ManifestFormat::Jsonl)),
        ("cats.NDJSON", Some(ManifestFormat::Jsonl)),
        ("cats.csv", Some(ManifestFormat::Csv)),
        ("cats.txt", Some(ManifestFormat::Text)),
        ("cats", None),
        ("cats.parquet", None),
    ] {
        assert_eq!(ManifestFormat::from_path(path.as_ref()), format, "{path}");
    }
}

#[test]
fn all_errors_are_reported_at_once_and_nothing_is_loaded() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("batch.db");
    let text = "{\"custom_id\": \"a\", \"prompt\": \"A cat\"}\n\
        oops\n\
        {\"custom_id\": \"a\", \"prompt\": \"A dog\"}\n\
        {\"custom_id\": \"b\"}\n\
        {\"custom_id\": \"c\", \"prompt\": \"A newt\", \"model\": \"nano-banana\", \"size\": \"5:7\"}\n";
    let settings = BatchSettings::new(directory.path().join("images"));
    let error = Batch::create(
        &path,
        BatchId::generate(),
        settings.clone(),
        read(text, ManifestFormat::Jsonl).into_iter(),
    )
    .unwrap_err();
    let BatchError::Manifest(errors) = &error else {
        panic!("{error}")
    };
    let lines: Vec<u64> = errors.errors().iter().map(|error| error.line).collect();
    assert_eq!(lines, [2, 3, 4, 5], "{error}");
    assert!(
        error
            .to_string()
            .contains("id `a` is used already by row 1"),
        "{error}"
    );
    assert!(error.to_string().contains("missing `prompt`"), "{error}");
    assert!(error.to_string().contains("size"), "{error}");

    assert!(
        matches!(Batch::open(&path), Err(BatchError::Store(_))),
        "nothing was loaded"
    );
    let rows = prompts(2).into_iter().map(Ok);
    let batch = Batch::create(&path, BatchId::generate(), settings, rows).unwrap();
    assert_eq!(batch.status().unwrap().rows, 2);
}

#[test]
fn error_report_is_bounded() {
    let directory = tempfile::tempdir().unwrap();
    let rows = (1..=5_000).map(|line| Err(RowError::new(line, "wrong")));
    let error = Batch::create(
        directory.path().join("batch.db"),
        BatchId::generate(),
        BatchSettings::new("images"),
        rows,
    )
    .unwrap_err();
    let text = error.to_string();
    assert!(text.starts_with("the manifest has 5000 errors"), "{text}");
    assert!(text.ends_with("and 4900 more"), "{text}");
}

#[test]
fn batch_is_not_created_over_another_and_not_opened_twice() {
    let directory = tempfile::tempdir().unwrap();
    let batch = create(directory.path(), prompts(1));
    let path = batch.path().to_owned();
    let error = Batch::open(&path).unwrap_err();
    assert!(matches!(error, BatchError::Store(error) if error.is_locked()));
    drop(batch);
    let rows = prompts(1).into_iter().map(Ok);
    let error = Batch::create(
        &path,
        BatchId::generate(),
        BatchSettings::new("images"),
        rows,
    )
    .unwrap_err();
    assert!(matches!(error, BatchError::AlreadyExists(_)));
    let batch = Batch::open(&path).unwrap();
    assert_eq!(results(&batch)[0].custom_id, "1");
}

#[test]
fn budget_needs_a_cost() {
    let directory = tempfile::tempdir().unwrap();
    let mut settings = BatchSettings::new("images");
    settings.budget = Some(100);
    let rows = prompts(1).into_iter().map(Ok);
    let path = directory.path().join("batch.db");
    let error = Batch::create(path, BatchId::generate(), settings, rows).unwrap_err();
    assert!(matches!(error, BatchError::BudgetWithoutCost));
}
