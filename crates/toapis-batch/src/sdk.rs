//! The service as the SDK's client reaches it.

use std::path::Path;

use toapis::{
    BusinessId, Client, CompletedTask, ErrorKind, ImageRequest, PreparedRequest, SendOutcome, Task,
    TaskSnapshot, TaskStatus,
};

use crate::service::{
    CreateOutcome, ImageService, ServiceError, ServiceErrorKind, TaskProgress, TaskReport,
};
use crate::store::SavedImage;

impl ImageService for Client {
    type Prepared = PreparedRequest;

    async fn prepare(&self, request: ImageRequest) -> Result<PreparedRequest, ServiceError> {
        let prepared = self.images().prepare(request).map_err(service_error)?;
        prepared.upload_references().await.map_err(service_error)?;
        Ok(prepared)
    }

    async fn acquire_create_token(&self) {
        self.rate_limiter().acquire_submit().await;
    }

    async fn create(&self, prepared: PreparedRequest) -> CreateOutcome {
        match prepared.send_once().await {
            SendOutcome::Accepted(task) => CreateOutcome::Accepted(task_or_pending(&task)),
            SendOutcome::NotSent(error) | SendOutcome::Rejected(error) => {
                let is_retryable = error.is_retryable();
                let error = service_error(error);
                match error.kind {
                    // The request is not at fault: the run stops, and the row stays ready.
                    ServiceErrorKind::Unauthorized | ServiceErrorKind::InsufficientQuota => {
                        CreateOutcome::NotCreated(error)
                    }
                    _ if is_retryable => CreateOutcome::NotCreated(error),
                    _ => CreateOutcome::Refused(error),
                }
            }
            SendOutcome::Unknown(error) => CreateOutcome::Unknown(service_error(error)),
            // An outcome that this version does not know proves nothing.
            other => CreateOutcome::Unknown(ServiceError::new(
                ServiceErrorKind::Transient,
                format!("{other:?}"),
            )),
        }
    }

    async fn fetch(&self, task_id: &str) -> Result<TaskReport, ServiceError> {
        let snapshot = self.task(task_id).fetch().await.map_err(service_error)?;
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
            .map_err(service_error)?;
        Ok(found.as_ref().map(task_or_pending))
    }

    async fn download(
        &self,
        task_id: &str,
        directory: &Path,
        stem: &str,
    ) -> Result<Vec<SavedImage>, ServiceError> {
        // A fresh poll gives fresh URLs.
        let snapshot = self.task(task_id).fetch().await.map_err(service_error)?;
        let completed = CompletedTask::from_snapshot(self, snapshot).map_err(service_error)?;
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
                .map_err(service_error)?;
            saved.push(SavedImage {
                sha256: file.sha256_hex(),
                path: file.path.file_name().map(Into::into).unwrap_or_default(),
                size: file.size,
            });
        }
        Ok(saved)
    }
}

/// Returns what the service said of a task when it was accepted or found.
fn task_or_pending(task: &Task) -> TaskReport {
    task.initial_snapshot().map_or_else(
        || TaskReport {
            id: task.id().as_str().to_owned(),
            progress: TaskProgress::Pending,
            credits: None,
        },
        task_report,
    )
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

#[expect(
    clippy::needless_pass_by_value,
    reason = "it is the function of `map_err`"
)]
fn service_error(error: toapis::Error) -> ServiceError {
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
