//! The contract that is compiled in: it loads, its own examples are legal, and it says the right thing of what is not.

use http::{HeaderMap, HeaderValue, Method, StatusCode};
use serde_json::{Value, json};
use toapis_contract::{Contract, Kind, RequestParts, RequestVerdict, ResponseParts, Violation};

fn contract() -> &'static Contract {
    Contract::embedded()
}

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    pairs
        .iter()
        .map(|(name, value)| {
            (
                (*name).parse().unwrap(),
                HeaderValue::from_str(value).unwrap(),
            )
        })
        .collect()
}

fn send(method: &Method, path: &str, body: &str) -> RequestVerdict {
    let headers = headers(&[
        ("authorization", "Bearer sk-0123456789"),
        ("content-type", "application/json; charset=utf-8"),
    ]);
    contract().check_request(&RequestParts {
        method,
        path_and_query: path,
        headers: &headers,
        body: body.as_bytes(),
    })
}

fn create(body: &Value) -> RequestVerdict {
    send(&Method::POST, "/v1/images/generations", &body.to_string())
}

/// The violations, one line each, without the lines of a contract that changes.
fn say(violations: &[Violation]) -> String {
    let lines: Vec<String> = violations
        .iter()
        .map(|violation| format!("{violation} [{}]", violation.rule()))
        .collect();
    lines.join("\n")
}

fn create_says(body: &Value) -> String {
    say(create(body).violations())
}

/// Every named example under `content` of an answer or a request.
fn examples(content: &Value) -> Vec<(String, Value)> {
    let media = &content["application/json"];
    let named = media["examples"].as_object().into_iter().flatten();
    named
        .map(|(name, example)| (name.clone(), example["value"].clone()))
        .chain(
            media
                .get("example")
                .map(|example| ("example".to_owned(), example.clone())),
        )
        .collect()
}

#[test]
fn the_yaml_and_the_json_inside_the_crate_are_the_same_contract_and_all_of_it_compiles() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/contract");
    let yaml = Contract::load(format!("{folder}/openapi.yaml")).unwrap();
    let json = Contract::load(format!("{folder}/openapi.json")).unwrap();
    // Not `assert_eq!`, which would print both.
    assert!(
        yaml.document() == json.document(),
        "run `cargo xtask codegen`"
    );
    assert!(
        yaml.document() == contract().document(),
        "run `cargo xtask codegen`"
    );
}

#[test]
fn there_are_seven_operations_and_one_callback() {
    let ids: Vec<&str> = contract()
        .operations()
        .map(toapis_contract::Operation::id)
        .collect();
    assert_eq!(ids.len(), 7, "{ids:?}");
    let callback = contract().callbacks().next().unwrap();
    assert_eq!(
        (callback.id(), callback.callback_of()),
        ("receiveWebhook", Some("createImage"))
    );
    assert!(callback.extension("x-webhook").is_some());
    assert!(!callback.needs_key());
}

#[test]
fn every_example_of_a_request_is_a_legal_request() {
    let mut judged = 0;
    for operation in contract().operations() {
        let content = contract().resolve(&format!("{}/requestBody/content", operation.pointer()));
        for (name, body) in content.map(examples).unwrap_or_default() {
            let verdict = send(operation.method(), operation.path(), &body.to_string());
            assert_eq!(verdict.operation(), Some(operation.id()));
            assert!(verdict.is_ok(), "{} {name}: {verdict}", operation.id());
            judged += 1;
        }
    }
    assert!(judged >= 5, "{judged}");
}

#[test]
fn every_example_of_a_models_schema_is_a_legal_request_of_that_model() {
    for model in contract().models() {
        let mut body = contract().resolve(&model.schema_pointer()).unwrap()["example"].clone();
        let path = contract().operation(model.operation()).unwrap().path();
        for name in std::iter::once(model.name()).chain(model.aliases().iter().map(String::as_str))
        {
            body["model"] = json!(name);
            let verdict = send(&Method::POST, path, &body.to_string());
            assert!(verdict.is_ok(), "{name}: {verdict}");
        }
    }
}

#[test]
fn every_example_of_an_answer_is_a_legal_answer() {
    let json = headers(&[("content-type", "application/json")]);
    let mut judged = 0;
    for operation in contract().operations() {
        for status in operation.statuses() {
            let pointer = format!("{}/responses/{status}", operation.pointer());
            let answer = contract().resolve(&pointer).unwrap();
            for (name, body) in examples(&answer["content"]) {
                let status: StatusCode = status.to_string().parse().unwrap();
                let written = body.to_string();
                let parts = ResponseParts {
                    status,
                    headers: &json,
                    body: written.as_bytes(),
                };
                let verdict = contract().check_response(operation.id(), &parts);
                assert!(
                    verdict.is_ok(),
                    "{} {status} {name}: {verdict}",
                    operation.id()
                );
                let quick = contract().check_json_response(operation.id(), status, &json, &body);
                assert!(quick.is_ok(), "{quick}");
                judged += 1;
            }
        }
    }
    assert!(judged > 50, "{judged}");
}

#[test]
fn every_example_of_a_webhook_is_a_legal_one_and_its_headers_are_needed() {
    let callback = contract().callbacks().next().unwrap();
    let content = contract()
        .resolve(&format!("{}/requestBody/content", callback.pointer()))
        .unwrap();
    let signed = headers(&[
        ("content-type", "application/json"),
        ("x-toapis-webhook-id", "evt_1"),
        ("x-toapis-webhook-timestamp", "1768381063"),
        ("x-toapis-webhook-signature", "v1=00"),
    ]);
    for (name, body) in examples(content) {
        let verdict =
            contract().check_callback("receiveWebhook", &signed, body.to_string().as_bytes());
        assert!(verdict.is_ok(), "{name}: {verdict}");
        let bare = headers(&[("content-type", "application/json")]);
        let verdict =
            contract().check_callback("receiveWebhook", &bare, body.to_string().as_bytes());
        assert_eq!(verdict.violations().len(), 3, "{verdict}");
    }
    let none = contract().check_callback("createImage", &signed, b"{}");
    assert_eq!(none.violations()[0].rule(), "operation");
}

#[test]
fn the_violations_of_a_request_are_those_of_the_model_that_it_names() {
    let body = json!({
        "model": "gemini-2.5-flash-image-preview",
        "prompt": "x".repeat(1001),
        "size": "7:7",
        "image_urls": vec![json!({"url": "https://example.com/a.png"}); 15],
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
        let yaml = include_str!("../contract/openapi.yaml")
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

/// The verdict on an upload of the given parts, each with its headers.
fn upload(parts: &[&str]) -> RequestVerdict {
    let mut body = String::new();
    for part in parts {
        body.push_str("--frontier\r\n");
        body.push_str(part);
        body.push_str("\r\n");
    }
    body.push_str("--frontier--\r\n");
    let headers = headers(&[
        ("authorization", "Bearer sk-0123456789"),
        ("content-type", "multipart/form-data; boundary=frontier"),
    ]);
    contract().check_request(&RequestParts {
        method: &Method::POST,
        path_and_query: "/v1/uploads/images",
        headers: &headers,
        body: body.as_bytes(),
    })
}

fn upload_says(parts: &[&str]) -> String {
    say(upload(parts).violations())
}

#[test]
fn a_form_is_judged_part_by_part() {
    const PNG: &str = "Content-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\nbytes";
    const BMP: &str = "Content-Disposition: form-data; name=\"file\"; filename=\"a.bmp\"\r\nContent-Type: image/bmp\r\n\r\nbytes";
    const PURPOSE: &str = "Content-Disposition: form-data; name=\"purpose\"\r\n\r\ngeneration";
    const OTHER: &str = "Content-Disposition: form-data; name=\"purpose\"\r\n\r\nmischief";
    assert!(upload(&[PNG]).is_ok());
    assert!(upload(&[PURPOSE, PNG]).is_ok());
    insta::assert_snapshot!(upload_says(&[PURPOSE]), @"body /file: the part is missing [required]");
    insta::assert_snapshot!(upload_says(&[BMP, OTHER]), @r#"
    body /file: the part's content-type must be one of image/jpeg, image/png, image/webp, image/gif, got image/bmp [encoding]
    body /purpose: must be generation, got "mischief" [enum]
    "#);
    insta::assert_snapshot!(upload_says(&[PNG, PNG]), @"body /file: the part is there more than once [multipart]");
    insta::assert_snapshot!(upload_says(&["no headers at all"]), @"body: the form cannot be read: incomplete multipart stream [multipart]");
}

fn answer(operation: &str, status: u16, pairs: &[(&'static str, &str)], body: &[u8]) -> String {
    let parts = ResponseParts {
        status: StatusCode::from_u16(status).unwrap(),
        headers: &headers(pairs),
        body,
    };
    say(contract().check_response(operation, &parts).violations())
}

#[test]
fn an_answer_is_judged_by_status_headers_and_body() {
    const JSON: (&str, &str) = ("content-type", "application/json");
    let task = br#"{"id":"img_1","object":"generation.task","status":"queued"}"#;
    assert_eq!(answer("getImageTask", 200, &[JSON], task), "");
    assert_eq!(
        answer(
            "getImageTask",
            502,
            &[("content-type", "text/html")],
            b"<html></html>"
        ),
        ""
    );
    insta::assert_snapshot!(answer("getImageTask", 418, &[JSON], task), @"status: getImageTask is documented to answer 200, 400, 401, 404, 429, 500, 502, 503, 504, got 418 [status]");
    insta::assert_snapshot!(answer("getImageTask", 200, &[("content-type", "text/html")], b"<html>"), @"header content-type: must be application/json, got text/html [media_type]");
    insta::assert_snapshot!(answer("getImageTask", 200, &[JSON], b""), @"body: the body is missing [required]");
    insta::assert_snapshot!(answer("getImageTask", 200, &[JSON], b"{\"id\":1,\"status\":\"moderating\",\"object\":\"generation.task\",\"result\":{\"data\":{}}}"), @r#"
    body /id: must be of type string, got 1 [type]
    body /result/data: must be of type null or array, got {} [type]
    body /status: must be one of pending, queued, submitted, in_progress, completed, failed, got "moderating" [enum]
    "#);
    insta::assert_snapshot!(answer("createImage", 429, &[JSON, ("retry-after", "soon")], br#"{"error":{"code":429,"message":"slow down"}}"#), @r#"
    header Retry-After: must be of type integer, got "soon" [type]
    body /error/code: must be of type string, got 429 [type]
    "#);
    insta::assert_snapshot!(answer("createImages", 200, &[JSON], task), @"path: the contract has no operation of this id, got createImages [operation]");
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
