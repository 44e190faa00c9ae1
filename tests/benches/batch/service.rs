//! A service inside the process that responds at once.

use std::path::Path;

use toapis::{BusinessId, ImageRequest};
use toapis_batch::{
    CreateOutcome, ImageService, SavedImage, ServiceError, TaskProgress, TaskReport,
};

/// Accepts every create; every task is completed at the first poll.
pub(crate) struct InstantService;

impl ImageService for InstantService {
    type Prepared = ImageRequest;

    async fn prepare(&self, request: ImageRequest) -> Result<ImageRequest, ServiceError> {
        Ok(request)
    }

    async fn acquire_create_token(&self) {}

    async fn create(&self, _prepared: ImageRequest) -> CreateOutcome {
        CreateOutcome::Accepted(report("task_img_abc123def456", TaskProgress::Pending))
    }

    async fn fetch(&self, task_id: &str) -> Result<TaskReport, ServiceError> {
        let urls = vec![format!("https://files.example.com/{task_id}.png")];
        let progress = TaskProgress::Completed {
            urls,
            expires_at: None,
        };
        Ok(report(task_id, progress))
    }

    async fn find_by_business_id(
        &self,
        _id: &BusinessId,
    ) -> Result<Option<TaskReport>, ServiceError> {
        Ok(None)
    }

    async fn download(
        &self,
        _task_id: &str,
        _directory: &Path,
        stem: &str,
    ) -> Result<Vec<SavedImage>, ServiceError> {
        Ok(vec![SavedImage {
            path: format!("{stem}.png").into(),
            size: 1 << 20,
            sha256: "0".repeat(64),
        }])
    }
}

fn report(id: &str, progress: TaskProgress) -> TaskReport {
    TaskReport {
        id: id.to_owned(),
        progress,
        credits: None,
    }
}
