//! Carries events to their customers on the simulator's clock, as often as the documentation says.

use std::{sync::Arc, time::Duration};

use serde::Serialize;
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    task::JoinSet,
    time::timeout,
};

use super::{event::Event, post::post};
use crate::{
    account::Webhook,
    clock::Moment,
    world::{KeyRef, World},
};

/// One attempt to deliver an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Delivery {
    /// The event's id, the same in every attempt.
    pub event: String,
    /// The task that it tells of; `None` for a test of the endpoint.
    pub task: Option<String>,
    /// Where it was sent.
    pub url: String,
    /// Which attempt it was, from 1.
    pub attempt: usize,
    /// When, in milliseconds since the simulator started.
    pub at_ms: u64,
    /// What was answered; any 2xx is a success, everything else is tried again.
    pub status: Option<u16>,
    /// Why nothing was answered.
    pub problem: Option<String>,
}

/// What there is to tell.
pub(crate) enum Errand {
    /// The end of the task at this place.
    Task(u32),
    /// A test of the webhook of a key.
    Test(KeyRef),
}

/// Takes errands.
#[derive(Clone)]
pub(crate) struct Courier(UnboundedSender<Errand>);

impl Courier {
    pub(crate) fn send(&self, errand: Errand) {
        // Nobody listens only when the simulator is being shut down.
        let _ = self.0.send(errand);
    }
}

/// A courier, and the errands that it is given.
pub(crate) fn courier() -> (Courier, Errands) {
    let (sender, receiver) = unbounded_channel();
    (Courier(sender), Errands(receiver))
}

/// Errands that wait to be carried.
pub(crate) struct Errands(UnboundedReceiver<Errand>);

impl Errands {
    /// Carries errands until it is aborted, which ends all of them.
    pub(crate) async fn run(mut self, world: Arc<World>) {
        let mut carried = JoinSet::new();
        for number in 0.. {
            let Some(errand) = self.0.recv().await else {
                return;
            };
            while carried.try_join_next().is_some() {}
            carried.spawn(carry(Arc::clone(&world), errand, number));
        }
    }
}

async fn carry(world: Arc<World>, errand: Errand, number: u64) {
    let Some((key, webhook, url, ends)) = address(&world, &errand) else {
        return;
    };
    world.clock.until(ends).await;
    let (event, task, mut again) = match errand {
        Errand::Test(_) => (Event::test(&world, world.clock.now(), number), None, 0),
        Errand::Task(place) => {
            let state = world.state();
            let Some(task) = state.task(place) else {
                return;
            };
            let event = Event::of(&world, task, number);
            (event, Some(task.id.to_string()), task.webhook_again)
        }
    };
    let facts = &world.facts.webhook;
    let mut waits = facts
        .retry_after_seconds
        .iter()
        .map(|&seconds| Duration::from_secs(seconds).div_f64(world.settings.speed));
    for attempt in 1.. {
        let now = world.clock.now();
        let headers = event.headers(&world, &webhook, now);
        let sent = post(
            &url,
            headers,
            event.body.clone(),
            world.settings.webhooks_anywhere,
        );
        let limit = Duration::from_secs(facts.timeout_seconds);
        let answer = timeout(limit, sent)
            .await
            .unwrap_or_else(|_| Err(format!("no answer within {} s", limit.as_secs())));
        let taken = answer.as_ref().is_ok_and(http::StatusCode::is_success);
        world.write_delivery(
            key,
            taken,
            Delivery {
                event: event.id.clone(),
                task: task.clone(),
                url: url.clone(),
                attempt,
                at_ms: now.millis(),
                status: answer.as_ref().ok().map(http::StatusCode::as_u16),
                problem: answer.err(),
            },
        );
        let wait = if !taken {
            waits.next()
        } else if again > 0 {
            again -= 1;
            Some(Duration::ZERO)
        } else {
            None
        };
        let Some(wait) = wait else {
            return;
        };
        world.clock.until(world.clock.now() + wait).await;
    }
}

/// Whose errand it is, what signs it, where it goes, and from when on.
fn address(world: &World, errand: &Errand) -> Option<(KeyRef, Webhook, String, Moment)> {
    let state = world.state();
    let (key, callback, ends) = match *errand {
        Errand::Test(key) => (key, None, world.clock.now()),
        Errand::Task(place) => {
            let task = state.task(place)?;
            (
                task.key,
                task.callback_url.as_deref(),
                task.timeline.finished,
            )
        }
    };
    let webhook = state.key_purse(key)?.webhook.clone()?;
    let url = callback.map_or_else(|| webhook.url.clone(), str::to_owned);
    Some((key, webhook, url, ends))
}
