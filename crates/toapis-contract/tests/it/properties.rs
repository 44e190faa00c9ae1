//! Properties that hold for every request and response.

use http::{HeaderMap, HeaderValue, Method, StatusCode};
use proptest::prelude::*;
use serde_json::{Value, json};
use toapis_contract::{Contract, RequestParts, ResponseParts, Violation, ViolationKind};

use crate::common::bound;

/// Generates JSON with words of the contract in it.
fn any_json() -> impl Strategy<Value = Value> {
    let word = prop_oneof![
        Just("model".to_owned()),
        Just("prompt".to_owned()),
        Just("size".to_owned()),
        Just("image_urls".to_owned()),
        Just("metadata".to_owned()),
        Just("status".to_owned()),
        Just("nano-banana".to_owned()),
        Just("16:9".to_owned()),
        "\\PC{0,12}",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(word.clone(), inner, 0..6)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

fn headers() -> HeaderMap {
    HeaderMap::from_iter([
        (
            http::header::AUTHORIZATION,
            HeaderValue::from_static("Bearer sk-test"),
        ),
        (
            http::header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        ),
    ])
}

fn create(body: &[u8]) -> Vec<Violation> {
    let parts = RequestParts {
        method: &Method::POST,
        path_and_query: "/v1/images/generations",
        headers: &headers(),
        body,
    };
    Contract::embedded()
        .validate_request(&parts)
        .into_violations()
}

proptest! {
    #[test]
    fn violations_of_any_body_point_into_the_contract(body in any_json()) {
        for violation in create(body.to_string().as_bytes()) {
            let pointer = violation.pointer();
            prop_assert!(Contract::embedded().document().pointer(&pointer[1..]).is_some(), "{pointer}");
            prop_assert!(violation.line().is_some_and(|line| line > 1), "{pointer}");
            prop_assert!(!violation.message().is_empty() && !violation.keyword().is_empty());
        }
    }

    #[test]
    fn any_bytes_are_validated(body: Vec<u8>, path in "/[ -~]{0,30}", content_type in "[ -~]{0,30}") {
        let mut headers = headers();
        headers.insert("content-type", content_type.parse().unwrap());
        for path in [path.as_str(), "/v1/images/generations", "/v1/uploads/images"] {
            let parts = RequestParts { method: &Method::POST, path_and_query: path, headers: &headers, body: &body };
            let report = Contract::embedded().validate_request(&parts);
            prop_assert_eq!(report.operation().is_none(), report.violations().iter().any(|one| matches!(one.kind(), ViolationKind::Path | ViolationKind::Method)));
        }
        for status in [200, 400, 502] {
            let parts = ResponseParts { status: StatusCode::from_u16(status).unwrap(), headers: &headers, body: &body };
            let _ = Contract::embedded().validate_response("getImageTask", &parts);
        }
    }

    #[test]
    fn json_response_is_validated_equally_before_and_after_serialization(body in any_json(), status in prop::sample::select(vec![200_u16, 400, 404, 429, 500, 418])) {
        let status = StatusCode::from_u16(status).unwrap();
        let headers = headers();
        let text = body.to_string();
        let written = ResponseParts { status, headers: &headers, body: text.as_bytes() };
        let describe = |violations: &[Violation]| violations.iter().map(ToString::to_string).collect::<Vec<_>>();
        // A float can be parsed as an integer after serialization.
        let read: Value = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(
            describe(Contract::embedded().validate_response("getImageTask", &written).violations()),
            describe(Contract::embedded().validate_json_response("getImageTask", status, &headers, &read).violations())
        );
    }

    #[test]
    fn prompt_limit_is_counted_in_characters(letter in any::<char>(), around in -10_isize..10) {
        let max = bound("prompt", "maxLength");
        let length = max.saturating_add_signed(around);
        let prompt: String = std::iter::repeat_n(letter, length).collect();
        let body = json!({"model": "gemini-2.5-flash-image-preview", "prompt": prompt}).to_string();
        prop_assert_eq!(create(body.as_bytes()).is_empty(), length <= max);
    }

    #[test]
    fn unknown_model_accepts_any_settings(name in "[a-z]{3,12}-[0-9]{3}", size in "\\PC{0,9}", n in any::<i64>()) {
        let body = json!({"model": name, "prompt": "A cat", "size": size, "n": n, "more": [size]}).to_string();
        let violations = create(body.as_bytes());
        prop_assert!(violations.is_empty(), "{:?}", violations);
    }
}
