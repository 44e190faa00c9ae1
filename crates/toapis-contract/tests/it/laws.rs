//! What holds for every request and every answer, whatever is in them.

use http::{HeaderMap, HeaderValue, Method, StatusCode};
use proptest::prelude::*;
use serde_json::{Value, json};
use toapis_contract::{Contract, Kind, RequestParts, ResponseParts, Violation};

use crate::common::longest;

/// Any JSON, with the words of the contract in it more often than chance would have them.
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
    Contract::embedded().check_request(&parts).into_violations()
}

proptest! {
    #[test]
    fn any_body_is_judged_and_each_violation_points_into_the_contract(body in any_json()) {
        for violation in create(body.to_string().as_bytes()) {
            let pointer = violation.pointer();
            prop_assert!(Contract::embedded().document().pointer(&pointer[1..]).is_some(), "{pointer}");
            prop_assert!(violation.line().is_some_and(|line| line > 1), "{pointer}");
            prop_assert!(!violation.message().is_empty() && !violation.rule().is_empty());
        }
    }

    #[test]
    fn any_bytes_are_judged(body: Vec<u8>, path in "/[ -~]{0,30}", content_type in "[ -~]{0,30}") {
        let mut headers = headers();
        headers.insert("content-type", content_type.parse().unwrap());
        for path in [path.as_str(), "/v1/images/generations", "/v1/uploads/images"] {
            let parts = RequestParts { method: &Method::POST, path_and_query: path, headers: &headers, body: &body };
            let verdict = Contract::embedded().check_request(&parts);
            prop_assert_eq!(verdict.operation().is_none(), verdict.violations().iter().any(|one| matches!(one.kind(), Kind::Path | Kind::Method)));
        }
        for status in [200, 400, 502] {
            let parts = ResponseParts { status: StatusCode::from_u16(status).unwrap(), headers: &headers, body: &body };
            let _ = Contract::embedded().check_response("getImageTask", &parts);
        }
    }

    #[test]
    fn an_answer_is_judged_the_same_before_and_after_it_is_written(body in any_json(), status in prop::sample::select(vec![200_u16, 400, 404, 429, 500, 418])) {
        let status = StatusCode::from_u16(status).unwrap();
        let headers = headers();
        let text = body.to_string();
        let written = ResponseParts { status, headers: &headers, body: text.as_bytes() };
        let say = |violations: &[Violation]| violations.iter().map(ToString::to_string).collect::<Vec<_>>();
        // What is written is read back: a float may come back as the integer that it is.
        let read: Value = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(
            say(Contract::embedded().check_response("getImageTask", &written).violations()),
            say(Contract::embedded().check_json_response("getImageTask", status, &headers, &read).violations())
        );
    }

    #[test]
    fn a_prompt_is_legal_up_to_its_limit_in_characters_of_any_length(letter in any::<char>(), around in -10_isize..10) {
        let most = longest("prompt", "maxLength");
        let length = most.saturating_add_signed(around);
        let prompt: String = std::iter::repeat_n(letter, length).collect();
        let body = json!({"model": "gemini-2.5-flash-image-preview", "prompt": prompt}).to_string();
        prop_assert_eq!(create(body.as_bytes()).is_empty(), length <= most);
    }

    #[test]
    fn a_model_that_the_contract_does_not_know_may_have_any_settings(name in "[a-z]{3,12}-[0-9]{3}", size in "\\PC{0,9}", n in any::<i64>()) {
        let body = json!({"model": name, "prompt": "A cat", "size": size, "n": n, "more": [size]}).to_string();
        let violations = create(body.as_bytes());
        prop_assert!(violations.is_empty(), "{:?}", violations);
    }
}
