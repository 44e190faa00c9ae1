//! A minimal web service that turns prompts into images; `docs/web-service.md` shows the part below
//! this line.

use std::time::Duration;

use axum::extract::{Json, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use toapis::{BusinessId, Client, ErrorKind, ImageRequest};

/// `POST /images/ORDER` with the prompt as a JSON string returns the task id.
async fn create(
    State(client): State<Client>,
    Path(order): Path<String>,
    Json(prompt): Json<String>,
) -> Result<String, Failure> {
    // The order number finds the task again, even if this process stops during the create.
    let id = BusinessId::new(order)?;
    if let Some(task) = client.images().find_by_business_id(&id).await? {
        return Ok(task.id().to_string()); // the browser sent the form twice
    }
    let request = ImageRequest::new(prompt).business_id(id);
    let task = client.images().submit(request).await?;
    Ok(task.id().to_string())
}

/// `GET /images/ORDER` returns the image, or 202 while the task runs.
async fn show(State(client): State<Client>, Path(order): Path<String>) -> Result<Vec<u8>, Failure> {
    let timeout = Duration::from_secs(20);
    let done = client.task(&order).wait().timeout(timeout).await?;
    // Keep the bytes: the URL of the image expires 24 hours after completion.
    Ok(done.images()[0].bytes().await?.to_vec())
}

struct Failure(toapis::Error);

impl From<toapis::Error> for Failure {
    fn from(error: toapis::Error) -> Self {
        Self(error)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = match self.0.kind() {
            ErrorKind::PollTimeout => StatusCode::ACCEPTED,
            ErrorKind::NotFound => StatusCode::NOT_FOUND,
            ErrorKind::Validation | ErrorKind::InvalidId => StatusCode::BAD_REQUEST,
            _ => StatusCode::BAD_GATEWAY,
        };
        (status, self.0.to_string()).into_response()
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1);
    let address = address.as_deref().unwrap_or("127.0.0.1:3000");
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("http://{}", listener.local_addr()?);
    let app = axum::Router::new()
        .route("/images/{order}", post(create).get(show))
        .with_state(Client::from_env()?);
    axum::serve(listener, app).await?;
    Ok(())
}
