//! The same two calls by hand: reqwest and serde, typed, with a time-out, a cap and an id of one's own, and nothing else.

use std::{
    error::Error,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use reqwest::Response;
use serde::{Deserialize, Serialize};

/// As long as the service's keys are.
pub(crate) const KEY: &str = "sk-0123456789abcdef0123456789abcdef0123456789abcdef";
/// The most of an answer that is read, as by the SDK.
const CAP: usize = 4 * 1024 * 1024;

#[derive(Serialize)]
struct Request<'a> {
    model: &'a str,
    prompt: &'a str,
    size: &'a str,
    client_business_id: String,
}

/// What a careful user would write down of the task object.
#[derive(Deserialize)]
#[expect(dead_code, reason = "they are parsed, as a user's would be")]
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

/// The client by hand.
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
            client_business_id: fresh_id(),
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

/// The task of an answer that says success, read under a cap: no host is trusted with the memory of a process.
async fn read(response: Response) -> Result<Task, Box<dyn Error>> {
    let mut response = response.error_for_status()?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > CAP {
            return Err("the answer is too large".into());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(serde_json::from_slice(&body)?)
}

/// A ULID, as the SDK makes one.
fn fresh_id() -> String {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let millis = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
    ulid::Ulid::from_parts(millis, fastrand::u128(..)).to_string()
}
