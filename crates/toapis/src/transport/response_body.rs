//! Turns the bytes of a response into readable JSON: content encodings, charsets and invalid JSON.
//!
//! Every response of the API passes through [`decode_body`], so that a gateway that compresses,
//! re-encodes or damages a response costs no paid task. What cannot be decoded stays as it is.

use std::borrow::Cow;
use std::io::Read;

use bytes::Bytes;
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use serde::de::IgnoredAny;

use super::json_repair::repair_json;

/// The byte order mark of UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Decodes the body of a response and repairs its JSON.
///
/// - Removes the encodings in `Content-Encoding` (gzip, deflate, br, zstd), and gzip without one,
///   up to `max_bytes` of output. A stream that breaks off is decoded as far as it goes.
/// - Converts UTF-16 and the charset in `Content-Type` to UTF-8 and removes a byte order mark.
/// - Repairs JSON that `serde_json` would reject: see [`repair_json`].
///
/// A body that is not JSON is returned decompressed, and otherwise unchanged.
pub(crate) fn decode_body(headers: &HeaderMap, body: Vec<u8>, max_bytes: usize) -> Bytes {
    let body = decompress(headers, body, max_bytes);
    let text = to_utf8(headers, &body);
    let json = text.strip_prefix('\u{feff}').unwrap_or(&text);
    if json.trim_start().starts_with(['{', '[']) {
        match repair_json(json) {
            Cow::Owned(repaired) if is_json(&repaired) => return repaired.into(),
            _ if matches!(text, Cow::Borrowed(_)) && json.len() == body.len() => {}
            // The conversion may be a guess, which only JSON confirms.
            _ if is_json(json) => return json.to_owned().into(),
            // Truncated text is not JSON, but a byte order mark can be removed from it.
            _ if body.starts_with(BYTE_ORDER_MARK) => {
                return Bytes::from(body).split_off(BYTE_ORDER_MARK.len());
            }
            _ => {}
        }
    } else if charset(headers).is_some() && std::str::from_utf8(&body).is_err() {
        return text.into_owned().into();
    }
    body.into()
}

/// Removes the content encodings in reverse order. An encoding that does not decode is ignored:
/// some proxies decompress a body and keep the header.
fn decompress(headers: &HeaderMap, body: Vec<u8>, max_bytes: usize) -> Vec<u8> {
    let encodings: Vec<String> = headers
        .get_all(CONTENT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|name| name.trim().to_ascii_lowercase())
        .collect();
    let body = encodings.iter().rev().fold(body, |body, encoding| {
        let decoded = decode(encoding, &body, max_bytes);
        decoded.unwrap_or(body)
    });
    if body.starts_with(&[0x1f, 0x8b]) {
        return decode("gzip", &body, max_bytes).unwrap_or(body);
    }
    body
}

/// Decodes one content encoding. Returns `None` if it is unknown or nothing can be decoded.
fn decode(encoding: &str, body: &[u8], max_bytes: usize) -> Option<Vec<u8>> {
    match encoding {
        "gzip" | "x-gzip" => read_up_to(max_bytes, flate2::read::MultiGzDecoder::new(body)),
        // Both forms are in use: RFC 9110 means zlib, some servers send raw deflate.
        "deflate" => read_up_to(max_bytes, flate2::read::ZlibDecoder::new(body))
            .or_else(|| read_up_to(max_bytes, flate2::read::DeflateDecoder::new(body))),
        "br" => read_up_to(
            max_bytes,
            brotli_decompressor::Decompressor::new(body, 4096),
        ),
        "zstd" => read_up_to(
            max_bytes,
            ruzstd::decoding::StreamingDecoder::new(body).ok()?,
        ),
        _ => None,
    }
}

/// Reads until the end, an error or `max_bytes`. Returns `None` if there is nothing before that.
fn read_up_to(max_bytes: usize, reader: impl Read) -> Option<Vec<u8>> {
    let mut decoded = Vec::new();
    let limit = u64::try_from(max_bytes).unwrap_or(u64::MAX);
    // The bytes before an error are kept: they may contain the id of a paid task.
    let _ = reader.take(limit).read_to_end(&mut decoded);
    (!decoded.is_empty()).then_some(decoded)
}

/// Converts a body to UTF-8. Invalid sequences become U+FFFD.
fn to_utf8<'b>(headers: &HeaderMap, body: &'b [u8]) -> Cow<'b, str> {
    let utf16 = match body {
        [0xff, 0xfe, ..] | [b'{' | b'[', 0, ..] => Some(UTF_16LE),
        [0xfe, 0xff, ..] | [0, b'{' | b'[', ..] => Some(UTF_16BE),
        _ => None,
    };
    if utf16.is_none()
        && let Ok(text) = std::str::from_utf8(body)
    {
        // A wrong charset in the header is more likely than text that is valid UTF-8 by accident.
        return Cow::Borrowed(text);
    }
    let encoding = utf16.or_else(|| charset(headers)).unwrap_or(UTF_8);
    encoding.decode(body).0
}

/// Returns the encoding that the `charset` of `Content-Type` names, if it is known.
fn charset(headers: &HeaderMap) -> Option<&'static Encoding> {
    let content_type = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let label = value.trim().trim_matches('"');
        (name.trim().eq_ignore_ascii_case("charset"))
            .then(|| Encoding::for_label(label.as_bytes()))?
    })
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use http::HeaderValue;
    use test_case::test_case;

    use super::*;

    const TASK: &str = r#"{"id":"task_1","status":"queued","model":"模型"}"#;
    /// `TASK` compressed by the reference implementations of br and zstd.
    const BROTLI: &[u8] = include_bytes!("testdata/task.br");
    const ZSTD: &[u8] = include_bytes!("testdata/task.zst");

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)))
            .collect()
    }

    fn gzip(body: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(body).unwrap();
        encoder.finish().unwrap()
    }

    fn zlib(body: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(body).unwrap();
        encoder.finish().unwrap()
    }

    fn raw_deflate(body: &[u8]) -> Vec<u8> {
        let mut encoder =
            flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(body).unwrap();
        encoder.finish().unwrap()
    }

    fn utf16(text: &str, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(to_bytes).collect()
    }

    #[test_case("gzip", gzip(TASK.as_bytes()); "gzip")]
    #[test_case("x-gzip", gzip(TASK.as_bytes()); "x_gzip")]
    #[test_case("identity", gzip(TASK.as_bytes()); "gzip without the header")]
    #[test_case("gzip", TASK.into(); "header without gzip")]
    #[test_case("deflate", zlib(TASK.as_bytes()); "deflate as zlib")]
    #[test_case("Deflate", raw_deflate(TASK.as_bytes()); "raw deflate")]
    #[test_case("br", BROTLI.into(); "br")]
    #[test_case("zstd", ZSTD.into(); "zstd")]
    #[test_case("gzip, deflate", zlib(&gzip(TASK.as_bytes())); "two encodings")]
    #[test_case("unknown", TASK.into(); "unknown")]
    fn content_encoding_is_removed(encoding: &'static str, body: Vec<u8>) {
        let headers = headers(&[("content-encoding", encoding)]);
        assert_eq!(decode_body(&headers, body, 10_000), TASK);
    }

    #[test_case("application/json", [b"\xef\xbb\xbf".as_slice(), TASK.as_bytes()].concat(); "utf 8 with bom")]
    #[test_case("application/json", utf16(&format!("\u{feff}{TASK}"), u16::to_le_bytes); "utf 16 le with bom")]
    #[test_case("application/json", utf16(&format!("\u{feff}{TASK}"), u16::to_be_bytes); "utf 16 be with bom")]
    #[test_case("application/json", utf16(TASK, u16::to_le_bytes); "utf 16 le")]
    #[test_case("application/json", utf16(TASK, u16::to_be_bytes); "utf 16 be")]
    #[test_case("application/json; charset=gbk", encoding_rs::GBK.encode(TASK).0.into_owned(); "gbk")]
    #[test_case("application/json; Charset=\"Big5\"", encoding_rs::BIG5.encode(TASK).0.into_owned(); "big5")]
    #[test_case("application/json; charset=iso-8859-1", TASK.into(); "wrong charset")]
    fn charset_becomes_utf8(content_type: &'static str, body: Vec<u8>) {
        let headers = headers(&[("content-type", content_type)]);
        assert_eq!(decode_body(&headers, body, 10_000), TASK);
    }

    #[test_case(TASK.as_bytes(); "valid json")]
    #[test_case(br#"{"a":"NaN }]{[ \" 1e999","b":-0.5e-7,"c":1234567890123456789}"#; "json with special strings")]
    #[test_case(br#"{"id":"task_1","sta"#; "truncated json")]
    #[test_case(b"<html>NaN</html>"; "html")]
    #[test_case(b"\x89PNG\r\n\x1a\n\xff\xfe"; "binary")]
    #[test_case(b"\x1f\x8bgarbage"; "invalid gzip")]
    #[test_case(b"[\0\0\0\0\0\0\0"; "neither json nor utf 16")]
    #[test_case(b""; "empty")]
    fn other_bodies_stay_unchanged(body: &[u8]) {
        assert_eq!(decode_body(&HeaderMap::new(), body.into(), 10_000), body);
    }

    #[test]
    fn byte_order_mark_is_removed_from_truncated_json() {
        let body = b"\xef\xbb\xbf{\"id\":\"task_1\",\"sta".to_vec();
        let decoded = decode_body(&HeaderMap::new(), body, 10_000);
        assert_eq!(decoded, br#"{"id":"task_1","sta"#.as_slice());
    }

    #[test]
    fn truncated_gzip_is_decoded_as_far_as_possible() {
        let long = format!(r#"{{"id":"task_1","prompt":"{}"}}"#, "a cat ".repeat(2000));
        let compressed = gzip(long.as_bytes());
        let body = compressed[..compressed.len() - 12].to_vec();
        let decoded = decode_body(&HeaderMap::new(), body, 100_000);
        assert!(decoded.starts_with(br#"{"id":"task_1","#), "{decoded:?}");
    }

    #[test]
    fn decompressed_size_is_limited() {
        let bomb = gzip(&vec![b' '; 1_000_000]);
        assert_eq!(decode_body(&HeaderMap::new(), bomb, 1000).len(), 1000);
    }

    proptest::proptest! {
        #[test]
        fn any_body_is_decoded_without_a_panic(body: Vec<u8>, encoding in "gzip|deflate|br|zstd") {
            let value = HeaderValue::from_str(&encoding).unwrap();
            let headers = HeaderMap::from_iter([(CONTENT_ENCODING, value)]);
            let _ = decode_body(&headers, body, 1000);
        }
    }
}
