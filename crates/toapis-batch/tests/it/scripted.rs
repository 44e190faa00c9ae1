//! A scripted service that records its calls.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::future::pending;
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use toapis::{BusinessId, ImageRequest};
use toapis_batch::{
    Batch, CreateOutcome, ImageService, RowStatus, RunOptions, RunSummary, SavedImage,
    ServiceError, ServiceErrorKind, TaskProgress, TaskReport,
};

/// What the service does with a create, by the number of the create from 1.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Create {
    Accept,
    /// Makes a task; the response is lost.
    AcceptAndLose,
    /// Makes no task; the response is lost.
    Lose,
    NotCreated(ServiceErrorKind),
    Refuse,
}

#[derive(Default)]
pub(crate) struct State {
    creates: VecDeque<Create>,
    fetch_errors: VecDeque<ServiceErrorKind>,
    download_errors: VecDeque<ServiceErrorKind>,
    /// Tasks by business id.
    tasks: HashMap<String, String>,
    log: Vec<String>,
    on_the_wire: usize,
    max_on_the_wire: usize,
}

/// A service without a network. Everything takes a second of the paused clock.
#[derive(Default)]
pub(crate) struct Scripted {
    pub(crate) state: Mutex<State>,
    pub(crate) hides_business_ids: bool,
    pub(crate) hangs_in_prepare: bool,
    /// Notified when a request is prepared.
    pub(crate) preparing: tokio::sync::Notify,
    pub(crate) credits: Option<u64>,
    /// The images of a task have expired when it is completed.
    pub(crate) expired: bool,
}

const LATENCY: Duration = Duration::from_secs(1);

impl Scripted {
    /// Answers the first creates like this, and accepts all further ones.
    pub(crate) fn creates(creates: impl IntoIterator<Item = Create>) -> Self {
        let service = Self::default();
        service.state().creates = creates.into_iter().collect();
        service
    }

    pub(crate) fn fetch_errors(self, errors: impl IntoIterator<Item = ServiceErrorKind>) -> Self {
        self.state().fetch_errors = errors.into_iter().collect();
        self
    }

    pub(crate) fn download_errors(
        self,
        errors: impl IntoIterator<Item = ServiceErrorKind>,
    ) -> Self {
        self.state().download_errors = errors.into_iter().collect();
        self
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// What was asked, in order: the operation and the row's number.
    pub(crate) fn log(&self) -> Vec<String> {
        self.state().log.clone()
    }

    pub(crate) fn count(&self, operation: &str) -> usize {
        self.state()
            .log
            .iter()
            .filter(|line| line.starts_with(operation))
            .count()
    }

    pub(crate) fn max_creates_at_once(&self) -> usize {
        self.state().max_on_the_wire
    }
}

/// The number of a row out of its business id or task.
fn row(id: &str) -> String {
    id.trim_start_matches("task-")
        .split('-')
        .nth(1)
        .unwrap_or("?")
        .to_owned()
}

fn error(kind: ServiceErrorKind) -> ServiceError {
    ServiceError::new(kind, format!("{kind:?}"))
}

impl ImageService for Scripted {
    type Prepared = String;

    async fn prepare(&self, request: ImageRequest) -> Result<String, ServiceError> {
        self.preparing.notify_one();
        if self.hangs_in_prepare {
            std::future::pending::<()>().await;
        }
        // Only the SDK can read the id back, so it goes through the request's Debug form.
        let text = format!("{request:?}");
        let id = text.split("business_id: Some(\"").nth(1);
        let id = id.and_then(|rest| rest.split('"').next());
        Ok(id.expect("a batch sets the business id").to_owned())
    }

    async fn acquire_create_token(&self) {}

    async fn create(&self, id: String) -> CreateOutcome {
        let create = {
            let mut state = self.state();
            state.log.push(format!("create {}", row(&id)));
            state.on_the_wire += 1;
            state.max_on_the_wire = state.max_on_the_wire.max(state.on_the_wire);
            state.creates.pop_front().unwrap_or(Create::Accept)
        };
        tokio::time::sleep(LATENCY).await;
        let mut state = self.state();
        state.on_the_wire -= 1;
        let task = format!("task-{id}");
        if matches!(create, Create::Accept | Create::AcceptAndLose) {
            let before = state.tasks.insert(id, task.clone());
            assert_eq!(before, None, "paid twice");
        }
        match create {
            Create::Accept => CreateOutcome::Accepted(TaskReport {
                id: task,
                progress: TaskProgress::Pending,
                credits: None,
            }),
            Create::AcceptAndLose | Create::Lose => {
                CreateOutcome::Unknown(error(ServiceErrorKind::Transient))
            }
            Create::NotCreated(kind) => CreateOutcome::NotCreated(error(kind)),
            Create::Refuse => CreateOutcome::Refused(error(ServiceErrorKind::InvalidRequest)),
        }
    }

    async fn fetch(&self, task_id: &str) -> Result<TaskReport, ServiceError> {
        tokio::time::sleep(LATENCY).await;
        let mut state = self.state();
        state.log.push(format!("fetch {}", row(task_id)));
        if let Some(kind) = state.fetch_errors.pop_front() {
            return Err(error(kind));
        }
        Ok(TaskReport {
            id: task_id.to_owned(),
            progress: TaskProgress::Completed {
                urls: vec![format!("https://files/{task_id}.png")],
                expires_at: self.expired.then_some(SystemTime::UNIX_EPOCH),
            },
            credits: self.credits,
        })
    }

    async fn find_by_business_id(
        &self,
        id: &BusinessId,
    ) -> Result<Option<TaskReport>, ServiceError> {
        tokio::time::sleep(LATENCY).await;
        let mut state = self.state();
        state.log.push(format!("find {}", row(id.as_str())));
        let found = state
            .tasks
            .get(id.as_str())
            .filter(|_| !self.hides_business_ids);
        Ok(found.map(|task| TaskReport {
            id: task.clone(),
            progress: TaskProgress::Pending,
            credits: None,
        }))
    }

    async fn download(
        &self,
        task_id: &str,
        _directory: &Path,
        stem: &str,
    ) -> Result<Vec<SavedImage>, ServiceError> {
        tokio::time::sleep(LATENCY).await;
        let mut state = self.state();
        state.log.push(format!("download {}", row(task_id)));
        if let Some(kind) = state.download_errors.pop_front() {
            return Err(error(kind));
        }
        Ok(vec![SavedImage {
            path: format!("{stem}.png").into(),
            size: 1,
            sha256: "00".repeat(32),
        }])
    }
}

/// Runs a batch on a scripted service, without a minimum of free disk space.
pub(crate) async fn run(batch: &Batch, service: &Scripted, options: RunOptions) -> RunSummary {
    batch
        .run(service, options.min_free_bytes(0), pending())
        .await
        .unwrap()
}

/// Returns the number of rows by status.
pub(crate) fn counts(summary: &RunSummary) -> BTreeMap<RowStatus, u64> {
    summary.status.by_status.clone()
}
