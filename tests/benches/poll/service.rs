//! A service on the same clock that records when it is polled.

use std::{
    collections::HashMap,
    error::Error,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Json, Router,
    extract::{Path, State},
    routing::{get, post},
};
use serde_json::{Value, json};
use toapis::{Client, ErrorKind, ImageRequest, PollingPolicy, RateLimits};
use tokio::{net::TcpListener, time::Instant};

/// Unix time of the service when the bench starts.
const EPOCH: u64 = 1_790_000_000;
const MODEL: &str = "gemini-2.5-flash-image-preview";

/// A running service.
pub(crate) struct Bench {
    url: String,
    state: Arc<ServiceState>,
    /// Timeout for a task that never ends.
    horizon: Duration,
}

struct ServiceState {
    started: Instant,
    tasks: Mutex<HashMap<String, Task>>,
    created: AtomicUsize,
}

struct Task {
    created: Instant,
    takes: Duration,
    /// The ages at which it was polled, in seconds.
    poll_ages: Vec<f64>,
}

impl Bench {
    /// Starts a service for tasks of at most `longest` seconds.
    pub(crate) async fn start(longest: f64) -> Result<Self, Box<dyn Error>> {
        let state = Arc::new(ServiceState {
            started: Instant::now(),
            tasks: Mutex::default(),
            created: AtomicUsize::new(0),
        });
        let router = Router::new()
            .route("/v1/images/generations", post(create))
            .route("/v1/images/generations/{id}", get(status))
            .with_state(Arc::clone(&state));
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self {
            url,
            state,
            horizon: Duration::from_secs_f64(longest) + Duration::from_mins(10),
        })
    }

    /// Creates a client that has observed no task.
    pub(crate) fn client(&self) -> Result<Client, toapis::Error> {
        Client::builder()
            .api_key("sk-bench")
            .base_url(self.url.as_str())
            .rate_limits(RateLimits::unlimited())
            .build()
    }

    /// Runs a task to its end, so that the client learns its duration.
    pub(crate) async fn run_one(&self, client: &Client, seconds: f64) -> Result<(), toapis::Error> {
        let task = client.images().submit(request(Some(seconds))).await?;
        task.wait().timeout(self.horizon).await.map(|_| ())
    }

    /// Returns when a policy polls a task that never ends: ages in seconds, ascending, past the
    /// horizon.
    pub(crate) async fn poll_ages(
        &self,
        client: &Client,
        policy: PollingPolicy,
    ) -> Result<Vec<f64>, Box<dyn Error>> {
        let task = client.images().submit(request(None)).await?;
        let waited = task
            .wait()
            .timeout(self.horizon)
            .polling_policy(policy)
            .await;
        match waited {
            Err(error) if error.kind() == ErrorKind::PollTimeout => {}
            other => return Err(format!("expected a poll timeout, got {other:?}").into()),
        }
        let task = self.state.tasks().remove(task.id().as_str());
        Ok(task.map(|task| task.poll_ages).unwrap_or_default())
    }
}

/// Creates a request whose prompt is the duration of its task.
fn request(seconds: Option<f64>) -> ImageRequest {
    let prompt = seconds.map_or_else(|| "never".to_owned(), |seconds| seconds.to_string());
    ImageRequest::new(prompt).model(MODEL)
}

impl ServiceState {
    fn tasks(&self) -> std::sync::MutexGuard<'_, HashMap<String, Task>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Converts to Unix time in whole seconds, as the service reports it.
    fn unix(&self, moment: Instant) -> u64 {
        EPOCH + (moment - self.started).as_secs()
    }
}

async fn create(State(state): State<Arc<ServiceState>>, Json(request): Json<Value>) -> Json<Value> {
    let seconds = request["prompt"]
        .as_str()
        .and_then(|text| text.parse().ok());
    let created = Instant::now();
    let mut tasks = state.tasks();
    let id = format!("task_img_{}", state.created.fetch_add(1, Ordering::Relaxed));
    tasks.insert(
        id.clone(),
        Task {
            created,
            takes: seconds.map_or(Duration::MAX, Duration::from_secs_f64),
            poll_ages: Vec::new(),
        },
    );
    Json(json!({
        "id": id, "object": "generation.task", "model": MODEL, "status": "pending", "progress": 0,
        "created_at": state.unix(created), "metadata": {},
    }))
}

async fn status(State(state): State<Arc<ServiceState>>, Path(id): Path<String>) -> Json<Value> {
    let mut tasks = state.tasks();
    let Some(task) = tasks.get_mut(&id) else {
        return Json(json!({ "error": { "code": "task_not_found", "message": id } }));
    };
    task.poll_ages.push(task.created.elapsed().as_secs_f64());
    let mut response = json!({
        "id": id, "object": "generation.task", "model": MODEL, "status": "in_progress", "progress": 0,
        "created_at": state.unix(task.created),
    });
    if task.created.elapsed() >= task.takes {
        let done = state.unix(task.created + task.takes);
        response["status"] = "completed".into();
        response["progress"] = 100.into();
        response["completed_at"] = done.into();
        response["expires_at"] = (done + 86_400).into();
        response["result"] =
            json!({ "type": "image", "data": [{ "url": "https://files.toapis.com/a.png" }] });
    }
    Json(response)
}
