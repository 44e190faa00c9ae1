//! Receives webhooks, verifies them, and saves the images.
//!
//! Run: `TOAPIS_WEBHOOK_SECRET=secret cargo run --example webhook`, behind an HTTPS proxy.
//! Set `TOAPIS_API_KEY`, or start the simulator with
//! `cargo run -p toapis-cli -- sim` and export the variables that it prints.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use toapis::{Client, WebhookVerifier};

/// The state of the handler.
#[derive(Clone)]
pub(crate) struct App {
    /// Downloads the images.
    pub(crate) client: Client,
    /// Verifies the signatures.
    pub(crate) verifier: WebhookVerifier,
    /// The directory of the saved images.
    pub(crate) dir: PathBuf,
    /// The ids of received events: each event is sent at least once.
    pub(crate) seen: Arc<Mutex<HashSet<String>>>,
}

/// Returns the route of the webhook.
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
    // Responds at once, because the service waits for ten seconds only.
    if let (true, Some(task)) = (is_new, event.task(&app.client)) {
        tokio::spawn(async move {
            let saved = async {
                task.wait().await?.images()[0]
                    .save_in(&app.dir, task.id().as_str())
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
        dir: ".".into(),
        seen: Arc::default(),
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8090").await?;
    println!("http://{}/hooks/toapis", listener.local_addr()?);
    axum::serve(listener, app(state)).await?;
    Ok(())
}
