//! A service on the same clock, which sees when it is asked.

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

/// What the clock of the service shows when that of the bench starts.
const EPOCH: u64 = 1_790_000_000;
const MODEL: &str = "gemini-2.5-flash-image-preview";

/// The service and what a client needs of it.
pub(crate) struct Bench {
    url: String,
    world: Arc<World>,
    /// A task that never ends is given up after so long.
    horizon: Duration,
}

struct World {
    started: Instant,
    tasks: Mutex<HashMap<String, Task>>,
    made: AtomicUsize,
}

struct Task {
    made: Instant,
    takes: Duration,
    /// The ages at which it was looked at, in seconds.
    looks: Vec<f64>,
}

impl Bench {
    /// Starts a service; the longest task that matters takes so many seconds.
    pub(crate) async fn start(longest: f64) -> Result<Self, Box<dyn Error>> {
        let world = Arc::new(World {
            started: Instant::now(),
            tasks: Mutex::default(),
            made: AtomicUsize::new(0),
        });
        let router = Router::new()
            .route("/v1/images/generations", post(create))
            .route("/v1/images/generations/{id}", get(status))
            .with_state(Arc::clone(&world));
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self {
            url,
            world,
            horizon: Duration::from_secs_f64(longest) + Duration::from_mins(10),
        })
    }

    /// A client that has seen nothing yet.
    pub(crate) fn client(&self) -> Result<Client, toapis::Error> {
        Client::builder()
            .api_key("sk-bench")
            .base_url(self.url.as_str())
            .rate_limits(RateLimits::unlimited())
            .build()
    }

    /// Runs a task to its end, so that the client learns from it.
    pub(crate) async fn run_one(&self, client: &Client, seconds: f64) -> Result<(), toapis::Error> {
        let task = client.images().submit(request(Some(seconds))).await?;
        task.wait().timeout(self.horizon).await.map(|_| ())
    }

    /// When a policy looks at a task that does not end: ages in seconds, ascending, up to the horizon and beyond.
    pub(crate) async fn looks(
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
            other => return Err(format!("a task that does not end came to {other:?}").into()),
        }
        let task = self.world.tasks().remove(task.id().as_str());
        Ok(task.map(|task| task.looks).unwrap_or_default())
    }
}

/// How long the task is to take stands in its prompt.
fn request(seconds: Option<f64>) -> ImageRequest {
    let prompt = seconds.map_or_else(|| "never".to_owned(), |seconds| seconds.to_string());
    ImageRequest::new(prompt).model(MODEL)
}

impl World {
    fn tasks(&self) -> std::sync::MutexGuard<'_, HashMap<String, Task>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// In whole seconds, as the service tells its times.
    fn unix(&self, moment: Instant) -> u64 {
        EPOCH + (moment - self.started).as_secs()
    }
}

async fn create(State(world): State<Arc<World>>, Json(request): Json<Value>) -> Json<Value> {
    let seconds = request["prompt"]
        .as_str()
        .and_then(|text| text.parse().ok());
    let made = Instant::now();
    let mut tasks = world.tasks();
    let id = format!("task_img_{}", world.made.fetch_add(1, Ordering::Relaxed));
    tasks.insert(
        id.clone(),
        Task {
            made,
            takes: seconds.map_or(Duration::MAX, Duration::from_secs_f64),
            looks: Vec::new(),
        },
    );
    Json(json!({
        "id": id, "object": "generation.task", "model": MODEL, "status": "pending", "progress": 0,
        "created_at": world.unix(made), "metadata": {},
    }))
}

async fn status(State(world): State<Arc<World>>, Path(id): Path<String>) -> Json<Value> {
    let mut tasks = world.tasks();
    let Some(task) = tasks.get_mut(&id) else {
        return Json(json!({ "error": { "code": "task_not_found", "message": id } }));
    };
    task.looks.push(task.made.elapsed().as_secs_f64());
    let mut answer = json!({
        "id": id, "object": "generation.task", "model": MODEL, "status": "in_progress", "progress": 0,
        "created_at": world.unix(task.made),
    });
    if task.made.elapsed() >= task.takes {
        let done = world.unix(task.made + task.takes);
        answer["status"] = "completed".into();
        answer["progress"] = 100.into();
        answer["completed_at"] = done.into();
        answer["expires_at"] = (done + 86_400).into();
        answer["result"] =
            json!({ "type": "image", "data": [{ "url": "https://files.toapis.com/a.png" }] });
    }
    Json(answer)
}
