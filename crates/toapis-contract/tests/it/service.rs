//! The least service that keeps the contract: it answers with the contract's own examples. Faults are planted in it.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, Request, State},
    response::Response,
};
use http::{StatusCode, header};
use serde_json::{Value, json};
use toapis_contract::{Contract, Kind, RequestParts};

/// The one key that the service knows.
pub(crate) const KEY: &str = "sk-the-only-key-there-is";

/// What is wrong with the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing.
    None,
    /// Any key will do.
    AnyKey,
    /// Every request is legal.
    AnyBody,
    /// A state that no one has heard of.
    UnknownState,
    /// Completed, but without a picture.
    NoPicture,
    /// The picture is cut short.
    TruncatedPicture,
    /// The status of another task.
    OtherTask,
    /// The models come as HTML.
    Html,
    /// A status that is not documented.
    Teapot,
    /// A task is always 429 at first, and says so wrongly.
    BadLimit,
}

/// A running service; it stops with the runtime.
pub(crate) struct Service {
    pub(crate) url: String,
}

struct Desk {
    fault: Fault,
    url: String,
    tasks: Mutex<Vec<(String, Option<String>)>>,
    limited: Mutex<bool>,
}

impl Service {
    pub(crate) async fn start(fault: Fault) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let desk = Arc::new(Desk {
            fault,
            url: url.clone(),
            tasks: Mutex::default(),
            limited: Mutex::default(),
        });
        let router = Router::new()
            .fallback(answer)
            .layer(DefaultBodyLimit::disable())
            .with_state(desk);
        tokio::spawn(async { axum::serve(listener, router).await });
        Self { url }
    }
}

async fn answer(State(desk): State<Arc<Desk>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    if head.uri.path() == "/picture.png" {
        return desk.picture();
    }
    let verdict = Contract::embedded().check_request(&RequestParts {
        method: &head.method,
        path_and_query: head.uri.path_and_query().unwrap().as_str(),
        headers: &head.headers,
        body: &body,
    });
    let Some(operation) = verdict.operation() else {
        return json_answer(StatusCode::NOT_FOUND, &json!({}));
    };
    let key = head.headers.get(header::AUTHORIZATION);
    let known = key.is_some_and(|key| key == format!("Bearer {KEY}").as_str());
    if !known && desk.fault != Fault::AnyKey {
        return example(operation, "401");
    }
    let bad = |kind| {
        verdict
            .violations()
            .iter()
            .any(|violation| violation.kind() == kind)
    };
    let refused = verdict
        .violations()
        .iter()
        .any(|violation| violation.kind() != Kind::Security);
    if refused && (desk.fault != Fault::AnyBody || bad(Kind::Body) || bad(Kind::Parameter)) {
        return example(operation, "400");
    }
    desk.serve(operation, head.uri.path(), &body)
}

impl Desk {
    fn serve(&self, operation: &str, path: &str, body: &Bytes) -> Response {
        match operation {
            "createImage" | "editImage" => self.create(body),
            "getImageTask" => self.status(path.rsplit('/').next().unwrap()),
            "uploadImage" if !is_picture_form(body) => example(operation, "400"),
            "listModels" if self.fault == Fault::Html => Response::builder()
                .header(header::CONTENT_TYPE, "text/html")
                .body(Body::from("<html>"))
                .unwrap(),
            "getKeyBalance" if self.fault == Fault::Teapot => {
                json_answer(StatusCode::IM_A_TEAPOT, &json!({}))
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
        json_answer(
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
        let state = if self.fault == Fault::UnknownState {
            "moderating"
        } else {
            "completed"
        };
        let mut task = json!({"id": id, "object": "generation.task", "status": state});
        if self.fault != Fault::NoPicture {
            let url = format!("{}/picture.png", self.url);
            task["result"] = json!({"type": "image", "data": [{"url": url}]});
        }
        json_answer(StatusCode::OK, &task)
    }

    fn picture(&self) -> Response {
        const PICTURE: &[u8] = include_bytes!("../../assets/picture.png");
        let end = PICTURE.len()
            - if self.fault == Fault::TruncatedPicture {
                20
            } else {
                0
            };
        Response::new(Body::from(&PICTURE[..end]))
    }
}

/// Whether a form holds a picture that is not too large, as far as a test needs to know.
fn is_picture_form(body: &Bytes) -> bool {
    let signatures: [&[u8]; 4] = [b"\x89PNG", b"\xff\xd8\xff", b"WEBP", b"GIF8"];
    let most = Contract::embedded().document()["x-upload"]["refused_above_bytes"].as_u64();
    most.is_some_and(|most| body.len() as u64 <= most)
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

/// The first example that the contract has for an answer.
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
    json_answer(status.parse().unwrap(), body)
}

fn json_answer(status: StatusCode, body: &Value) -> Response {
    Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()))
        .unwrap()
}
