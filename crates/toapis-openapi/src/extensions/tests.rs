//! Tests of the extensions, on the contract of this workspace and on faulty rows.

use std::path::Path;

use serde_json::json;

use super::*;
use crate::Document;

fn contract() -> Value {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi.yaml");
    Document::read(&file, "openapi.yaml").unwrap().to_value()
}

#[test]
fn every_extension_of_the_contract_is_read() {
    let contract = contract();
    assert!(Models::read(&contract).unwrap().0.len() > 20);
    let sizes = Sizes::read(&contract).unwrap().0;
    assert_eq!(sizes["16:9"].width, Some(1792));
    assert_eq!(sizes["auto"].width, None);
    assert_eq!(
        Resolutions::read(&contract).unwrap().0["2K"].short_side,
        2048
    );
    assert!(TaskStatuses::read(&contract).unwrap().0["failed"].is_final);
    let errors = Errors::read(&contract).unwrap().0;
    let created = |code| {
        let row = errors.iter().find(|row| row.code == code);
        row.map(|row| row.task_created)
    };
    assert_eq!(created("internal_error"), Some(TaskCreated::Unknown));
    assert_eq!(created("unauthorized"), Some(TaskCreated::No));
    assert_eq!(ErrorMessages::read(&contract).unwrap().0.len(), 3);
    assert_eq!(TaskErrors::read(&contract).unwrap().0.len(), 2);
    let limits = RateLimits::read(&contract).unwrap();
    assert_eq!(limits.groups["default"].async_submit.per_minute, 300);
    assert_eq!(UploadLimits::read(&contract).unwrap().media_types.len(), 4);
    assert_eq!(ReferenceLimits::read(&contract).unwrap().schemes.len(), 2);
    assert_eq!(Lifetimes::read(&contract).unwrap().result_seconds, 86_400);
    assert_eq!(Polling::read(&contract).unwrap().interval_seconds, [5, 10]);
    assert_eq!(Money::read(&contract).unwrap().credits_per_usd, 200);
    assert_eq!(RequestIdHeaders::read(&contract).unwrap().names.len(), 2);
    let webhook = Webhook::find(&contract).unwrap().unwrap();
    assert_eq!(webhook.signature_version, "v1");
    assert_eq!(webhook.retry_after_seconds.len(), 7);
}

#[test]
fn a_fault_is_named_by_its_pointer() {
    let document = json!({
        "x-sizes": {"16:9": {"name": "A", "width": -1}},
        "x-errors": [
            {"status": 400, "code": "a", "kind": "b", "task_made": "maybe", "resend": "never"},
        ],
        "x-models": {"a/b": {"schema": "#/a", "rules": [{"rule": "sum_min"}]}},
        "x-money": {"credits_per_usd": 1, "source": "rumour"},
    });
    let faults = [
        Sizes::read(&document).unwrap_err().to_string(),
        Errors::read(&document).unwrap_err().to_string(),
        Models::read(&document).unwrap_err().to_string(),
        Money::read(&document).unwrap_err().to_string(),
        Polling::read(&document).unwrap_err().to_string(),
    ];
    assert_eq!(
        faults,
        [
            "`/x-sizes/16:9/width`: invalid value: integer `-1`, expected u32",
            "`/x-errors/0/task_made`: expected true, false or unknown",
            "`/x-models/a~1b/rules/0/rule`: unknown variant `sum_min`, expected one of `sum_max`, \
             `requires`, `only_sizes`, `pixel_bounds`",
            "`/x-money/source`: unknown variant `rumour`, expected one of `page`, `docs`, `late`, \
             `live`, `seen`, `inferred`",
            "`/x-polling`: is missing",
        ]
    );
    assert_eq!(Polling::find(&document), Ok(None));
}

#[test]
fn a_rule_with_two_conditions_is_an_error() {
    let rule = json!({"rule": "requires", "when": {"a": ["1"], "b": ["2"]}, "field": "c"});
    let document = json!({"x-models": {"m": {"schema": "#/a", "rules": [rule]}}});
    let error = Models::read(&document).unwrap_err();
    assert_eq!(error.pointer, "/x-models/m/rules/0");
    assert!(error.message.contains("not one field"), "{error}");
}
