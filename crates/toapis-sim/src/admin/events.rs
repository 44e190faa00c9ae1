//! Server-sent events: exchanges as they happen, and the state twice a second.

use std::{collections::VecDeque, convert::Infallible, sync::Arc, time::Duration};

use axum::response::sse::{Event, Sse};
use futures_util::{Stream, stream};
use serde::Serialize;
use tokio::{
    sync::watch,
    time::{Interval, MissedTickBehavior, interval},
};

use super::view;
use crate::world::World;

/// How often the state is told.
const EVERY: Duration = Duration::from_millis(500);

/// A reader of the events.
struct Watcher {
    world: Arc<World>,
    news: watch::Receiver<u64>,
    tick: Interval,
    /// The number of the last exchange that was told.
    told: u64,
    waiting: VecDeque<Event>,
}

/// The events after exchange number `told`, for as long as someone reads them.
pub(super) fn events(
    world: Arc<World>,
    told: u64,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let mut tick = interval(EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let news = world.news();
    let watcher = Watcher {
        world,
        news,
        tick,
        told,
        waiting: VecDeque::new(),
    };
    Sse::new(stream::unfold(watcher, |mut watcher| async move {
        loop {
            if let Some(event) = watcher.waiting.pop_front() {
                return Some((Ok(event), watcher));
            }
            watcher.look().await?;
        }
    }))
}

impl Watcher {
    /// Waits for something to tell; `None` when there will be nothing any more.
    async fn look(&mut self) -> Option<()> {
        let seen = *self.news.borrow_and_update() > self.told;
        if !seen {
            tokio::select! {
                changed = self.news.changed() => changed.ok()?,
                _ = self.tick.tick() => {
                    self.waiting.push_back(event("state", &view::state(&self.world)));
                    return Some(());
                }
            }
        }
        for exchange in self.world.log().after(self.told) {
            self.told = exchange.number;
            self.waiting.push_back(event("exchange", &exchange));
        }
        Some(())
    }
}

fn event(name: &str, data: &impl Serialize) -> Event {
    // The simulator's own types: none fails to serialise.
    Event::default()
        .event(name)
        .json_data(data)
        .unwrap_or_default()
}
