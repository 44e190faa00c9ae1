//! Violations of requests.

use http::Method;
use serde_json::{Value, json};
use toapis_contract::{RequestParts, Violation, ViolationKind};

use crate::common::{bound, contract, create, describe, headers, send};

fn create_violations(body: &Value) -> String {
    describe(create(body).violations())
}

#[test]
fn violations_are_those_of_the_named_model() {
    let body = json!({
        "model": "gemini-2.5-flash-image-preview",
        "prompt": "x".repeat(bound("prompt", "maxLength") + 1),
        "size": "7:7",
        "image_urls": vec![json!({"url": "https://example.com/a.png"}); bound("image_urls", "maxItems") + 1],
    });
    let report = create(&body);
    let found: Vec<(&str, &str)> = report
        .violations()
        .iter()
        .map(|violation| (violation.location().at.as_str(), violation.keyword()))
        .collect();
    assert_eq!(
        found,
        [
            ("/image_urls", "maxItems"),
            ("/prompt", "maxLength"),
            ("/size", "enum")
        ]
    );
    for violation in report.violations() {
        let line = usize::try_from(violation.line().unwrap()).unwrap();
        let yaml = include_str!("../../contract/openapi.yaml")
            .lines()
            .nth(line - 1)
            .unwrap();
        assert!(yaml.contains(violation.keyword()), "line {line} is {yaml}");
        assert!(violation.actual().unwrap().chars().count() <= 121);
    }
}

#[test]
fn missing_and_invalid_fields_are_reported() {
    insta::assert_snapshot!(create_violations(&json!({})), @r#"
    body /model: is missing [required]
    body /prompt: is missing [required]
    "#);
    insta::assert_snapshot!(create_violations(&json!([])), @"body: must be of type object, got [] [type]");
    insta::assert_snapshot!(create_violations(&json!({"model": 5, "prompt": "A cat"})), @"body /model: must be of type string, got 5 [type]");
    insta::assert_snapshot!(create_violations(&json!({"model": "a-model-of-next-year"})), @"body /prompt: is missing [required]");
    insta::assert_snapshot!(create_violations(&json!({"model": "nano-banana", "prompt": "A cat", "n": 2, "image_urls": [1, {}, "data:image/png;base64,AAAA", {"url": 1}]})), @r#"
    body /image_urls/0: must be of type string or must be of type object, got 1 [oneOf]
    body /image_urls/1/url: is missing [required]
    body /image_urls/2: must match ^https?://\S+$, got "data:image/png;base64,AAAA" [pattern]
    body /image_urls/3/url: must be of type string, got 1 [type]
    body /n: must be 1, got 2 [enum]
    "#);
    insta::assert_snapshot!(create_violations(&json!({"model": "gpt-image-2", "prompt": "A cat", "resolution": "8K", "size": 16})), @r#"
    body /resolution: must be one of 1k, 2k, 4k (in any case), got "8K" [enum]
    body /size: must be of type string, got 16 [type]
    "#);
    insta::assert_snapshot!(create_violations(&json!({"model": "qwen-image-3.0", "prompt": "A cat", "size": "wide"})), @r#"body /size: must be one of 1:1, 16:9, 9:16, 4:3, 3:4, 3:2, 2:3 or must match ^[1-9][0-9]{2,4}x[1-9][0-9]{2,4}$, got "wide" [oneOf]"#);
}

#[test]
fn resolution_is_accepted_in_any_case() {
    for resolution in ["1k", "1K"] {
        let body = json!({"model": "gpt-image-2", "prompt": "A cat", "resolution": resolution});
        assert!(create(&body).is_ok(), "{resolution}");
    }
}

#[test]
fn cross_field_rules_of_a_model_are_validated() {
    let references = |count: usize| vec![json!("https://example.com/a.png"); count];
    let seedream = |n: u64, count| json!({"model": "doubao-seedream-4-5", "prompt": "A cat", "n": n, "image_urls": references(count)});
    assert!(create(&seedream(5, 10)).is_ok());
    insta::assert_snapshot!(create_violations(&seedream(6, 10)), @"body /image_urls: image_urls and n together must be at most 15, got 16 [sum_max]");
    let without_n = json!({"model": "doubao-seedream-4-0", "prompt": "A cat", "size": "auto"});
    insta::assert_snapshot!(create_violations(&without_n), @"body /image_urls: size auto requires image_urls [requires]");
    let official = |size| json!({"model": "gpt-image-2-official", "prompt": "A cat", "resolution": "4K", "size": size});
    assert!(create(&official("16:9")).is_ok());
    insta::assert_snapshot!(create_violations(&official("1:1")), @r#"body /size: resolution 4k allows the sizes 16:9, 9:16, 2:1, 1:2, 21:9, 9:21, got "1:1" [only_sizes]"#);
    let qwen = |size| json!({"model": "qwen-image-3.0", "prompt": "A cat", "size": size});
    assert!(create(&qwen("512x512")).is_ok() && create(&qwen("2048x2048")).is_ok());
    insta::assert_snapshot!(create_violations(&qwen("511x512")), @r#"body /size: the area must be from 262144 to 4194304 pixels, got "511x512" [pixel_bounds]"#);
    insta::assert_snapshot!(create_violations(&qwen("2048x255")), @r#"body /size: no side may be more than 8 times the other, got "2048x255" [pixel_bounds]"#);
}

#[test]
fn path_method_and_credential_have_their_own_kind() {
    let kind = |method: &Method, path: &str| {
        let report = send(method, path, "");
        (
            report.operation().map(str::to_owned),
            report.violations().first().map(Violation::kind),
        )
    };
    let get = Method::GET;
    assert_eq!(
        kind(&get, "/v1/images/generations/img_1"),
        (Some("getImageTask".to_owned()), None)
    );
    assert_eq!(
        kind(&get, "/v1/v1/images/generations"),
        (None, Some(ViolationKind::Path))
    );
    assert_eq!(
        kind(&get, "/v1/images/generations/.."),
        (None, Some(ViolationKind::Path))
    );
    assert_eq!(
        kind(&get, "/v1/images/generations/"),
        (None, Some(ViolationKind::Path))
    );
    assert_eq!(
        kind(&Method::DELETE, "/v1/images/generations/img_1"),
        (None, Some(ViolationKind::Method))
    );
    assert_eq!(
        kind(&get, "/v1/models?type=image"),
        (Some("listModels".to_owned()), None)
    );
    assert_eq!(
        kind(&get, "/v1/models?type=smell").1,
        Some(ViolationKind::Parameter)
    );
    for bad in [
        headers(&[]),
        headers(&[("authorization", "sk-1")]),
        headers(&[("authorization", "Bearer ")]),
    ] {
        let report = contract().validate_request(&RequestParts {
            method: &get,
            path_and_query: "/v1/models",
            headers: &bad,
            body: b"",
        });
        assert_eq!(report.violations().len(), 1);
        assert_eq!(report.violations()[0].kind(), ViolationKind::Security);
    }
}

#[test]
fn missing_unparseable_or_foreign_body_is_reported() {
    let body = |content_type: &str, body: &str| {
        let headers = headers(&[
            ("authorization", "Bearer sk-0123456789"),
            ("content-type", content_type),
        ]);
        let report = contract().validate_request(&RequestParts {
            method: &Method::POST,
            path_and_query: "/v1/images/generations",
            headers: &headers,
            body: body.as_bytes(),
        });
        assert_eq!(report.violations().len(), 1, "{report}");
        report.violations()[0].kind()
    };
    assert_eq!(body("application/json", ""), ViolationKind::Body);
    assert_eq!(body("application/json", "{\"model\":"), ViolationKind::Body);
    assert_eq!(body("text/plain", "{}"), ViolationKind::MediaType);
}

#[test]
fn key_in_a_body_is_redacted() {
    let body = json!({"model": "nano-banana", "prompt": 1, "size": "sk-0123456789abcdef"});
    let text = create_violations(&body);
    assert!(
        text.contains("sk-***") && !text.contains("0123456789"),
        "{text}"
    );
}
