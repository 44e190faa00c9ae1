//! The suite passes a service that keeps the contract, and names what another one breaks, and where it stands.

use std::time::Duration;

use crate::common::longest;
use crate::service::{Fault, KEY, Service};
use toapis_contract::{
    Contract,
    suite::{CaseReport, Outcome, Report, Suite, Topic},
};

async fn run(fault: Fault, tasks: u64) -> Report {
    let service = Service::start(fault).await;
    let suite = Suite::new(&service.url, KEY)
        .unwrap()
        .max_tasks(tasks)
        .poll_interval(Duration::from_secs(1))
        .task_deadline(Duration::from_secs(3));
    suite.plan().run(|_| {}).await
}

fn failures(report: &Report) -> Vec<&CaseReport> {
    report.failures().collect()
}

#[tokio::test(start_paused = true)]
async fn a_service_that_keeps_the_contract_passes_every_case() {
    let report = run(Fault::None, 10_000).await;
    assert!(report.passed(), "{report}");
    assert_eq!(report.summary.skipped, 0);
    assert!(report.summary.passed > 1000);
}

#[tokio::test(start_paused = true)]
async fn nothing_that_could_create_a_task_is_sent_unless_tasks_are_allowed() {
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
                case.topic,
                Topic::Constraint | Topic::Model | Topic::ModelRule
            ),
            "{case}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn no_more_tasks_are_created_than_were_allowed_even_by_a_service_that_takes_anything() {
    let report = run(Fault::AnyBody, 7).await;
    assert_eq!(report.summary.tasks, 7, "{report}");
    assert!(report.summary.skipped > 1000);
}

#[tokio::test(start_paused = true)]
async fn a_service_that_takes_any_key_fails_for_every_operation() {
    let report = run(Fault::AnyKey, 0).await;
    let failed = failures(&report);
    for operation in Contract::embedded().operations() {
        let of_it: Vec<_> = failed
            .iter()
            .filter(|case| case.operation == operation.id())
            .collect();
        assert!(
            of_it.iter().all(|case| case.topic == Topic::Key),
            "{report}"
        );
        // A form has no body that a key's case could send; it is refused for that.
        let expected = 3;
        assert_eq!(of_it.len(), expected, "{report}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_that_takes_any_body_fails_in_each_constraint_that_it_ignores() {
    let report = run(Fault::AnyBody, 10_000).await;
    let failed = failures(&report);
    let names: Vec<String> = failed.iter().map(|case| case.name()).collect();
    let characters = longest("prompt", "maxLength");
    let too_long = format!("{} characters", characters + 1);
    let too_many = format!("{} items", longest("image_urls", "maxItems") + 1);
    for wanted in [
        &format!("createImage / gemini-2.5-flash-image-preview /prompt / {too_long}"),
        "createImage / gemini-2.5-flash-image-preview /size / \"no-such-value\"",
        "createImage / gemini-2.5-flash-image-preview /n / \"1\"",
        &format!("createImage / gemini-2.5-flash-image-preview /image_urls / {too_many}"),
        "createImage / doubao-seedream-4-0 / 10 references and 6 pictures",
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
    let yaml: Vec<&str> = include_str!("../../contract/openapi.yaml")
        .lines()
        .collect();
    let prompt = failed.iter().find(|case| case.what == too_long).unwrap();
    let line = usize::try_from(prompt.source.line.unwrap()).unwrap();
    assert!(
        yaml[line - 1].contains(&format!("maxLength: {characters}")),
        "{}",
        yaml[line - 1]
    );
}

#[tokio::test(start_paused = true)]
async fn each_planted_fault_is_named_with_its_operation_and_its_place() {
    let expected = [
        (
            Fault::UnknownState,
            "getImageTask",
            "body /status: must be one of",
        ),
        (
            Fault::NoPicture,
            "getImageTask",
            "`result.data` has no picture",
        ),
        (
            Fault::TruncatedPicture,
            "getImageTask",
            "they are no JPEG, PNG or WebP",
        ),
        (
            Fault::OtherTask,
            "getImageTask",
            "the answer is about `img_other`, not about `img_0`",
        ),
        (
            Fault::Html,
            "listModels",
            "header content-type: must be application/json, got text/html",
        ),
        (
            Fault::Teapot,
            "getKeyBalance",
            "status: getKeyBalance is documented to answer",
        ),
        (
            Fault::BadLimit,
            "createImage",
            "header Retry-After: must be of type integer, got \"a while\"",
        ),
    ];
    for (fault, operation, said) in expected {
        let report = run(fault, 3).await;
        let failed = failures(&report);
        assert!(!failed.is_empty(), "{fault:?} went unseen");
        assert!(
            failed.iter().all(|case| case.operation == operation),
            "{report}"
        );
        let shown = failed[0].to_string();
        assert!(
            shown.contains(said) && shown.contains("openapi.yaml:"),
            "{fault:?}: {shown}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn the_report_is_written_in_every_form() {
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
        junit.contains(r#"<testsuite name="listModels" tests="7" failures="3" skipped="0">"#),
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
fn a_suite_that_cannot_be_run_says_why_and_does_not_repeat_the_key() {
    let refusal = |url, key| Suite::new(url, key).unwrap_err().to_string();
    assert!(refusal("toapis.com", KEY).contains("the base URL `toapis.com` is none"));
    assert!(refusal("ftp://toapis.com", KEY).contains("must begin with http:// or https://"));
    let said = refusal("https://toapis.com", "sk-123\n456");
    assert!(
        said.contains("a line break") && !said.contains("123"),
        "{said}"
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
        paid.starts_with("1 tasks with 1 images will be created") && paid.contains("is billed"),
        "{paid}"
    );
    let local = estimate("http://127.0.0.1:1", 5);
    assert!(local.ends_with("where nothing is billed"), "{local}");
}

#[test]
fn two_plans_are_the_same_plan() {
    let names = || {
        Suite::new("http://127.0.0.1:1", KEY)
            .unwrap()
            .plan()
            .names()
            .collect::<Vec<_>>()
    };
    assert_eq!(names(), names());
    let mut seen = std::collections::HashSet::new();
    let twice: Vec<String> = names()
        .into_iter()
        .filter(|name| !seen.insert(name.clone()))
        .collect();
    assert_eq!(twice, Vec::<String>::new(), "a name stands for one case");
}
