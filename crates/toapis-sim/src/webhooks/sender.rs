//! Delivery of events on the simulator's clock, with the documented retries.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    task::JoinSet,
    time::timeout,
};

use super::{event::Event, post::post};
use crate::{
    account::Webhook,
    clock::SimInstant,
    state::{AppState, Delivery, KeyRef},
};

/// An event to deliver.
enum WebhookJob {
    /// The end of the task at this index.
    Task(u32),
    /// A test of the webhook of a key.
    Test(KeyRef),
    /// Not an event: stops all deliveries.
    Reset,
}

/// The sending side of the queue of events.
#[derive(Clone)]
pub(crate) struct WebhookSender(UnboundedSender<WebhookJob>);

impl WebhookSender {
    /// Enqueues the end of a task, if its key has a webhook.
    pub(crate) fn enqueue_task(&self, app: &AppState, task: u32, key: KeyRef) {
        let store = app.store();
        if store.key(key).is_some_and(|key| key.webhook.is_some()) {
            self.send(WebhookJob::Task(task));
        }
    }

    /// Enqueues a test event. Returns false if the key is unknown or has no webhook.
    pub(crate) fn enqueue_test(&self, app: &AppState, key: &str) -> bool {
        let store = app.store();
        let found = store.find_key(key).filter(|&key| {
            let key = store.key(key);
            key.is_some_and(|key| key.webhook.is_some())
        });
        found.map(|key| self.send(WebhookJob::Test(key))).is_some()
    }

    /// Stops all deliveries and removes the events that were enqueued before.
    pub(crate) fn reset(&self) {
        self.send(WebhookJob::Reset);
    }

    fn send(&self, job: WebhookJob) {
        // The worker is gone only while the simulator shuts down.
        let _ = self.0.send(job);
    }
}

/// Creates the queue of events.
pub(crate) fn webhook_channel() -> (WebhookSender, WebhookWorker) {
    let (sender, receiver) = unbounded_channel();
    (WebhookSender(sender), WebhookWorker(receiver))
}

/// The receiving side of the queue of events.
pub(crate) struct WebhookWorker(UnboundedReceiver<WebhookJob>);

impl WebhookWorker {
    /// Delivers events until the task is aborted, which aborts all deliveries.
    pub(crate) async fn run(mut self, app: Arc<AppState>) {
        let mut deliveries = JoinSet::new();
        let mut number = 0;
        while let Some(job) = self.0.recv().await {
            if matches!(job, WebhookJob::Reset) {
                deliveries.abort_all();
                number = 0;
                continue;
            }
            while deliveries.try_join_next().is_some() {}
            deliveries.spawn(deliver(Arc::clone(&app), job, number));
            number += 1;
        }
    }
}

/// Where and when an event is sent.
struct Destination {
    key: KeyRef,
    webhook: Webhook,
    url: String,
    not_before: SimInstant,
}

/// Delivers an event, and retries until it is accepted or the documented retries are used up.
async fn deliver(app: Arc<AppState>, job: WebhookJob, number: u64) {
    let Some(destination) = find_destination(&app, &job) else {
        return;
    };
    app.clock.sleep_until(destination.not_before).await;
    let Some((event, task, mut extra_deliveries)) = create_event(&app, &job, number) else {
        return;
    };
    let config = &app.contract_data.webhook;
    let attempt_timeout = Duration::from_secs(u64::from(config.timeout_seconds));
    let mut retry_delays = config
        .retry_after_seconds
        .iter()
        .map(|&seconds| Duration::from_secs(u64::from(seconds)).div_f64(app.config.speed));
    for attempt in 1.. {
        let now = app.clock.now();
        let request = post(
            &destination.url,
            event.headers(&app, &destination.webhook),
            event.body.clone(),
            app.config.allow_external_webhooks,
        );
        let result = timeout(attempt_timeout, request).await.unwrap_or_else(|_| {
            Err(format!(
                "no response within {} s",
                attempt_timeout.as_secs()
            ))
        });
        let delivery = Delivery {
            event: event.id.clone(),
            task: task.clone(),
            url: destination.url.clone(),
            attempt,
            at_ms: now.as_millis(),
            status: result.as_ref().ok().map(http::StatusCode::as_u16),
            error: result.err(),
        };
        let is_success = delivery.is_success();
        app.record_delivery(destination.key, delivery);
        let delay = if !is_success {
            retry_delays.next()
        } else if extra_deliveries > 0 {
            extra_deliveries -= 1;
            Some(Duration::ZERO)
        } else {
            None
        };
        let Some(delay) = delay else {
            return;
        };
        app.clock.sleep_until(app.clock.now() + delay).await;
    }
}

/// Creates the event of a job. Returns it with the task's id and its number of extra deliveries.
fn create_event(
    app: &AppState,
    job: &WebhookJob,
    number: u64,
) -> Option<(Event, Option<String>, u32)> {
    match *job {
        WebhookJob::Reset => None,
        WebhookJob::Test(_) => Some((Event::test(app, app.clock.now(), number), None, 0)),
        WebhookJob::Task(index) => {
            let store = app.store();
            let task = store.task(index)?;
            let event = Event::task_ended(app, task, number);
            Some((event, Some(task.id.to_string()), task.extra_deliveries))
        }
    }
}

fn find_destination(app: &AppState, job: &WebhookJob) -> Option<Destination> {
    let store = app.store();
    let (key, callback_url, not_before) = match *job {
        WebhookJob::Reset => return None,
        WebhookJob::Test(key) => (key, None, app.clock.now()),
        WebhookJob::Task(index) => {
            let task = store.task(index)?;
            (
                task.key,
                task.callback_url.as_deref(),
                task.timeline.finished,
            )
        }
    };
    let webhook = store.key(key)?.webhook.clone()?;
    let url = callback_url.unwrap_or(&webhook.url).to_owned();
    Some(Destination {
        key,
        webhook,
        url,
        not_before,
    })
}
