//! Creates images: submit, prepare, generate.

use std::fmt;

use toapis_client::operations::EDIT_IMAGE;

use crate::client::Client;
use crate::error::{Error, ErrorKind};
use crate::ids::BusinessId;
use crate::request::ImageRequest;
use crate::submit::{PreparedRequest, SubmitRequest, belongs_to};
use crate::task::{CompletedTask, Task, TaskRecord};

/// Creates images. Returned by [`Client::images`].
#[derive(Clone)]
pub struct Images {
    client: Client,
}

impl Client {
    /// Returns the handle that creates images.
    #[must_use]
    pub fn images(&self) -> Images {
        Images {
            client: self.clone(),
        }
    }
}

impl Images {
    /// Submits a request: await it for the [`Task`]. An edit model uses the endpoint for edits.
    ///
    /// A create is never paid twice: it is retried only if no task can have been created. If a
    /// response is lost, the task is looked up by its business id; if that finds nothing, the
    /// outcome is [`SubmissionOutcome::Unknown`](crate::SubmissionOutcome::Unknown).
    ///
    /// # Errors
    ///
    /// Each error has an [`outcome`](Error::outcome).
    pub fn submit(&self, request: impl Into<ImageRequest>) -> SubmitRequest {
        SubmitRequest::new(self.client.clone(), request.into(), None)
    }

    /// Submits a request to the endpoint for edits, for a model that the contract doesn't list as
    /// an edit model.
    pub fn edit(&self, request: impl Into<ImageRequest>) -> SubmitRequest {
        SubmitRequest::new(self.client.clone(), request.into(), Some(&EDIT_IMAGE))
    }

    /// Validates a request and assigns its business id, without sending anything.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Validation`](crate::ErrorKind::Validation), with all violations.
    pub fn prepare(&self, request: impl Into<ImageRequest>) -> Result<PreparedRequest, Error> {
        let prepared = PreparedRequest::new(self.client.clone(), request.into(), None);
        prepared.validate()?;
        Ok(prepared)
    }

    /// Submits a request and waits for its task. Use [`submit`](Self::submit) to store the task's
    /// id first.
    ///
    /// # Errors
    ///
    /// The errors of [`submit`](Self::submit) and of waiting; the latter have the task's id.
    pub async fn generate(&self, request: impl Into<ImageRequest>) -> Result<CompletedTask, Error> {
        self.submit(request).await?.wait().await
    }

    /// Looks up the task of a business id: after a crash, or an unknown outcome.
    ///
    /// Returns `None` if the service knows no such task. Not every host may support this lookup,
    /// so `None` proves nothing.
    ///
    /// # Errors
    ///
    /// Any error except not-found; each has the [`business_id`](Error::business_id).
    pub async fn find_by_business_id(&self, id: &BusinessId) -> Result<Option<Task>, Error> {
        let record = TaskRecord {
            business_id: Some(id.clone()),
            ..TaskRecord::new(id.as_task_id())
        };
        let asked = Task::from_record(self.client.clone(), record);
        id.check()
            .map_err(|invalid| asked.attach_to(invalid.into()))?;
        match asked.fetch().await {
            Ok(snapshot) if !belongs_to(&snapshot, id) => Ok(None),
            Ok(snapshot) => {
                let model = snapshot.model.clone().unwrap_or_default();
                let mut task =
                    Task::accepted(self.client.clone(), snapshot, id.clone(), &model, true);
                // The creation time is unknown, so its duration isn't learned.
                task.created = None;
                Ok(Some(task))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl fmt::Debug for Images {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Images").finish_non_exhaustive()
    }
}
