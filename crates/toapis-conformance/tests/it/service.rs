//! A minimal conforming service, which responds with the examples of the contract, and its faults.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, Request, State},
    response::Response,
};
use http::{StatusCode, header};
use serde_json::{Value, json};
use toapis_contract::{Contract, RequestParts, ViolationKind};

/// The only valid API key.
pub(crate) const KEY: &str = "sk-the-only-valid-key";

/// The fault of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// No fault.
    None,
    /// Every credential is accepted.
    AnyKey,
    /// Every body is accepted.
    AnyBody,
    /// The task has an undocumented status.
    UnknownStatus,
    /// The task is completed without an image.
    NoImage,
    /// The image is truncated.
    TruncatedImage,
    /// The response is about another task.
    OtherTask,
    /// The list of models is HTML.
    Html,
    /// The balance has an undocumented status.
    Teapot,
    /// The first create gets 429 with an invalid `Retry-After`.
    BadLimit,
}

/// A running service; it stops with the runtime.
pub(crate) struct Service {
    pub(crate) url: String,
}

struct ServiceState {
    fault: Fault,
    url: String,
    tasks: Mutex<Vec<(String, Option<String>)>>,
    limited: Mutex<bool>,
}

impl Service {
    pub(crate) async fn start(fault: Fault) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(ServiceState {
            fault,
            url: url.clone(),
            tasks: Mutex::default(),
            limited: Mutex::default(),
        });
        let router = Router::new()
            .fallback(respond)
            .layer(DefaultBodyLimit::disable())
            .with_state(state);
        tokio::spawn(async { axum::serve(listener, router).await });
        Self { url }
    }
}

async fn respond(State(state): State<Arc<ServiceState>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    if head.uri.path() == "/image.png" {
        return state.image();
    }
    let report = Contract::embedded().validate_request(&RequestParts {
        method: &head.method,
        path_and_query: head.uri.path_and_query().unwrap().as_str(),
        headers: &head.headers,
        body: &body,
    });
    let Some(operation) = report.operation() else {
        return json_response(StatusCode::NOT_FOUND, &json!({}));
    };
    let key = head.headers.get(header::AUTHORIZATION);
    let is_authorized = key.is_some_and(|key| key == format!("Bearer {KEY}").as_str());
    if !is_authorized && state.fault != Fault::AnyKey {
        return example(operation, "401");
    }
    let has = |kind| {
        report
            .violations()
            .iter()
            .any(|violation| violation.kind() == kind)
    };
    let is_invalid = report
        .violations()
        .iter()
        .any(|violation| violation.kind() != ViolationKind::Security);
    if is_invalid
        && (state.fault != Fault::AnyBody
            || has(ViolationKind::Body)
            || has(ViolationKind::Parameter))
    {
        return example(operation, "400");
    }
    state.serve(operation, head.uri.path(), &body)
}

impl ServiceState {
    fn serve(&self, operation: &str, path: &str, body: &Bytes) -> Response {
        match operation {
            "createImage" | "editImage" => self.create(body),
            "getImageTask" => self.status(path.rsplit('/').next().unwrap()),
            "uploadImage" if !is_image_form(body) => example(operation, "400"),
            "listModels" if self.fault == Fault::Html => Response::builder()
                .header(header::CONTENT_TYPE, "text/html")
                .body(Body::from("<html>"))
                .unwrap(),
            "getKeyBalance" if self.fault == Fault::Teapot => {
                json_response(StatusCode::IM_A_TEAPOT, &json!({}))
            }
            _ => example(operation, "200"),
        }
    }

    fn create(&self, body: &Bytes) -> Response {
        let mut limited = self.limited.lock().unwrap();
        if self.fault == Fault::BadLimit && !*limited {
            *limited = true;
            return Response::builder()
                .status(429)
                .header(header::RETRY_AFTER, "a while")
                .header(header::CONTENT_TYPE, "application/json")
                .body(Body::from(
                    r#"{"error":{"code":"rate_limit_exceeded","message":"slow down"}}"#,
                ))
                .unwrap();
        }
        let request: Value = serde_json::from_slice(body).unwrap_or_default();
        let business_id = request["client_business_id"].as_str().map(str::to_owned);
        let mut tasks = self.tasks.lock().unwrap();
        let id = format!("img_{}", tasks.len());
        tasks.push((id.clone(), business_id));
        json_response(
            StatusCode::OK,
            &json!({"id": id, "object": "generation.task", "status": "queued"}),
        )
    }

    fn status(&self, id: &str) -> Response {
        let tasks = self.tasks.lock().unwrap();
        let id = percent(id);
        let found = tasks
            .iter()
            .find(|(own, business)| *own == id || business.as_ref() == Some(&id));
        let Some((id, _)) = found else {
            return example("getImageTask", "404");
        };
        let id = if self.fault == Fault::OtherTask {
            "img_other"
        } else {
            id
        };
        let status = if self.fault == Fault::UnknownStatus {
            "moderating"
        } else {
            "completed"
        };
        let mut task = json!({"id": id, "object": "generation.task", "status": status});
        if self.fault != Fault::NoImage {
            let url = format!("{}/image.png", self.url);
            task["result"] = json!({"type": "image", "data": [{"url": url}]});
        }
        json_response(StatusCode::OK, &task)
    }

    fn image(&self) -> Response {
        const IMAGE: &[u8] = include_bytes!("../../assets/image.png");
        let end = IMAGE.len()
            - if self.fault == Fault::TruncatedImage {
                20
            } else {
                0
            };
        Response::new(Body::from(&IMAGE[..end]))
    }
}

/// Returns true if a form contains an image that is not too large.
fn is_image_form(body: &Bytes) -> bool {
    let signatures: [&[u8]; 4] = [b"\x89PNG", b"\xff\xd8\xff", b"WEBP", b"GIF8"];
    let limit = Contract::embedded().document()["x-upload"]["refused_above_bytes"].as_u64();
    limit.is_some_and(|limit| body.len() as u64 <= limit)
        && signatures.iter().any(|signature| {
            body.windows(signature.len())
                .any(|window| window == *signature)
        })
}

fn percent(text: &str) -> String {
    percent_encoding::percent_decode_str(text)
        .decode_utf8()
        .unwrap()
        .into_owned()
}

/// Returns the first example of a response.
fn example(operation: &str, status: &str) -> Response {
    let contract = Contract::embedded();
    let pointer = contract.operation(operation).unwrap().pointer();
    let answer = contract
        .resolve(&format!("{pointer}/responses/{status}"))
        .unwrap();
    let examples = answer["content"]["application/json"]["examples"]
        .as_object()
        .unwrap();
    let body = &examples.values().next().unwrap()["value"];
    json_response(status.parse().unwrap(), body)
}

fn json_response(status: StatusCode, body: &Value) -> Response {
    Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()))
        .unwrap()
}
