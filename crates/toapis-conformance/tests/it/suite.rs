//! The suite passes a conforming service, and locates the faults of others in the contract.

use std::time::Duration;

use crate::service::{Fault, KEY, Service};
use toapis_conformance::{CaseCategory, CaseReport, Outcome, Report, Suite};
use toapis_contract::Contract;

/// Returns a number in the schema of a field of the default model.
fn bound(field: &str, keyword: &str) -> usize {
    let field = format!("#/components/schemas/Gemini25FlashImageRequest/properties/{field}");
    let number = Contract::embedded().resolve(&field).unwrap()[keyword].as_u64();
    usize::try_from(number.unwrap()).unwrap()
}

async fn run(fault: Fault, tasks: u64) -> Report {
    let service = Service::start(fault).await;
    let suite = Suite::new(&service.url, KEY)
        .unwrap()
        .max_tasks(tasks)
        .poll_interval(Duration::from_secs(1))
        .task_timeout(Duration::from_secs(3));
    suite.plan().run(|_| {}).await
}

fn failures(report: &Report) -> Vec<&CaseReport> {
    report.failures().collect()
}

#[tokio::test(start_paused = true)]
async fn conforming_service_passes_every_case() {
    let report = run(Fault::None, 10_000).await;
    assert!(report.passed(), "{report}");
    assert_eq!(report.summary.skipped, 0);
    assert!(report.summary.passed > 1000);
}

#[tokio::test(start_paused = true)]
async fn no_create_with_the_key_is_sent_by_default() {
    let report = run(Fault::AnyBody, 0).await;
    assert_eq!(report.summary.tasks, 0);
    let sent = report
        .cases
        .iter()
        .filter(|case| case.outcome != Outcome::Skipped);
    assert!(sent.clone().count() > 30, "{report}");
    for case in sent {
        assert!(
            !matches!(
                case.category,
                CaseCategory::Constraint | CaseCategory::Model | CaseCategory::ModelRule
            ),
            "{case}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn max_tasks_holds_for_a_service_that_accepts_any_body() {
    let report = run(Fault::AnyBody, 7).await;
    assert_eq!(report.summary.tasks, 7, "{report}");
    assert!(report.summary.skipped > 1000);
}

#[tokio::test(start_paused = true)]
async fn service_that_accepts_any_key_fails_for_every_operation() {
    let report = run(Fault::AnyKey, 0).await;
    let failed = failures(&report);
    for operation in Contract::embedded().operations() {
        let of_operation: Vec<_> = failed
            .iter()
            .filter(|case| case.operation == operation.id())
            .collect();
        assert!(
            of_operation
                .iter()
                .all(|case| case.category == CaseCategory::Credential),
            "{report}"
        );
        assert_eq!(of_operation.len(), 3, "{report}");
    }
}

#[tokio::test(start_paused = true)]
async fn service_that_accepts_any_body_fails_each_constraint() {
    let report = run(Fault::AnyBody, 10_000).await;
    let failed = failures(&report);
    let names: Vec<String> = failed.iter().map(|case| case.name()).collect();
    let characters = bound("prompt", "maxLength");
    let too_long = format!("{} characters", characters + 1);
    let too_many = format!("{} items", bound("image_urls", "maxItems") + 1);
    for wanted in [
        &format!("createImage / gemini-2.5-flash-image-preview /prompt / {too_long}"),
        "createImage / gemini-2.5-flash-image-preview /size / \"no-such-value\"",
        "createImage / gemini-2.5-flash-image-preview /n / \"1\"",
        &format!("createImage / gemini-2.5-flash-image-preview /image_urls / {too_many}"),
        "createImage / doubao-seedream-4-0 / 10 references and 6 images",
        "createImage / doubao-seedream-4-0 /size / auto without image_urls",
        "createImage / gpt-image-2-official /size / 1:1 at 4k",
        "createImage / qwen-image-3.0 /size / 512x511",
    ] {
        assert!(
            names.iter().any(|name| name == wanted),
            "{wanted} is not among\n{}",
            names.join("\n")
        );
    }
    let yaml: Vec<&str> = include_str!("../../../toapis-contract/contract/openapi.yaml")
        .lines()
        .collect();
    let prompt = failed.iter().find(|case| case.variant == too_long).unwrap();
    let line = usize::try_from(prompt.source.line.unwrap()).unwrap();
    assert!(
        yaml[line - 1].contains(&format!("maxLength: {characters}")),
        "{}",
        yaml[line - 1]
    );
}

#[tokio::test(start_paused = true)]
async fn each_fault_is_named_with_operation_and_line() {
    let expected = [
        (
            Fault::UnknownStatus,
            "getImageTask",
            "body /status: must be one of",
        ),
        (Fault::NoImage, "getImageTask", "`result.data` has no image"),
        (
            Fault::TruncatedImage,
            "getImageTask",
            "are not a complete JPEG, PNG or WebP image",
        ),
        (
            Fault::OtherTask,
            "getImageTask",
            "the response is about task `img_other`, expected `img_0`",
        ),
        (
            Fault::Html,
            "listModels",
            "header content-type: must be application/json, got text/html",
        ),
        (
            Fault::Teapot,
            "getKeyBalance",
            "status: getKeyBalance documents the statuses",
        ),
        (
            Fault::BadLimit,
            "createImage",
            "header Retry-After: must be of type integer, got \"a while\"",
        ),
    ];
    for (fault, operation, message) in expected {
        let report = run(fault, 3).await;
        let failed = failures(&report);
        assert!(!failed.is_empty(), "{fault:?} was not detected");
        assert!(
            failed.iter().all(|case| case.operation == operation),
            "{report}"
        );
        let shown = failed[0].to_string();
        assert!(
            shown.contains(message) && shown.contains("openapi.yaml:"),
            "{fault:?}: {shown}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn report_has_a_form_for_each_tool() {
    let report = run(Fault::Html, 0).await;
    let json: serde_json::Value = serde_json::from_str(&report.to_json()).unwrap();
    let schema = serde_json::to_value(schemars::schema_for!(Report)).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(&json)
        .map(|error| error.to_string())
        .collect();
    assert_eq!(errors, Vec::<String>::new());

    let junit = report.to_junit();
    assert!(
        junit.contains(
            r#"<testsuite name="listModels" tests="7" skipped="0" errors="0" failures="3">"#
        ),
        "{junit}"
    );
    assert!(junit.contains("got text/html"), "{junit}");

    let sarif: serde_json::Value = serde_json::from_str(&report.to_sarif()).unwrap();
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], "media_type");
    let region = &result["locations"][0]["physicalLocation"];
    assert_eq!(region["artifactLocation"]["uri"], "openapi.yaml");
    assert!(region["region"]["startLine"].as_u64().unwrap() > 1);

    let table = report.to_string();
    assert!(
        table.contains("operation          passed  failed  skipped  statuses"),
        "{table}"
    );
    assert!(
        table
            .lines()
            .any(|line| line.starts_with("listModels ") && line.contains(" 3 ")),
        "{table}"
    );
}

#[test]
fn invalid_setting_is_an_error_without_the_key() {
    let error = |url, key| Suite::new(url, key).unwrap_err().to_string();
    assert!(error("toapis.com", KEY).contains("invalid base URL `toapis.com`"));
    assert!(error("ftp://toapis.com", KEY).contains("must begin with http:// or https://"));
    let message = error("https://toapis.com", "sk-123\n456");
    assert!(
        message.contains("a line break") && !message.contains("123"),
        "{message}"
    );
    let suite = Suite::new("https://toapis.com", KEY).unwrap();
    assert!(!format!("{suite:?}").contains(KEY));
}

#[test]
fn estimate_is_shown_before_the_run() {
    let estimate = |url, tasks| {
        let suite = Suite::new(url, KEY).unwrap().max_tasks(tasks);
        suite.plan().estimate_cost().to_string()
    };
    let free = estimate("https://toapis.com", 0);
    assert!(free.starts_with("no task will be created"), "{free}");
    let paid = estimate("https://toapis.com", 1);
    assert!(
        paid.starts_with("1 task with 1 image will be created") && paid.contains("is billed"),
        "{paid}"
    );
    let local = estimate("http://127.0.0.1:1", 5);
    assert!(local.ends_with("where nothing is billed"), "{local}");
}

#[test]
fn plan_is_deterministic_and_names_are_unique() {
    let names = || {
        Suite::new("http://127.0.0.1:1", KEY)
            .unwrap()
            .plan()
            .names()
            .collect::<Vec<_>>()
    };
    assert_eq!(names(), names());
    let mut seen = std::collections::HashSet::new();
    let duplicates: Vec<String> = names()
        .into_iter()
        .filter(|name| !seen.insert(name.clone()))
        .collect();
    assert_eq!(duplicates, Vec::<String>::new(), "each name is of one case");
}
