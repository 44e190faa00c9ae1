//! The world of one simulator: its settings and facts, its clock, its state behind a lock, its books and its pictures.

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use http::HeaderValue;
use toapis_contract::Contract;
use tokio::sync::watch;

use super::{Category, KeyRef, Log, Names, Seen, State, Upload};
use crate::{
    api::{Judge, Op},
    clock::{Clock, Moment},
    dice::{Purpose, dice, file_number},
    facts::Facts,
    fault::{Drawn, Engine, Subject},
    files::Pictures,
    settings::Settings,
    webhook::{Courier, Delivery, Errand},
};

/// How many attempts to deliver an event are remembered.
const DELIVERIES: usize = 10_000;

/// Everything that the ports share.
pub(crate) struct World {
    pub(crate) settings: Settings,
    pub(crate) facts: Facts,
    pub(crate) contract: &'static Contract,
    pub(crate) judge: Judge,
    pub(crate) clock: Clock,
    pub(crate) api_url: String,
    pub(crate) files_urls: Vec<String>,
    pub(crate) pictures: Pictures,
    categories: HashMap<Op, Category>,
    state: Mutex<State>,
    faults: Mutex<Engine>,
    deliveries: Mutex<VecDeque<Delivery>>,
    requests: AtomicU64,
    courier: Courier,
    log: Mutex<Log>,
}

/// Where the ports are.
pub(crate) struct Urls {
    pub(crate) api: String,
    pub(crate) files: Vec<String>,
}

impl World {
    pub(crate) fn new(
        settings: Settings,
        facts: Facts,
        clock: Clock,
        state: State,
        urls: Urls,
        faults: Engine,
        courier: Courier,
    ) -> Self {
        let contract = Contract::embedded();
        let category = |op: Op| {
            let name = contract
                .operation(op.id())?
                .extension("x-rate-limit")?
                .as_str()?;
            Some((op, Category::of(name)?))
        };
        Self {
            categories: Op::ALL.into_iter().filter_map(category).collect(),
            settings,
            facts,
            contract,
            judge: Judge::new(contract),
            clock,
            api_url: urls.api,
            files_urls: urls.files,
            pictures: Pictures::default(),
            state: Mutex::new(state),
            faults: Mutex::new(faults),
            deliveries: Mutex::default(),
            requests: AtomicU64::new(0),
            courier,
            log: Mutex::new(Log::default()),
        }
    }

    /// The state, for as long as it takes to read or change it; never held across an await.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Engine> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The faults that strike an exchange about a model, or a task and so its model.
    pub(crate) fn draw_faults(
        &self,
        op: Option<Op>,
        file: bool,
        model: Option<&str>,
        task: Option<u32>,
        key: Option<KeyRef>,
    ) -> Vec<Drawn> {
        let mut faults = self.faults();
        if faults.is_idle() {
            return Vec::new();
        }
        let state = self.state();
        let model = model.or_else(|| Some(&*state.task(task?)?.model));
        let key = key.and_then(|key| Some(&*state.key_purse(key)?.label));
        faults.draw(&Subject {
            op,
            file,
            model,
            key,
        })
    }

    /// An id for the answer to a request; the contract says that gateways of this family send one.
    pub(crate) fn next_request_id(&self) -> HeaderValue {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        let mut rng = dice(self.settings.seed, Purpose::Request, number);
        HeaderValue::try_from(format!("{:016x}", rng.u64(..)))
            .unwrap_or_else(|_| HeaderValue::from(number))
    }

    /// Word of each new exchange.
    pub(crate) fn news(&self) -> watch::Receiver<u64> {
        self.log().news()
    }

    /// Sets what an account has left; tells whether there is such an account.
    pub(crate) fn set_credits(&self, account: &str, credits: Option<u64>) -> bool {
        let mut state = self.state();
        let purse = state.purses.iter_mut().find(|purse| purse.name == account);
        purse.map(|purse| purse.set_credits(credits)).is_some()
    }

    /// The bucket that the contract names for an operation.
    pub(crate) fn category(&self, op: Op) -> Option<Category> {
        self.categories.get(&op).copied()
    }

    /// Writes what has ended by now into the books; then says whose key this is.
    pub(crate) fn settle_and_find_key(&self, key: Option<&str>, now: Moment) -> Option<KeyRef> {
        let mut state = self.state();
        state.settle(now);
        let found = key.and_then(|key| state.key(key));
        match found {
            None if self.settings.any_key && key.is_some() => state.first_key(),
            found => found,
        }
    }

    /// How long a result is served: the contract's lifetime unless a shorter or longer one was set.
    pub(crate) fn result_lifetime(&self) -> Duration {
        self.settings
            .result_lifetime
            .unwrap_or(Duration::from_secs(self.facts.result_seconds))
    }

    /// The number of the picture in a path of the files' host.
    pub(crate) fn picture_number(&self, path: &str) -> Option<u32> {
        let name = path.strip_prefix("/generated/")?;
        let (_, rest) = name.split_once('_')?;
        file_number(self.settings.seed, rest.split('.').next()?)
    }

    /// Sees to it that the end of a task is told, if its key has anyone to tell.
    pub(crate) fn announce(&self, place: u32, key: KeyRef) {
        if self
            .state()
            .key_purse(key)
            .is_some_and(|key| key.webhook.is_some())
        {
            self.courier.send(Errand::Task(place));
        }
    }

    pub(crate) fn test_webhook(&self, key: KeyRef) {
        self.courier.send(Errand::Test(key));
    }

    /// Writes an attempt to deliver an event into the books.
    pub(crate) fn write_delivery(&self, key: KeyRef, taken: bool, delivery: Delivery) {
        self.state().write(Some(key), |entry| {
            entry.webhooks_delivered += u64::from(taken);
            entry.webhooks_failed += u64::from(!taken);
        });
        let mut deliveries = self.deliveries();
        if deliveries.len() == DELIVERIES {
            deliveries.pop_front();
        }
        deliveries.push_back(delivery);
    }

    pub(crate) fn deliveries(&self) -> MutexGuard<'_, VecDeque<Delivery>> {
        self.deliveries
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The task and the key that a path of the files' host belongs to, if it is that of a result.
    pub(crate) fn owner(&self, path: &str) -> Option<(u32, KeyRef)> {
        let state = self.state();
        let place = state.task_of_file(self.picture_number(path)?)?;
        Some((place, state.task(place)?.key))
    }

    /// Whether a path of the files' host leads to a file.
    pub(crate) fn has_file(&self, path: &str) -> bool {
        self.upload(path).is_some()
            || self
                .picture_number(path)
                .is_some_and(|number| self.state().file(number).is_some())
    }

    /// The upload behind a path of the files' host.
    pub(crate) fn upload(&self, path: &str) -> Option<Upload> {
        self.state()
            .uploads
            .get(path.strip_prefix("/uploads/")?)
            .cloned()
    }

    /// The size of a reference that the simulator itself has.
    pub(crate) fn reference_pixels(&self, url: &str) -> Option<(u32, u32)> {
        let path = self
            .files_urls
            .iter()
            .find_map(|host| url.strip_prefix(host.as_str()))?;
        if let Some(upload) = self.upload(path) {
            let reader = image::ImageReader::new(std::io::Cursor::new(upload.bytes))
                .with_guessed_format()
                .ok()?;
            return reader.into_dimensions().ok();
        }
        let state = self.state();
        let (task, _) = state.file(self.picture_number(path)?)?;
        Some((task.width, task.height))
    }

    /// Writes an exchange into the books and the log.
    pub(crate) fn write_down(&self, seen: Seen<'_>) {
        let names = {
            let mut state = self.state();
            if seen.port == "api" {
                let refused = seen.status.is_some_and(|status| status.as_u16() >= 400);
                let polled = seen.op == Some(Op::Status);
                let by_business_id = seen.task.is_some_and(|(_, by_business_id)| by_business_id);
                state.write(seen.key, |entry| {
                    entry.requests += 1;
                    entry.creates += u64::from(seen.op.is_some_and(Op::makes_a_task));
                    entry.polled += u64::from(polled);
                    entry.polled_by_business_id += u64::from(polled && by_business_id);
                    entry.refused += u64::from(refused);
                });
            }
            Names {
                key: seen
                    .key
                    .and_then(|key| Some(Arc::clone(&state.key_purse(key)?.label))),
                task: seen
                    .task
                    .and_then(|(place, _)| Some(Arc::clone(&state.task(place)?.id))),
            }
        };
        self.log().push(seen, names);
    }
}
