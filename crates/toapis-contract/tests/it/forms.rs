//! A form is judged part by part.

use http::Method;
use toapis_contract::{RequestParts, RequestVerdict};

use crate::common::{contract, headers, say};

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

#[test]
fn a_file_whose_type_is_not_said_is_not_of_a_wrong_one() {
    const SILENT: &str =
        "Content-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\r\nbytes";
    const ANYTHING: &str = "Content-Disposition: form-data; name=\"file\"; filename=\"blob\"\r\nContent-Type: application/octet-stream\r\n\r\nbytes";
    assert_eq!(upload_says(&[SILENT]), "");
    assert_eq!(upload_says(&[ANYTHING]), "");
}
