//! The same two calls with reqwest and serde only: typed, with a timeout, a size limit and a
//! business ID.

use std::{
    error::Error,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use reqwest::Response;
use serde::{Deserialize, Serialize};

/// Has the length of the service's keys.
pub(crate) const KEY: &str = "sk-0123456789abcdef0123456789abcdef0123456789abcdef";
/// Maximum size of a response body, as in the SDK.
const MAX_BODY_BYTES: usize = 4 * 1024 * 1024;

#[derive(Serialize)]
struct Request<'a> {
    model: &'a str,
    prompt: &'a str,
    size: &'a str,
    client_business_id: String,
}

/// The fields of the task object that a careful user would declare.
#[derive(Deserialize)]
#[expect(dead_code, reason = "parsing them is part of the measurement")]
pub(crate) struct Task {
    pub(crate) id: String,
    object: Option<String>,
    model: Option<String>,
    pub(crate) status: String,
    progress: Option<u8>,
    created_at: Option<i64>,
    completed_at: Option<i64>,
    expires_at: Option<i64>,
    result: Option<Outcome>,
    error: Option<Failure>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "as above")]
struct Outcome {
    #[serde(rename = "type")]
    kind: Option<String>,
    data: Vec<File>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "as above")]
struct File {
    url: String,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "as above")]
struct Failure {
    code: Option<String>,
    message: Option<String>,
}

/// The raw client.
pub(crate) struct Raw {
    http: reqwest::Client,
    tasks: String,
}

impl Raw {
    pub(crate) fn new(url: &str) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder()
            .timeout(Duration::from_mins(1))
            .user_agent("raw/0.1.0")
            .build()?;
        Ok(Self {
            http,
            tasks: format!("{url}/v1/images/generations"),
        })
    }

    pub(crate) async fn create(&self, prompt: &str) -> Result<Task, Box<dyn Error>> {
        let request = Request {
            model: "gemini-2.5-flash-image-preview",
            prompt,
            size: "16:9",
            client_business_id: generate_id(),
        };
        read(
            self.http
                .post(&self.tasks)
                .bearer_auth(KEY)
                .json(&request)
                .send()
                .await?,
        )
        .await
    }

    pub(crate) async fn status(&self, id: &str) -> Result<Task, Box<dyn Error>> {
        let url = format!("{}/{id}", self.tasks);
        read(self.http.get(url).bearer_auth(KEY).send().await?).await
    }
}

/// Reads the task of a successful response, up to the size limit.
async fn read(response: Response) -> Result<Task, Box<dyn Error>> {
    let mut response = response.error_for_status()?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > MAX_BODY_BYTES {
            return Err("the response is too large".into());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(serde_json::from_slice(&body)?)
}

/// Generates a ULID, as the SDK does.
fn generate_id() -> String {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let millis = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
    ulid::Ulid::from_parts(millis, fastrand::u128(..)).to_string()
}
