//! Recordings come back as they were, without their keys; assertions panic with a report.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use proptest::prelude::*;
use toapis_contract::{Contract, Exchange, Recording, assert_request, assert_response};

const KEY: &str = "sk-0123456789abcdef0123456789abcdef0123456789abcdef";

fn exchange(request_body: &[u8], response_body: &[u8]) -> Exchange {
    let mut request_headers = HeaderMap::new();
    request_headers.insert("authorization", format!("Bearer {KEY}").parse().unwrap());
    request_headers.insert("content-type", "application/json".parse().unwrap());
    let mut response_headers = HeaderMap::new();
    response_headers.insert("content-type", "application/json".parse().unwrap());
    Exchange {
        started: SystemTime::UNIX_EPOCH + Duration::from_millis(1_768_381_010_125),
        elapsed: Duration::from_millis(250),
        method: Method::POST,
        uri: "https://toapis.com/v1/images/generations?debug=1"
            .parse()
            .unwrap(),
        request_headers,
        request_body: Bytes::copy_from_slice(request_body),
        status: StatusCode::OK,
        response_headers,
        response_body: Bytes::copy_from_slice(response_body),
    }
}

fn written(exchange: Exchange) -> String {
    let mut recording = Recording::new();
    recording.push(exchange);
    recording.to_har()
}

#[test]
fn a_recording_reads_as_har_and_holds_no_key() {
    let body = format!(r#"{{"model":"nano-banana","prompt":"my key is {KEY}"}}"#);
    let har = written(exchange(
        body.as_bytes(),
        br#"{"id":"img_1","object":"generation.task","status":"queued"}"#,
    ));
    assert!(!har.contains("0123456789abcdef"), "{har}");
    insta::with_settings!({filters => [(r#""version": "\d+\.\d+\.\d+""#, r#""version": "[release]""#)]}, {
        insta::assert_snapshot!(har);
    });
}

#[test]
fn a_recording_without_its_key_is_still_judged_as_before() {
    let har = written(exchange(
        br#"{"model":"nano-banana","prompt":"A cat","size":"7:7"}"#,
        br#"{"id":7}"#,
    ));
    let recording = Recording::parse(&har).unwrap();
    let verdict = Contract::embedded().check(&recording.exchanges()[0]);
    let rules: Vec<&str> = verdict
        .request
        .violations()
        .iter()
        .map(toapis_contract::Violation::rule)
        .collect();
    assert_eq!(rules, ["enum"], "{verdict}");
    assert_eq!(verdict.response.violations().len(), 3, "{verdict}");
}

#[test]
fn a_recording_appears_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("session.har");
    let recording = Recording::parse(&written(exchange(b"", b"{}"))).unwrap();
    recording.write(&path).unwrap();
    assert_eq!(Recording::read(&path).unwrap().exchanges().len(), 1);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    let error = recording
        .write(folder.path().join("none/session.har"))
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("none/session.har cannot be written"),
        "{error}"
    );
}

#[test]
fn a_har_that_is_none_says_which_entry_is_wrong() {
    let entry = |method: &str, text: &str| {
        format!(
            r#"{{"log":{{"entries":[{{"request":{{"method":"{method}","url":"https://toapis.com/"}},"response":{{"status":200,"content":{{"text":"{text}","encoding":"base64"}}}}}}]}}}}"#
        )
    };
    let refusal = |text: &str| Recording::parse(text).unwrap_err().to_string();
    assert_eq!(
        refusal(&entry("G T", "")),
        "entry 0: the method `G T` is none"
    );
    assert!(refusal(&entry("GET", "?")).starts_with("entry 0: a body is no base64"));
    assert!(refusal("{}").starts_with("this is no HAR"));
    assert!(
        Recording::read("/nowhere.har")
            .unwrap_err()
            .to_string()
            .starts_with("/nowhere.har cannot be read")
    );
}

#[test]
#[should_panic(
    expected = "the request POST /v1/images/generations (createImage) is not as the contract says\n  body /prompt: is missing\n    rule required, openapi.yaml:"
)]
fn a_failed_assertion_on_a_request_says_what_where_and_which_line() {
    let request = http::Request::post("/v1/images/generations")
        .header("authorization", "Bearer sk-test")
        .header("content-type", "application/json")
        .body(r#"{"model":"nano-banana"}"#)
        .unwrap();
    assert_request((&request).into());
}

#[test]
#[should_panic(
    expected = "the answer 418 I'm a teapot to listModels is not as the contract says\n  status: "
)]
fn a_failed_assertion_on_an_answer_says_what_and_where() {
    let answer = http::Response::builder().status(418).body("").unwrap();
    assert_response("listModels", (&answer).into());
}

proptest! {
    #[test]
    fn any_bodies_without_keys_come_back_byte_for_byte(request: Vec<u8>, response: Vec<u8>) {
        let har = written(exchange(&request, &response));
        let recording = Recording::parse(&har).unwrap();
        let back = &recording.exchanges()[0];
        // A random body that looks like a key is masked, as it should be.
        let masked = |body: &[u8]| std::str::from_utf8(body).map_or(body.to_vec(), |text| toapis_contract::mask(text).as_bytes().to_vec());
        prop_assert_eq!(back.request_body.to_vec(), masked(&request));
        prop_assert_eq!(back.response_body.to_vec(), masked(&response));
        prop_assert_eq!(back.started, SystemTime::UNIX_EPOCH + Duration::from_millis(1_768_381_010_125));
        prop_assert_eq!(back.elapsed, Duration::from_millis(250));
    }
}
