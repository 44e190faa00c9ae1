//! Being told instead of asking: a webhook, verified, that saves the pictures.
//!
//! `TOAPIS_WEBHOOK_SECRET=secret cargo run --example webhook`, behind something that speaks HTTPS, with `TOAPIS_API_KEY` set, or what
//! `cargo run -p toapis-cli -- sim` prints in another shell.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use toapis::{Client, WebhookVerifier};

/// What the handler works with.
#[derive(Clone)]
pub(crate) struct App {
    /// For the pictures.
    pub(crate) client: Client,
    /// Knows the secret.
    pub(crate) verifier: WebhookVerifier,
    /// Where pictures go.
    pub(crate) folder: PathBuf,
    /// The events that came already: each comes at least once.
    pub(crate) seen: Arc<Mutex<HashSet<String>>>,
}

/// The route for the service to post to.
pub(crate) fn app(app: App) -> Router {
    Router::new()
        .route("/hooks/toapis", post(receive))
        .with_state(app)
}

async fn receive(State(app): State<App>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let event = match app.verifier.verify(&headers, &body) {
        Ok(event) => event,
        Err(error) => {
            eprintln!("{error}");
            return StatusCode::UNAUTHORIZED;
        }
    };
    let is_new = app
        .seen
        .lock()
        .is_ok_and(|mut seen| seen.insert(event.id().to_owned()));
    // Answered at once, since the service waits for ten seconds only.
    if let (true, Some(task)) = (is_new, event.task(&app.client)) {
        tokio::spawn(async move {
            let saved = async {
                task.wait().await?.images()[0]
                    .save_in(&app.folder, task.id().as_str())
                    .await
            };
            match saved.await {
                Ok(saved) => println!("{}", saved.path.display()),
                Err(error) => eprintln!("{error}"),
            }
        });
    }
    StatusCode::NO_CONTENT
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let verifier = WebhookVerifier::new(std::env::var("TOAPIS_WEBHOOK_SECRET")?);
    let state = App {
        client: Client::from_env()?,
        verifier,
        folder: ".".into(),
        seen: Arc::default(),
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8090").await?;
    println!("http://{}/hooks/toapis", listener.local_addr()?);
    axum::serve(listener, app(state)).await?;
    Ok(())
}
