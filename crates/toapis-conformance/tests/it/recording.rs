//! HAR recordings: round trip, redaction, errors.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use proptest::prelude::*;
use toapis_conformance::Recording;
use toapis_contract::{Contract, Exchange};

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
fn har_contains_no_key() {
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
fn redacted_recording_has_the_same_violations() {
    let har = written(exchange(
        br#"{"model":"nano-banana","prompt":"A cat","size":"7:7"}"#,
        br#"{"id":7}"#,
    ));
    let recording = Recording::parse(&har).unwrap();
    let report = Contract::embedded().validate(&recording.exchanges()[0]);
    let rules: Vec<&str> = report
        .request
        .violations()
        .iter()
        .map(toapis_contract::Violation::keyword)
        .collect();
    assert_eq!(rules, ["enum"], "{report}");
    assert_eq!(report.response.violations().len(), 3, "{report}");
}

#[test]
fn recording_is_written_atomically() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("session.har");
    let recording = Recording::parse(&written(exchange(b"", b"{}"))).unwrap();
    recording.write(&path).unwrap();
    assert_eq!(Recording::read(&path).unwrap().exchanges().len(), 1);
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
    let error = recording
        .write(directory.path().join("none/session.har"))
        .unwrap_err();
    assert!(error.to_string().contains("cannot write "), "{error}");
}

#[test]
fn invalid_har_names_the_entry() {
    let entry = |method: &str, text: &str| {
        format!(
            r#"{{"log":{{"entries":[{{"request":{{"method":"{method}","url":"https://toapis.com/"}},"response":{{"status":200,"content":{{"text":"{text}","encoding":"base64"}}}}}}]}}}}"#
        )
    };
    let error = |text: &str| Recording::parse(text).unwrap_err().to_string();
    assert_eq!(error(&entry("G T", "")), "entry 0: invalid method `G T`");
    assert!(error(&entry("GET", "?")).starts_with("entry 0: a body is not valid base64"));
    assert!(error("{}").starts_with("not a HAR document"));
    assert!(
        Recording::read("/nowhere.har")
            .unwrap_err()
            .to_string()
            .starts_with("cannot read /nowhere.har")
    );
}

proptest! {
    #[test]
    fn bodies_without_keys_round_trip_unchanged(request: Vec<u8>, response: Vec<u8>) {
        let har = written(exchange(&request, &response));
        let recording = Recording::parse(&har).unwrap();
        let back = &recording.exchanges()[0];
        // A random body can look like a key.
        let redacted = |body: &[u8]| std::str::from_utf8(body).map_or(body.to_vec(), |text| toapis_contract::redact(text).as_bytes().to_vec());
        prop_assert_eq!(back.request_body.to_vec(), redacted(&request));
        prop_assert_eq!(back.response_body.to_vec(), redacted(&response));
        prop_assert_eq!(back.started, SystemTime::UNIX_EPOCH + Duration::from_millis(1_768_381_010_125));
        prop_assert_eq!(back.elapsed, Duration::from_millis(250));
    }
}
