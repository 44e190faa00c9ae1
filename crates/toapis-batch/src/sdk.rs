//! The service as the SDK's client reaches it.

use std::path::Path;
use std::time::Duration;

use toapis::{
    BusinessId, Client, ErrorKind, ImageRequest, PreparedRequest, SubmissionOutcome, TaskSnapshot,
    TaskStatus,
};

use crate::service::{
    CreateOutcome, ImageService, ServiceError, ServiceErrorKind, TaskProgress, TaskReport,
};
use crate::store::SavedImage;

/// How long one download waits for the task's URLs. The task is completed, so that one poll is enough.
const URL_TIMEOUT: Duration = Duration::from_mins(1);

impl ImageService for Client {
    type Prepared = PreparedRequest;

    async fn prepare(&self, request: ImageRequest) -> Result<PreparedRequest, ServiceError> {
        self.images()
            .prepare(request)
            .map_err(|error| service_error(&error))
    }

    async fn acquire_create_token(&self) {}

    async fn create(&self, prepared: PreparedRequest) -> CreateOutcome {
        let error = match prepared.submit().await {
            Ok(task) => {
                return CreateOutcome::Accepted(
                    task.initial_snapshot()
                        .map_or_else(|| pending(task.id().as_str()), task_report),
                );
            }
            Err(error) => error,
        };
        match error.outcome() {
            Some(SubmissionOutcome::Accepted(id)) => CreateOutcome::Accepted(pending(id.as_str())),
            Some(SubmissionOutcome::Rejected) if error.is_retryable() => {
                CreateOutcome::NotCreated(service_error(&error))
            }
            Some(SubmissionOutcome::Rejected) => {
                let error = service_error(&error);
                match error.kind {
                    ServiceErrorKind::Unauthorized | ServiceErrorKind::InsufficientQuota => {
                        CreateOutcome::NotCreated(error)
                    }
                    _ => CreateOutcome::Refused(error),
                }
            }
            // Whatever else an outcome may be, it is no proof.
            _ => CreateOutcome::Unknown(service_error(&error)),
        }
    }

    async fn fetch(&self, task_id: &str) -> Result<TaskReport, ServiceError> {
        let snapshot = self
            .task(task_id)
            .fetch()
            .await
            .map_err(|error| service_error(&error))?;
        Ok(task_report(&snapshot))
    }

    async fn find_by_business_id(
        &self,
        id: &BusinessId,
    ) -> Result<Option<TaskReport>, ServiceError> {
        let found = self
            .images()
            .find_by_business_id(id)
            .await
            .map_err(|error| service_error(&error))?;
        Ok(found.map(|task| {
            task.initial_snapshot()
                .map_or_else(|| pending(task.id().as_str()), task_report)
        }))
    }

    async fn download(
        &self,
        task_id: &str,
        directory: &Path,
        stem: &str,
    ) -> Result<Vec<SavedImage>, ServiceError> {
        let task = self.task(task_id);
        let completed = task
            .wait()
            .timeout(URL_TIMEOUT)
            .await
            .map_err(|error| service_error(&error))?;
        let images = completed.images();
        let mut saved = Vec::with_capacity(images.len());
        for (position, image) in images.iter().enumerate() {
            let stem = match position {
                0 => stem.to_owned(),
                position => format!("{stem}-{}", position + 1),
            };
            let file = image
                .save_in(directory, stem)
                .overwrite(true)
                .await
                .map_err(|error| service_error(&error))?;
            saved.push(SavedImage {
                sha256: file.sha256_hex(),
                path: file.path.file_name().map(Into::into).unwrap_or_default(),
                size: file.size,
            });
        }
        Ok(saved)
    }
}

fn pending(id: &str) -> TaskReport {
    TaskReport {
        id: id.to_owned(),
        progress: TaskProgress::Pending,
        credits: None,
    }
}

fn task_report(snapshot: &TaskSnapshot) -> TaskReport {
    let progress = if let Some(failure) = snapshot.failure() {
        TaskProgress::Failed {
            error: failure
                .message
                .or(failure.code)
                .unwrap_or_else(|| failure.kind.to_string()),
        }
    } else if *snapshot.status() == TaskStatus::Completed {
        TaskProgress::Completed {
            urls: snapshot.urls().map(str::to_owned).collect(),
            expires_at: snapshot.expires_at(),
        }
    } else {
        TaskProgress::Pending
    };
    let credits = snapshot
        .to_json()
        .pointer("/billing/credits")
        .and_then(serde_json::Value::as_u64);
    TaskReport {
        id: snapshot.id().as_str().to_owned(),
        progress,
        credits,
    }
}

fn service_error(error: &toapis::Error) -> ServiceError {
    let kind = match error.kind() {
        ErrorKind::Unauthorized | ErrorKind::Config => ServiceErrorKind::Unauthorized,
        ErrorKind::InsufficientQuota => ServiceErrorKind::InsufficientQuota,
        ErrorKind::RateLimited => ServiceErrorKind::RateLimited,
        ErrorKind::NotFound => ServiceErrorKind::NotFound,
        ErrorKind::UrlExpired => ServiceErrorKind::Expired,
        ErrorKind::Io => ServiceErrorKind::LocalIo,
        ErrorKind::InvalidId
        | ErrorKind::Validation
        | ErrorKind::InvalidReference
        | ErrorKind::BadRequest
        | ErrorKind::Forbidden
        | ErrorKind::Moderation => ServiceErrorKind::InvalidRequest,
        _ => ServiceErrorKind::Transient,
    };
    ServiceError {
        kind,
        message: error.to_string(),
        retry_after: error.retry_after(),
    }
}
