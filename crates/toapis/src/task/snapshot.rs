//! A snapshot of a task.

use std::fmt;
use std::time::SystemTime;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::{Envelope, Error, ErrorInner, ErrorKind, classify_task};
use crate::generated::statuses::TaskStatus;
use crate::ids::{BusinessId, TaskId};
use crate::image::{Image, ResultItem};
use crate::time::from_unix;

/// The state of a task at one time, as the service reported it.
///
/// A snapshot can be stored: it implements `Serialize` and `Deserialize`. Times become Unix
/// seconds, and the response becomes text.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskSnapshot {
    pub(crate) id: TaskId,
    pub(crate) business_id: Option<BusinessId>,
    pub(crate) status: TaskStatus,
    pub(crate) progress: Option<u8>,
    pub(crate) model: Option<String>,
    pub(crate) created_at: Option<i64>,
    pub(crate) completed_at: Option<i64>,
    pub(crate) expires_at: Option<i64>,
    #[serde(default, rename = "images")]
    pub(crate) items: Vec<ResultItem>,
    #[serde(with = "text")]
    pub(crate) raw: Bytes,
}

mod text {
    use bytes::Bytes;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(raw: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&String::from_utf8_lossy(raw))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Bytes, D::Error> {
        String::deserialize(deserializer).map(Into::into)
    }
}

/// The reason why a task failed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TaskFailure {
    /// [`ErrorKind::TaskFailed`], or more precisely [`ErrorKind::Moderation`].
    pub kind: ErrorKind,
    /// The service's error code.
    pub code: Option<String>,
    /// The service's message.
    pub message: Option<String>,
}

impl TaskSnapshot {
    /// Returns the service's id of the task.
    #[must_use]
    pub fn id(&self) -> &TaskId {
        &self.id
    }

    /// Returns the caller's id, if the service echoes it.
    #[must_use]
    pub fn business_id(&self) -> Option<&BusinessId> {
        self.business_id.as_ref()
    }

    /// Returns the status.
    #[must_use]
    pub fn status(&self) -> &TaskStatus {
        &self.status
    }

    /// Returns the progress in percent. Many tasks report 0 until they are completed.
    #[must_use]
    pub fn progress(&self) -> Option<u8> {
        self.progress
    }

    /// Returns the model.
    #[must_use]
    pub fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }

    /// Returns the time at which the task was created, by the service's clock.
    #[must_use]
    pub fn created_at(&self) -> Option<SystemTime> {
        from_unix(self.created_at?)
    }

    /// Returns the time at which the task ended, by the service's clock.
    #[must_use]
    pub fn completed_at(&self) -> Option<SystemTime> {
        from_unix(self.completed_at?)
    }

    /// Returns the time at which the image URLs expire: as reported by the service, otherwise
    /// [`Image::URL_TTL`](crate::Image::URL_TTL) after completion.
    #[must_use]
    pub fn expires_at(&self) -> Option<SystemTime> {
        match self.expires_at {
            Some(expires_at) => from_unix(expires_at),
            None => self.completed_at()?.checked_add(Image::URL_TTL),
        }
    }

    /// Returns the URLs of the images.
    pub fn urls(&self) -> impl Iterator<Item = &str> {
        self.items.iter().map(|part| part.url.as_str())
    }

    /// Returns the reason for the failure, if the task failed.
    #[must_use]
    pub fn failure(&self) -> Option<TaskFailure> {
        if !self.status.is_final() || self.status == TaskStatus::Completed {
            return None;
        }
        let envelope = self.envelope();
        Some(TaskFailure {
            kind: classify_task(&envelope),
            code: envelope.code,
            message: envelope.message,
        })
    }

    /// Returns the response body.
    #[must_use]
    pub fn raw(&self) -> &Bytes {
        &self.raw
    }

    /// Returns the response as JSON, for fields that this version doesn't know. Null if it isn't
    /// JSON.
    #[must_use]
    pub fn to_json(&self) -> Value {
        serde_json::from_slice(&self.raw).unwrap_or_default()
    }

    fn envelope(&self) -> Envelope {
        Envelope::of_task(&self.to_json())
    }

    /// Returns the error of a failed task.
    pub(crate) fn failed(&self) -> Error {
        let envelope = self.envelope();
        let message = envelope
            .message
            .clone()
            .unwrap_or_else(|| "the service gave no reason".to_owned());
        let mut context = ErrorInner::new(classify_task(&envelope), message);
        context.code = envelope.code;
        context.error_type = envelope.error_type;
        self.error_from(context)
    }

    /// Returns the error of a task without images.
    pub(crate) fn without_result(&self) -> Error {
        self.error_from(ErrorInner::new(
            ErrorKind::MissingResult,
            "the response contains no image URL",
        ))
    }

    fn error_from(&self, mut context: ErrorInner) -> Error {
        context.task = Some(self.id.clone());
        context.business.clone_from(&self.business_id);
        context.body = Some(self.raw.clone());
        context.into()
    }
}

impl fmt::Debug for TaskSnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskSnapshot")
            .field("id", &self.id)
            .field("status", &self.status)
            .field("progress", &self.progress)
            .field("model", &self.model)
            .field("urls", &self.urls().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::parse_task;
    use crate::transport::lenient;

    #[test]
    fn stored_snapshot_equals_the_original() {
        for body in [
            r#"{"id":"t","status":"completed","model":"m","created_at":1700000000,"completed_at":1700000030,
                "client_business_id":"order_1","progress":100,"result":{"data":[{"url":"https://f/a.png","name":"sky"}]}}"#,
            r#"{"id":"t","status":"moderating"}"#,
        ] {
            let body = Bytes::from_static(body.as_bytes());
            let snapshot = parse_task(lenient(&body).unwrap(), &body, None).unwrap();
            let stored = serde_json::to_string(&snapshot).unwrap();
            let restored: TaskSnapshot = serde_json::from_str(&stored).unwrap();
            assert_eq!(restored, snapshot, "{stored}");
        }
    }
}
