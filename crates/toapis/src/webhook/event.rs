//! Webhook events, and the tasks that they are about.

use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use http::HeaderMap;
use serde_json::Value;
use toapis_client::open_enums::{self, WebhookTaskStatus};
use toapis_client::types;

use crate::client::Client;
use crate::error::{Error, ErrorInner, ErrorKind};
use crate::generated::statuses::TaskStatus;
use crate::ids::{BusinessId, TaskId};
use crate::image::ResultItem;
use crate::task::{Task, TaskRecord, TaskSnapshot};
use crate::time::from_unix;
use crate::transport::{decode_body, lenient};

/// A webhook event.
#[derive(Debug, Clone)]
pub struct WebhookEvent {
    id: String,
    kind: WebhookEventType,
    created_at: Option<i64>,
    task: Option<Box<TaskSnapshot>>,
}

/// The type of a webhook event.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum WebhookEventType {
    /// A task is completed.
    Completed,
    /// A task failed.
    Failed,
    /// A test of the endpoint, sent from the console.
    Test,
    /// A type that the contract does not list.
    Unknown(String),
}

impl WebhookEvent {
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Error> {
        let body = decode_body(&HeaderMap::new(), body.to_vec(), usize::MAX);
        let refuse = || {
            let mut context =
                ErrorInner::new(ErrorKind::WebhookPayload, "the body is not an event");
            context.body = Some(body.clone());
            Error::from(context)
        };
        let event: types::WebhookEvent = lenient(&body).ok_or_else(refuse)?;
        let (Some(id), Some(kind)) = (event.id.filter(|id| !id.trim().is_empty()), event.type_)
        else {
            return Err(refuse());
        };
        let kind = match kind {
            open_enums::WebhookEventType::GenerationCompleted => WebhookEventType::Completed,
            open_enums::WebhookEventType::GenerationFailed => WebhookEventType::Failed,
            open_enums::WebhookEventType::EndpointTest => WebhookEventType::Test,
            other => WebhookEventType::Unknown(other.as_str().to_owned()),
        };
        let raw: Value = serde_json::from_slice(&body).unwrap_or_default();
        let task = event
            .data
            .and_then(|task| snapshot(task, &kind, &raw["data"]))
            .map(Box::new);
        Ok(Self {
            id,
            kind,
            created_at: event.created_at,
            task,
        })
    }

    /// Returns the id of the event. Events are delivered at least once: store the ids to recognize
    /// repetitions.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the type of the event.
    #[must_use]
    pub fn event_type(&self) -> &WebhookEventType {
        &self.kind
    }

    /// Returns the time at which the event was created, by the service's clock.
    #[must_use]
    pub fn created_at(&self) -> Option<SystemTime> {
        from_unix(self.created_at?)
    }

    /// Returns the state of the task at the time of the event, or `None` for a test.
    #[must_use]
    pub fn snapshot(&self) -> Option<&TaskSnapshot> {
        self.task.as_deref()
    }

    /// Returns the handle of the task. Polling it ends at once, without a request, with the images
    /// or the failure in the event.
    #[must_use]
    pub fn task(&self, client: &Client) -> Option<Task> {
        let snapshot = self.task.as_deref()?;
        let mut record = TaskRecord::new(snapshot.id.clone());
        record.business_id.clone_from(&snapshot.business_id);
        record.model.clone_from(&snapshot.model);
        let mut task = Task::from_record(client.clone(), record);
        task.initial = Some(Arc::new(snapshot.clone()));
        Some(task)
    }
}

fn snapshot(
    task: types::WebhookTask,
    kind: &WebhookEventType,
    raw: &Value,
) -> Option<TaskSnapshot> {
    let (data, url) = task
        .result
        .map(|result| (result.data, result.url))
        .unwrap_or_default();
    let mut parts: Vec<ResultItem> = data
        .into_iter()
        .flatten()
        .filter_map(ResultItem::from_wire)
        .collect();
    parts.extend(url.map(ResultItem::from_url));
    let state = match (task.status, kind) {
        (Some(WebhookTaskStatus::Success), _) | (None, WebhookEventType::Completed) => {
            TaskStatus::Completed
        }
        (Some(WebhookTaskStatus::Failure), _) | (None, WebhookEventType::Failed) => {
            TaskStatus::Failed
        }
        (Some(other), _) => TaskStatus::read(other.as_str()),
        (None, _) => TaskStatus::from(String::new()),
    };
    let progress = task
        .progress
        .and_then(|progress| progress.trim_end_matches('%').trim().parse::<u8>().ok());
    Some(TaskSnapshot {
        id: TaskId::from_service(task.task_id.filter(|id| !id.trim().is_empty())?),
        business_id: task
            .client_business_id
            .and_then(|id| BusinessId::new(id).ok()),
        status: state,
        progress: progress.map(|progress| progress.min(100)),
        model: task.model,
        created_at: task.submitted_at,
        completed_at: task.finished_at,
        expires_at: None,
        items: parts,
        raw: Bytes::from(raw.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client() -> Client {
        Client::new("sk-1").unwrap()
    }

    #[tokio::test]
    async fn an_event_joins_the_task_and_waiting_for_it_asks_no_one() {
        let event = WebhookEvent::parse(
            br#"{"id":"evt_1","type":"generation.completed","created_at":1,"data":{"task_id":"t","client_business_id":"order_1",
                "status":"SUCCESS","progress":"100%","result":{"type":"image","data":[{"url":"https://f/a.png"}]},"error":null}}"#,
        )
        .unwrap();
        let task = event.task(&client()).unwrap();
        assert_eq!(task.business_id().unwrap().as_str(), "order_1");
        let done = task.wait().await.unwrap();
        assert_eq!(
            (done.images()[0].url(), done.polls()),
            ("https://f/a.png", 0)
        );
        assert_eq!(event.snapshot().unwrap().progress(), Some(100));
    }

    #[tokio::test]
    async fn a_failed_task_is_the_error_it_would_have_been() {
        let event = WebhookEvent::parse(
            br#"{"id":"evt_1","type":"generation.failed","data":{"task_id":"t","status":"FAILURE","result":null,
                "error":{"code":"content_policy_violation","message":"no"}}}"#,
        )
        .unwrap();
        let error = event.task(&client()).unwrap().wait().await.unwrap_err();
        assert!(error.kind() == ErrorKind::Moderation);
        assert_eq!(
            (error.code(), error.task_id().unwrap().as_str()),
            (Some("content_policy_violation"), "t")
        );
    }

    #[test]
    fn an_unknown_kind_and_a_test_are_events_too() {
        let event = WebhookEvent::parse(br#"{"id":"e","type":"account.empty","data":{"odd":[1]}}"#)
            .unwrap();
        assert_eq!(
            event.event_type(),
            &WebhookEventType::Unknown("account.empty".to_owned())
        );
        assert!(event.task(&client()).is_none());
        assert_eq!(
            WebhookEvent::parse(br#"{"id":"e","type":"endpoint.test"}"#)
                .unwrap()
                .event_type(),
            &WebhookEventType::Test
        );
    }
}
