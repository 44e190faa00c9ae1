//! Violations of forms.

use http::Method;
use toapis_contract::{RequestParts, RequestReport};

use crate::common::{contract, describe, headers};

/// Validates an upload of the given parts, each with its headers.
fn upload(parts: &[&str]) -> RequestReport {
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
    contract().validate_request(&RequestParts {
        method: &Method::POST,
        path_and_query: "/v1/uploads/images",
        headers: &headers,
        body: body.as_bytes(),
    })
}

fn upload_violations(parts: &[&str]) -> String {
    describe(upload(parts).violations())
}

#[test]
fn form_is_validated_part_by_part() {
    const PNG: &str = "Content-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\nbytes";
    const BMP: &str = "Content-Disposition: form-data; name=\"file\"; filename=\"a.bmp\"\r\nContent-Type: image/bmp\r\n\r\nbytes";
    const PURPOSE: &str = "Content-Disposition: form-data; name=\"purpose\"\r\n\r\ngeneration";
    const OTHER: &str = "Content-Disposition: form-data; name=\"purpose\"\r\n\r\nmischief";
    assert!(upload(&[PNG]).is_ok());
    assert!(upload(&[PURPOSE, PNG]).is_ok());
    insta::assert_snapshot!(upload_violations(&[PURPOSE]), @"body /file: the part is missing [required]");
    insta::assert_snapshot!(upload_violations(&[BMP, OTHER]), @r#"
    body /file: the part's content-type must be one of image/jpeg, image/png, image/webp, image/gif, got image/bmp [encoding]
    body /purpose: must be generation, got "mischief" [enum]
    "#);
    insta::assert_snapshot!(upload_violations(&[PNG, PNG]), @"body /file: the part is present more than once [multipart]");
    insta::assert_snapshot!(upload_violations(&["no headers at all"]), @"body: the form cannot be parsed: incomplete multipart stream [multipart]");
}

#[test]
fn file_without_a_media_type_is_valid() {
    const NO_TYPE: &str =
        "Content-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\r\nbytes";
    const OCTET_STREAM: &str = "Content-Disposition: form-data; name=\"file\"; filename=\"blob\"\r\nContent-Type: application/octet-stream\r\n\r\nbytes";
    assert_eq!(upload_violations(&[NO_TYPE]), "");
    assert_eq!(upload_violations(&[OCTET_STREAM]), "");
}
