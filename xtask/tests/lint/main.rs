//! The contract has no lint findings, and each rule of the lint finds its violation.

mod code;

use std::collections::BTreeSet;

use toapis_openapi::Document;
use toapis_spec::lint::{LintReport, RULES, render};
use xtask::spec::lint;

fn yaml() -> String {
    std::fs::read_to_string(xtask::workspace_root().join("openapi.yaml")).unwrap()
}

fn lint_text(text: &str) -> LintReport {
    lint(&Document::parse(text, "openapi.yaml").unwrap())
}

/// Violations: the code of the rule, the text to replace, its replacement, and the pointer of the
/// finding.
#[rustfmt::skip]
const VIOLATIONS: &[(&str, &str, &str, &str)] = &[
    ("A101", "      enum: [pending, queued, submitted, in_progress, completed, failed]\n      x-extensible-enum: true\n", "      enum: [pending, queued, submitted, in_progress, completed, failed]\n", "/components/schemas/TaskStatus"),
    ("A102", "          description: What a request refers to.\n          type: string\n", "          description: What a request refers to.\n          type: string\n          format: uri\n", "/components/schemas/UploadedImage/properties/url/format"),
    ("A103", "      description: The models that a key may use.\n      type: object\n", "      description: The models that a key may use.\n      type: object\n      additionalProperties: false\n", "/components/schemas/ModelList/additionalProperties"),
    ("A104", "        '400':\n          $ref: '#/components/responses/UploadRefused'\n", "        '202':\n          $ref: '#/components/responses/UploadRefused'\n        '400':\n          $ref: '#/components/responses/UploadRefused'\n", "/paths/~1v1~1uploads~1images/post/responses"),
    ("D101", "openapi: 3.0.3", "openapi: 3.0.2", "/openapi"),
    ("D102", "maxLength: 1000", "maxLenght: 1000", "/components/schemas/ShortPrompt/maxLenght"),
    ("D103", "operationId: getKeyBalance", "operationId: get_key_balance", "/paths/~1v1~1balance/get"),
    ("D104", "x-rate-limit: async_query", "x-rate-limit: async_queries", "/paths/~1v1~1images~1generations~1{task_id}/get/x-rate-limit"),
    ("D105", "  result_seconds: 86400\n  source: docs\n", "  result_seconds: 86400\n  source: hearsay\n", "/x-lifetimes/source"),
    ("D106", "    Quality:\n", "    Unused:\n      type: string\n      example: a\n    Quality:\n", "/components/schemas/Unused"),
    ("D107", "        - name: task_id\n          in: path\n", "        - name: task\n          in: path\n", "/paths/~1v1~1images~1generations~1{task_id}/get"),
    ("E101", "      enum: [low, medium, high]\n      example: high", "      enum: [low, medium, high]\n      example: highest", "/components/schemas/Quality/example"),
    ("E102", "      enum: [low, medium, high]\n      example: high\n", "      enum: [low, medium, high]\n", "/components/schemas/Quality"),
    ("G101", "      type: integer\n      minimum: 0\n      maximum: 100\n", "      type: integer\n      minimum: 100\n      maximum: 100\n", "/components/schemas/OutputCompression/maximum"),
    ("G102", "      x-default: 1k\n", "      default: 1k\n", "/components/schemas/GptResolution/default"),
    ("G103", "enum: [1k, 2k, 4k]", "enum: [1k, 2k, 4k, 4K]", "/components/schemas/GptResolution/enum"),
    ("G104", "      oneOf:\n        - $ref: '#/components/schemas/HttpUrl'\n        - $ref: '#/components/schemas/ReferenceObject'\n", "      anyOf:\n        - $ref: '#/components/schemas/HttpUrl'\n        - $ref: '#/components/schemas/ReferenceObject'\n", "/components/schemas/Reference/anyOf/0"),
    ("G105", "      description: A request for an edit.", "      discriminator: {propertyName: model}\n      description: A request for an edit.", "/components/schemas/EditRequest/discriminator"),
    ("G106", "          in: query\n", "          in: cookie\n", "/paths/~1v1~1models/get/parameters/0"),
    ("G108", "  /v1/models:\n    get:\n", "  /v1/models:\n    trace:\n      operationId: traceModels\n      responses: {}\n    get:\n", "/paths/~1v1~1models/trace"),
    ("G109", "      operationId: listModels\n", "      operationId: listModels\n      servers: [{url: 'https://example.com'}]\n", "/paths/~1v1~1models/get/servers"),
    ("G110", "          in: query\n", "          in: query\n          style: pipeDelimited\n", "/paths/~1v1~1models/get/parameters/0"),
    ("G107", "      type: integer\n      minimum: 0\n      maximum: 100\n      example: 80\n", "      type: integer\n      minimum: 0\n      maximum: 100\n      multipleOf: 5\n      example: 80\n", "/components/schemas/OutputCompression"),
    ("M101", "          enum: [gpt-image-2-vip]\n", "          enum: [gpt-image-2-vip, gpt-image-2]\n", "/components/schemas/GptImage2VipRequest/properties/model"),
    ("M102", "    aliases: [nano-banana-2-official]\n", "    aliases: []\n", "/components/schemas/Gemini31FlashOfficialRequest/properties/model/enum"),
    ("M103", "        submitted: { final: false, source: docs }\n", "", "/components/schemas/TaskStatus/enum"),
    ("M105", "      enum: ['1:1', '16:9', '9:16', '4:3', '3:4', '3:2', '2:3']\n", "      enum: ['1:1', '16:9', '9:16', '4:3', '3:4', '3:2', '2:3', '5:2']\n", "/components/schemas/SevenRatios/enum/7"),
    ("M104", "code: payment_required,", "code: insufficient_quota,", "/x-errors/6"),
];

#[test]
fn contract_has_no_lint_findings() {
    let report = lint_text(&yaml());
    assert!(report.findings.is_empty(), "{}", render(&report, false));
}

#[test]
fn each_rule_finds_its_violation() {
    let yaml = yaml();
    for (code, from, to, pointer) in VIOLATIONS {
        assert!(
            yaml.contains(from),
            "{code}: openapi.yaml has no `{from}` to change"
        );
        let report = lint_text(&yaml.replacen(from, to, 1));
        let mut found = report
            .findings
            .iter()
            .filter(|finding| finding.code == *code);
        assert!(
            found.any(|finding| finding.pointer == *pointer),
            "{code} is not found at {pointer}:\n{}",
            render(&report, false)
        );
    }
}

#[test]
fn each_rule_has_a_tested_violation() {
    let proven: BTreeSet<&str> = VIOLATIONS.iter().map(|(code, ..)| *code).collect();
    let rules: BTreeSet<&str> = RULES.iter().map(|rule| rule.code).collect();
    assert_eq!(proven, rules);
    assert_eq!(rules.len(), RULES.len(), "a code is listed twice");
}

#[test]
fn finding_has_location_note_and_help() {
    let text = yaml().replacen("maxLength: 1000", "maxLenght: 1000", 1);
    let line = 1 + text
        .lines()
        .position(|line| line.contains("maxLenght"))
        .unwrap();
    let found = render(&lint_text(&text), false);
    let start = format!(
        "openapi.yaml:{line}:7: D102 `maxLenght` is an unknown key\n    at /components/schemas/ShortPrompt/maxLenght\n    note: "
    );
    assert!(found.starts_with(&start), "{found}");
    assert!(found.contains("    help: "), "{found}");
}

/// Returns the findings on the contract with one change.
fn lint_with(from: &str, to: &str) -> String {
    let yaml = yaml();
    assert!(
        yaml.contains(from),
        "openapi.yaml has no `{from}` to change"
    );
    render(&lint_text(&yaml.replacen(from, to, 1)), false)
}

#[test]
fn unsupported_sdk_constraint_is_located() {
    let branch = "      description: >-\n        Gemini 2.5 Flash Image by the official channel.\n      type: object\n";
    let quality = "      type: string\n      enum: [low, medium, high]\n";
    for (from, to, said) in [
        (
            branch.to_owned(),
            format!("{branch}      additionalProperties: false\n"),
            "`Gemini25FlashOfficialRequest`: the SDK's rules do not support `additionalProperties` of type `object`",
        ),
        (
            branch.to_owned(),
            format!("{branch}      minProperties: 3\n"),
            "`Gemini25FlashOfficialRequest`: the SDK's rules do not support `minProperties` of type `object`",
        ),
        (
            quality.to_owned(),
            format!("{quality}      pattern: '(?!x)'\n"),
            "`Quality`: the regular expression engine of the SDK rejects the pattern `(?!x)`",
        ),
        (
            quality.to_owned(),
            "      enum: [low, medium, high]\n".to_owned(),
            "`Quality`: the SDK's rules do not support `enum` without a type",
        ),
    ] {
        let text = lint_with(&from, &to);
        let line = text.lines().find(|line| line.contains(said));
        let line = line.unwrap_or_else(|| panic!("`{said}` is not in\n{text}"));
        assert!(!line.starts_with("openapi.yaml:1:1:"), "{line}");
    }
    let deprecated = lint_with(quality, &format!("{quality}      deprecated: true\n"));
    assert!(deprecated.contains(" 0 finding(s)"), "{deprecated}");
}

#[test]
fn invalid_example_reports_the_nearest_branch() {
    let text = lint_with(
        "      type: object\n      required: [model, prompt]\n      properties:\n        model:\n          type: string\n          enum: [gemini-2.5-flash-image-official,",
        "      type: object\n      required: [model, prompt, size]\n      properties:\n        model:\n          type: string\n          enum: [gemini-2.5-flash-image-official,",
    );
    assert!(
        text.contains("E101 matches no branch; the nearest: \"size\" is a required property"),
        "{text}"
    );
}

/// Asserts that the finding with `said` is about the first line of the changed contract that starts
/// with `at`.
fn assert_located(from: &str, to: &str, at: &str, said: &str) {
    let text = lint_with(from, to);
    let changed = yaml().replacen(from, to, 1);
    let line = 1 + changed
        .lines()
        .position(|line| line.starts_with(at))
        .unwrap();
    let finding = text.lines().find(|line| line.contains(said));
    let finding = finding.unwrap_or_else(|| panic!("`{said}` is not in\n{text}"));
    assert!(
        finding.starts_with(&format!("openapi.yaml:{line}:")),
        "{line}: {finding}"
    );
}

#[test]
fn impossible_facts_are_located() {
    for (from, to, at, said) in [
        (
            "per_minute: 300, burst: 50,",
            "per_minute: 300, burst: 0,",
            "      async_submit: {",
            "x-rate-limits, `default`, `async_submit`",
        ),
        (
            "    default:\n      async_submit",
            "    basic:\n      async_submit",
            "  groups:",
            "no group `default`",
        ),
        (
            "interval_seconds: [5, 10]",
            "interval_seconds: [10, 5]",
            "x-polling:",
            "`interval_seconds`: 10 is greater than 5",
        ),
        (
            "refused_above_bytes: 10485760",
            "refused_above_bytes: 5000000",
            "x-upload:",
            "the service refuses above 5000000",
        ),
        (
            "    default: true\n",
            "",
            "x-models:",
            "no model is the `default: true`",
        ),
        (
            "    name: GptImage2\n",
            "    name: GptImage2\n    default: true\n",
            "  gpt-image-2:",
            "`Gemini25FlashImagePreview` is it already",
        ),
        (
            "names: [X-Oneapi-Request-Id, X-Request-Id]",
            "names: [X-Oneapi-Request-Id, X Request Id]",
            "x-request-id-headers:",
            "`X Request Id` is not the name of a header",
        ),
    ] {
        assert_located(from, to, at, said);
    }
}

#[test]
fn unknown_rate_limit_header_is_located() {
    let yaml = yaml().replace("headers/RateLimitLimit'", "headers/RetryAfter'");
    let text = render(&lint_text(&yaml), false);
    let wanted = "no response has the header component `RateLimitLimit`";
    let line = 1 + yaml.lines().position(|line| line == "  headers:").unwrap();
    assert!(
        text.lines()
            .any(|found| found.contains(wanted)
                && found.starts_with(&format!("openapi.yaml:{line}:"))),
        "{text}"
    );
}
