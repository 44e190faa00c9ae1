//! Making pictures: where every submit begins.

use std::fmt;

use toapis_client::operations::EDIT_IMAGE;

use crate::client::Client;
use crate::error::{Error, ErrorKind};
use crate::ids::BusinessId;
use crate::request::ImageRequest;
use crate::submit::{PreparedRequest, SubmitRequest, belongs_to};
use crate::task::{CompletedTask, Task, TaskRecord};

/// The pictures of a client: [`Client::images`].
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
    /// Submits a request; await it for the [`Task`], whose id is there before any waiting. A model for edits goes to the
    /// endpoint for edits.
    ///
    /// A create is never paid twice: it is sent again only where it is certain that no task was made. If an answer is lost, the
    /// service is asked by the business id; what cannot be told then is [`SubmissionOutcome::Unknown`](crate::SubmissionOutcome::Unknown).
    ///
    /// # Errors
    ///
    /// Each carries its [`outcome`](Error::outcome).
    pub fn submit(&self, request: impl Into<ImageRequest>) -> SubmitRequest {
        SubmitRequest::new(self.client.clone(), request.into(), None)
    }

    /// The same at the endpoint for edits, for a model that the contract does not list as one of those.
    pub fn edit(&self, request: impl Into<ImageRequest>) -> SubmitRequest {
        SubmitRequest::new(self.client.clone(), request.into(), Some(&EDIT_IMAGE))
    }

    /// Checks a request and gives it its business id, without sending anything.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Validation`](crate::ErrorKind::Validation), with every violation.
    pub fn prepare(&self, request: impl Into<ImageRequest>) -> Result<PreparedRequest, Error> {
        let prepared = PreparedRequest::new(self.client.clone(), request.into(), None);
        prepared.validate()?;
        Ok(prepared)
    }

    /// Submits and waits. The short way where the id need not be kept; prefer [`submit`](Self::submit) where a crash may come.
    ///
    /// # Errors
    ///
    /// Those of the submit, then those of the waiting; the latter carry the task's id.
    pub async fn generate(&self, request: impl Into<ImageRequest>) -> Result<CompletedTask, Error> {
        self.submit(request).await?.wait().await
    }

    /// Asks what became of a create, by the business id that went with it: after a crash, or an outcome that was unknown.
    ///
    /// `None` where the service knows no task of that id. Not every host may know this look-up, so `None` proves nothing.
    ///
    /// # Errors
    ///
    /// Whatever the asking came to, but for "not found"; each carries the [`business_id`](Error::business_id).
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
                // It was made at some time before now, so nothing is learned from how long it still takes.
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
