//! The right thing is said of a request that breaks the contract: where, which rule, what was found.

use http::Method;
use serde_json::{Value, json};
use toapis_contract::{Kind, RequestParts, Violation};

use crate::common::{contract, create, headers, longest, say, send};

fn create_says(body: &Value) -> String {
    say(create(body).violations())
}

#[test]
fn the_violations_of_a_request_are_those_of_the_model_that_it_names() {
    let body = json!({
        "model": "gemini-2.5-flash-image-preview",
        "prompt": "x".repeat(longest("prompt", "maxLength") + 1),
        "size": "7:7",
        "image_urls": vec![json!({"url": "https://example.com/a.png"}); longest("image_urls", "maxItems") + 1],
    });
    let verdict = create(&body);
    let found: Vec<(&str, &str)> = verdict
        .violations()
        .iter()
        .map(|violation| (violation.location().at.as_str(), violation.rule()))
        .collect();
    assert_eq!(
        found,
        [
            ("/image_urls", "maxItems"),
            ("/prompt", "maxLength"),
            ("/size", "enum")
        ]
    );
    for violation in verdict.violations() {
        let line = usize::try_from(violation.line().unwrap()).unwrap();
        let yaml = include_str!("../../contract/openapi.yaml")
            .lines()
            .nth(line - 1)
            .unwrap();
        assert!(yaml.contains(violation.rule()), "line {line} is {yaml}");
        assert!(violation.got().unwrap().chars().count() <= 121);
    }
}

#[test]
fn a_request_is_told_what_its_model_lacks() {
    insta::assert_snapshot!(create_says(&json!({})), @r#"
    body /model: is missing [required]
    body /prompt: is missing [required]
    "#);
    insta::assert_snapshot!(create_says(&json!([])), @"body: must be of type object, got [] [type]");
    insta::assert_snapshot!(create_says(&json!({"model": 5, "prompt": "A cat"})), @"body /model: must be of type string, got 5 [type]");
    insta::assert_snapshot!(create_says(&json!({"model": "a-model-of-next-year"})), @"body /prompt: is missing [required]");
    insta::assert_snapshot!(create_says(&json!({"model": "nano-banana", "prompt": "A cat", "n": 2, "image_urls": [1, {}, "data:image/png;base64,AAAA", {"url": 1}]})), @r#"
    body /image_urls/0: must be of type string or must be of type object, got 1 [oneOf]
    body /image_urls/1/url: is missing [required]
    body /image_urls/2: must match ^https?://\S+$, got "data:image/png;base64,AAAA" [pattern]
    body /image_urls/3/url: must be of type string, got 1 [type]
    body /n: must be 1, got 2 [enum]
    "#);
    insta::assert_snapshot!(create_says(&json!({"model": "gpt-image-2", "prompt": "A cat", "resolution": "8K", "size": 16})), @r#"
    body /resolution: is none of 1k, 2k, 4k (in any case), got "8K" [enum]
    body /size: must be of type string, got 16 [type]
    "#);
    insta::assert_snapshot!(create_says(&json!({"model": "qwen-image-3.0", "prompt": "A cat", "size": "wide"})), @r#"body /size: must be one of 1:1, 16:9, 9:16, 4:3, 3:4, 3:2, 2:3 or must match ^[1-9][0-9]{2,4}x[1-9][0-9]{2,4}$, got "wide" [oneOf]"#);
}

#[test]
fn a_resolution_is_taken_in_any_case() {
    for resolution in ["1k", "1K"] {
        let body = json!({"model": "gpt-image-2", "prompt": "A cat", "resolution": resolution});
        assert!(create(&body).is_ok(), "{resolution}");
    }
}

#[test]
fn rules_across_fields_are_judged_for_the_models_that_have_them() {
    let references = |count: usize| vec![json!("https://example.com/a.png"); count];
    let seedream = |n: u64, count| json!({"model": "doubao-seedream-4-5", "prompt": "A cat", "n": n, "image_urls": references(count)});
    assert!(create(&seedream(5, 10)).is_ok());
    insta::assert_snapshot!(create_says(&seedream(6, 10)), @"body /image_urls: image_urls and n together are at most 15, got 16 [sum_max]");
    let without_n = json!({"model": "doubao-seedream-4-0", "prompt": "A cat", "size": "auto"});
    insta::assert_snapshot!(create_says(&without_n), @"body /image_urls: size auto needs image_urls [requires]");
    let official = |size| json!({"model": "gpt-image-2-official", "prompt": "A cat", "resolution": "4K", "size": size});
    assert!(create(&official("16:9")).is_ok());
    insta::assert_snapshot!(create_says(&official("1:1")), @r#"body /size: resolution 4k comes in 16:9, 9:16, 2:1, 1:2, 21:9, 9:21, got "1:1" [only_sizes]"#);
    let qwen = |size| json!({"model": "qwen-image-3.0", "prompt": "A cat", "size": size});
    assert!(create(&qwen("512x512")).is_ok() && create(&qwen("2048x2048")).is_ok());
    insta::assert_snapshot!(create_says(&qwen("511x512")), @r#"body /size: the area must be from 262144 to 4194304 pixels, got "511x512" [pixel_bounds]"#);
    insta::assert_snapshot!(create_says(&qwen("2048x255")), @r#"body /size: no side may be more than 8 times the other, got "2048x255" [pixel_bounds]"#);
}

#[test]
fn path_method_and_key_are_told_apart() {
    let kind = |method: &Method, path: &str| {
        let verdict = send(method, path, "");
        (
            verdict.operation().map(str::to_owned),
            verdict.violations().first().map(Violation::kind),
        )
    };
    let get = Method::GET;
    assert_eq!(
        kind(&get, "/v1/images/generations/img_1"),
        (Some("getImageTask".to_owned()), None)
    );
    assert_eq!(
        kind(&get, "/v1/v1/images/generations"),
        (None, Some(Kind::Path))
    );
    assert_eq!(
        kind(&get, "/v1/images/generations/.."),
        (None, Some(Kind::Path))
    );
    assert_eq!(
        kind(&get, "/v1/images/generations/"),
        (None, Some(Kind::Path))
    );
    assert_eq!(
        kind(&Method::DELETE, "/v1/images/generations/img_1"),
        (None, Some(Kind::Method))
    );
    assert_eq!(
        kind(&get, "/v1/models?type=image"),
        (Some("listModels".to_owned()), None)
    );
    assert_eq!(kind(&get, "/v1/models?type=smell").1, Some(Kind::Parameter));
    for bad in [
        headers(&[]),
        headers(&[("authorization", "sk-1")]),
        headers(&[("authorization", "Bearer ")]),
    ] {
        let verdict = contract().check_request(&RequestParts {
            method: &get,
            path_and_query: "/v1/models",
            headers: &bad,
            body: b"",
        });
        assert_eq!(verdict.violations().len(), 1);
        assert_eq!(verdict.violations()[0].kind(), Kind::Security);
    }
}

#[test]
fn a_body_that_is_missing_or_no_json_or_of_another_type_is_told() {
    let body = |content_type: &str, body: &str| {
        let headers = headers(&[
            ("authorization", "Bearer sk-0123456789"),
            ("content-type", content_type),
        ]);
        let verdict = contract().check_request(&RequestParts {
            method: &Method::POST,
            path_and_query: "/v1/images/generations",
            headers: &headers,
            body: body.as_bytes(),
        });
        assert_eq!(verdict.violations().len(), 1, "{verdict}");
        verdict.violations()[0].kind()
    };
    assert_eq!(body("application/json", ""), Kind::Body);
    assert_eq!(body("application/json", "{\"model\":"), Kind::Body);
    assert_eq!(body("text/plain", "{}"), Kind::MediaType);
}

#[test]
fn a_key_in_a_body_is_not_repeated() {
    let body = json!({"model": "nano-banana", "prompt": 1, "size": "sk-0123456789abcdef"});
    let said = create_says(&body);
    assert!(
        said.contains("sk-***") && !said.contains("0123456789"),
        "{said}"
    );
}
