//! Server-sent events: each exchange as it happens, and the state twice a second.

use std::{collections::VecDeque, convert::Infallible, time::Duration};

use axum::response::sse::{Event, Sse};
use futures_util::{Stream, stream};
use serde::Serialize;
use tokio::{
    sync::watch,
    time::{Interval, MissedTickBehavior, interval},
};

use super::{handler::Admin, view};

/// The interval between state events.
const STATE_INTERVAL: Duration = Duration::from_millis(500);

/// A client that reads the events.
struct Subscriber {
    admin: Admin,
    latest: watch::Receiver<u64>,
    tick: Interval,
    /// The number of the last exchange that was sent.
    sent: u64,
    pending: VecDeque<Event>,
}

/// Streams the events after exchange number `after`.
pub(super) fn events(
    admin: Admin,
    after: u64,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let mut tick = interval(STATE_INTERVAL);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let subscriber = Subscriber {
        latest: admin.app.subscribe(),
        admin,
        tick,
        sent: after,
        pending: VecDeque::new(),
    };
    Sse::new(stream::unfold(subscriber, |mut subscriber| async move {
        loop {
            if let Some(event) = subscriber.pending.pop_front() {
                return Some((Ok(event), subscriber));
            }
            subscriber.receive().await?;
        }
    }))
}

impl Subscriber {
    /// Waits for the next events. Returns `None` when the simulator shuts down.
    async fn receive(&mut self) -> Option<()> {
        let has_new = *self.latest.borrow_and_update() > self.sent;
        if !has_new {
            tokio::select! {
                changed = self.latest.changed() => changed.ok()?,
                _ = self.tick.tick() => {
                    self.pending.push_back(event("state", &view::state(&self.admin)));
                    return Some(());
                }
            }
        }
        for exchange in self.admin.app.exchanges().after(self.sent) {
            self.sent = exchange.number;
            self.pending.push_back(event("exchange", &exchange));
        }
        Some(())
    }
}

fn event(name: &str, data: &impl Serialize) -> Event {
    // The simulator's own types always serialize.
    Event::default()
        .event(name)
        .json_data(data)
        .unwrap_or_default()
}
