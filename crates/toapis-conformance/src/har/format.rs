//! The JSON structure of HAR 1.2, and its conversion to and from an exchange.
//!
//! Written by hand: the published HAR crates reject files that browsers write, for example entries
//! without timings, and write fields that are unknown here.

use std::time::{Duration, SystemTime};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, Version};
use serde::{Deserialize, Serialize};
use toapis_contract::{Exchange, redact};

/// A recording that cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct HarError(pub(super) String);

#[derive(Serialize, Deserialize)]
pub(super) struct Har {
    pub(super) log: Log,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Log {
    #[serde(default)]
    pub(super) version: String,
    #[serde(default)]
    pub(super) creator: Creator,
    pub(super) entries: Vec<Entry>,
}

#[derive(Serialize, Deserialize, Default)]
pub(super) struct Creator {
    pub(super) name: String,
    pub(super) version: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Entry {
    #[serde(default)]
    started_date_time: String,
    /// Milliseconds.
    #[serde(default)]
    time: f64,
    request: HarRequest,
    response: HarResponse,
    #[serde(default)]
    cache: Cache,
    #[serde(default)]
    timings: Timings,
}

/// Always empty: nothing is cached.
#[derive(Serialize, Deserialize, Default)]
struct Cache {}

/// Milliseconds; -1 if not measured.
#[derive(Serialize, Deserialize, Default)]
struct Timings {
    send: f64,
    wait: f64,
    receive: f64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct HarRequest {
    method: String,
    url: String,
    #[serde(default)]
    http_version: String,
    #[serde(default)]
    cookies: Vec<Pair>,
    #[serde(default)]
    headers: Vec<Pair>,
    #[serde(default)]
    query_string: Vec<Pair>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    post_data: Option<PostData>,
    #[serde(default = "unknown")]
    headers_size: i64,
    #[serde(default = "unknown")]
    body_size: i64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PostData {
    #[serde(default)]
    mime_type: String,
    #[serde(default)]
    text: String,
    /// HAR has no field for a binary request body; names that begin with `_` are free for use.
    #[serde(default, rename = "_encoding", skip_serializing_if = "Option::is_none")]
    encoding: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct HarResponse {
    status: u16,
    #[serde(default)]
    status_text: String,
    #[serde(default)]
    http_version: String,
    #[serde(default)]
    cookies: Vec<Pair>,
    #[serde(default)]
    headers: Vec<Pair>,
    #[serde(default)]
    content: Content,
    #[serde(default, rename = "redirectURL")]
    redirect_url: String,
    #[serde(default = "unknown")]
    headers_size: i64,
    #[serde(default = "unknown")]
    body_size: i64,
}

#[derive(Serialize, Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Content {
    #[serde(default)]
    size: i64,
    #[serde(default)]
    mime_type: String,
    #[serde(default)]
    text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    encoding: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Pair {
    name: String,
    value: String,
}

fn unknown() -> i64 {
    -1
}

impl Entry {
    /// Creates an entry of an exchange, which is redacted already.
    pub(super) fn from_exchange(exchange: &Exchange) -> Self {
        let time = exchange.elapsed.as_secs_f64() * 1000.0;
        let (text, encoding) = encode(&exchange.request_body);
        let body_size = size(&exchange.request_body);
        let post_data = (!exchange.request_body.is_empty()).then(|| PostData {
            mime_type: content_type(&exchange.request_headers),
            text,
            encoding,
        });
        let query = exchange.uri.query().unwrap_or_default();
        let request = HarRequest {
            method: exchange.method.to_string(),
            url: exchange.uri.to_string(),
            http_version: version(),
            cookies: Vec::new(),
            headers: pairs(&exchange.request_headers),
            query_string: form_urlencoded::parse(query.as_bytes())
                .map(|(name, value)| Pair {
                    name: name.into_owned(),
                    value: value.into_owned(),
                })
                .collect(),
            post_data,
            headers_size: unknown(),
            body_size,
        };
        let (text, encoding) = encode(&exchange.response_body);
        let response = HarResponse {
            status: exchange.status.as_u16(),
            status_text: exchange
                .status
                .canonical_reason()
                .unwrap_or_default()
                .to_owned(),
            http_version: version(),
            cookies: Vec::new(),
            headers: pairs(&exchange.response_headers),
            content: Content {
                size: size(&exchange.response_body),
                mime_type: content_type(&exchange.response_headers),
                text,
                encoding,
            },
            redirect_url: String::new(),
            headers_size: unknown(),
            body_size: size(&exchange.response_body),
        };
        Self {
            started_date_time: humantime::format_rfc3339_millis(exchange.started).to_string(),
            time,
            request,
            response,
            cache: Cache {},
            timings: Timings {
                send: -1.0,
                wait: time,
                receive: -1.0,
            },
        }
    }

    pub(super) fn into_exchange(self) -> Result<Exchange, HarError> {
        let bad = |what: &str, value: &str| HarError(format!("invalid {what} `{}`", redact(value)));
        let method = Method::from_bytes(self.request.method.as_bytes())
            .map_err(|_| bad("method", &self.request.method))?;
        let uri: Uri = self
            .request
            .url
            .parse()
            .map_err(|_| bad("URL", &self.request.url))?;
        let status = StatusCode::from_u16(self.response.status)
            .map_err(|_| bad("status", &self.response.status.to_string()))?;
        let request_body = match self.request.post_data {
            Some(data) => decode(data.text, data.encoding.as_deref())?,
            None => Bytes::new(),
        };
        let content = self.response.content;
        Ok(Exchange {
            started: humantime::parse_rfc3339_weak(&self.started_date_time)
                .unwrap_or(SystemTime::UNIX_EPOCH),
            elapsed: Duration::try_from_secs_f64(self.time / 1000.0).unwrap_or_default(),
            method,
            uri,
            request_headers: header_map(self.request.headers),
            request_body,
            status,
            response_headers: header_map(self.response.headers),
            response_body: decode(content.text, content.encoding.as_deref())?,
        })
    }
}

fn version() -> String {
    format!("{:?}", Version::HTTP_11)
}

fn size(body: &Bytes) -> i64 {
    i64::try_from(body.len()).unwrap_or(i64::MAX)
}

fn content_type(headers: &HeaderMap) -> String {
    headers
        .get(http::header::CONTENT_TYPE)
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
        .unwrap_or_default()
}

fn pairs(headers: &HeaderMap) -> Vec<Pair> {
    headers
        .iter()
        .map(|(name, value)| Pair {
            name: name.to_string(),
            value: String::from_utf8_lossy(value.as_bytes()).into_owned(),
        })
        .collect()
}

/// Converts headers; skips invalid names, such as the `:method` of a browser's HTTP/2 recording.
fn header_map(pairs: Vec<Pair>) -> HeaderMap {
    pairs
        .into_iter()
        .filter_map(|pair| {
            let name = HeaderName::from_bytes(pair.name.as_bytes()).ok()?;
            Some((name, HeaderValue::from_str(&pair.value).ok()?))
        })
        .collect()
}

/// Returns a body as text, or in base64 if it is not UTF-8.
fn encode(body: &Bytes) -> (String, Option<String>) {
    match std::str::from_utf8(body) {
        Ok(text) => (text.to_owned(), None),
        Err(_) => (STANDARD.encode(body), Some("base64".to_owned())),
    }
}

fn decode(text: String, encoding: Option<&str>) -> Result<Bytes, HarError> {
    match encoding {
        Some("base64") => STANDARD
            .decode(text.as_bytes())
            .map(Bytes::from)
            .map_err(|error| HarError(format!("a body is not valid base64: {error}"))),
        Some(other) if !other.is_empty() => Err(HarError(format!(
            "unsupported body encoding `{other}`; expected `base64`"
        ))),
        _ => Ok(Bytes::from(text)),
    }
}
