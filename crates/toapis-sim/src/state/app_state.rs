//! The state that all ports share.

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use http::HeaderValue;
use parking_lot::{Mutex, MutexGuard};
use toapis_contract::Contract;
use tokio::sync::watch;

use super::{
    AccountState, Delivery, ExchangeLog, ExchangeNames, ExchangeRecord, KeyRef, Port, RateCategory,
    Store, Task, Upload,
};
use crate::{
    clock::{Clock, SimInstant},
    config::Config,
    contract_data::ContractData,
    operation::Operation,
    rng::{RngStream, decode_file_number, encode_file_number, rng_for},
};

/// The maximum number of webhook deliveries stored.
const MAX_DELIVERIES: usize = 10_000;

/// The state of a simulator. Locks are never held across an await point.
pub(crate) struct AppState {
    pub(crate) config: Config,
    pub(crate) contract: &'static Contract,
    pub(crate) contract_data: ContractData,
    pub(crate) clock: Clock,
    pub(crate) urls: Urls,
    rate_categories: HashMap<Operation, RateCategory>,
    /// The accounts as configured.
    initial_accounts: Vec<AccountState>,
    store: Mutex<Store>,
    exchanges: Mutex<ExchangeLog>,
    deliveries: Mutex<VecDeque<Delivery>>,
    requests: AtomicU64,
}

/// The base URLs of the API and the file hosts.
pub(crate) struct Urls {
    pub(crate) api: String,
    pub(crate) files: Vec<String>,
}

/// A task that a status request names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TaskMatch {
    /// The index of the task.
    pub(crate) task: u32,
    /// Whether the request used the task's `client_business_id`.
    pub(crate) by_business_id: bool,
}

impl AppState {
    pub(crate) fn new(
        config: Config,
        contract: &'static Contract,
        contract_data: ContractData,
        clock: Clock,
        urls: Urls,
        accounts: Vec<AccountState>,
    ) -> Self {
        let rate_category = |operation: Operation| {
            let name = contract
                .operation(operation.id())?
                .extension("x-rate-limit")?
                .as_str()?;
            Some((operation, RateCategory::from_name(name)?))
        };
        Self {
            rate_categories: Operation::ALL
                .into_iter()
                .filter_map(rate_category)
                .collect(),
            store: Mutex::new(Store::new(accounts.clone(), config.max_tasks)),
            initial_accounts: accounts,
            config,
            contract,
            contract_data,
            clock,
            urls,
            exchanges: Mutex::default(),
            deliveries: Mutex::default(),
            requests: AtomicU64::new(0),
        }
    }

    pub(crate) fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock()
    }

    pub(crate) fn exchanges(&self) -> MutexGuard<'_, ExchangeLog> {
        self.exchanges.lock()
    }

    pub(crate) fn deliveries(&self) -> MutexGuard<'_, VecDeque<Delivery>> {
        self.deliveries.lock()
    }

    /// Removes all tasks, files and records, and restores the balances of all accounts. The clock
    /// is not changed.
    pub(crate) fn reset(&self) {
        *self.store() = Store::new(self.initial_accounts.clone(), self.config.max_tasks);
        self.exchanges().clear();
        self.deliveries().clear();
        self.requests.store(0, Ordering::Relaxed);
    }

    /// Returns a receiver of the number of the last exchange.
    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.exchanges().subscribe()
    }

    /// Generates the id of a request, which gateways of this family send with each response.
    pub(crate) fn next_request_id(&self) -> HeaderValue {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        let mut rng = rng_for(self.config.seed(), RngStream::Request, number);
        HeaderValue::try_from(format!("{:016x}", rng.u64(..)))
            .unwrap_or_else(|_| HeaderValue::from(number))
    }

    /// Sets the remaining credits of an account. Returns false if the account is unknown.
    pub(crate) fn set_credits(&self, account: &str, credits: Option<u64>) -> bool {
        let mut store = self.store();
        let state = store
            .accounts
            .iter_mut()
            .find(|state| state.name == account);
        state.map(|state| state.set_remaining(credits)).is_some()
    }

    /// Returns the rate limit category that the contract gives for an operation, if rate limits
    /// apply.
    pub(crate) fn rate_category(&self, operation: Operation) -> Option<RateCategory> {
        self.rate_categories
            .get(&operation)
            .copied()
            .filter(|_| self.config.rate_limits)
    }

    /// Records the tasks that have ended by now, then finds the key with this text.
    pub(crate) fn authenticate(&self, key: Option<&str>, now: SimInstant) -> Option<KeyRef> {
        let mut store = self.store();
        store.apply_completions(now);
        let key = key?;
        match store.find_key(key) {
            None if self.config.accept_any_key => store.first_key(),
            found => found,
        }
    }

    /// Finds a task of the key's account by its id or its `client_business_id`.
    pub(crate) fn find_task(&self, key: KeyRef, id: &str) -> Option<TaskMatch> {
        let store = self.store();
        if let Some(task) = store.find_task(key.account, id) {
            return Some(TaskMatch {
                task,
                by_business_id: false,
            });
        }
        let task = store.find_by_business_id(key.account, id)?;
        Some(TaskMatch {
            task,
            by_business_id: true,
        })
    }

    /// Returns how long a result is served.
    pub(crate) fn result_lifetime(&self) -> Duration {
        self.config
            .result_lifetime
            .unwrap_or(Duration::from_secs(u64::from(
                self.contract_data.lifetimes.result_seconds,
            )))
    }

    /// Returns the URL of an image of a task.
    pub(crate) fn image_url(&self, task: &Task, image: u32) -> String {
        let file = task.first_file + image;
        let host = &self.urls.files[file as usize % self.urls.files.len()];
        format!(
            "{host}/generated/{}_{}.{}",
            self.clock.to_unix(task.timeline.finished),
            encode_file_number(self.config.seed(), file),
            task.format.extension()
        )
    }

    /// Returns the number of the file with this path on a file host, if it is a result.
    pub(crate) fn file_number(&self, path: &str) -> Option<u32> {
        let name = path.strip_prefix("/generated/")?;
        let (_, rest) = name.split_once('_')?;
        decode_file_number(self.config.seed(), rest.split('.').next()?)
    }

    /// Returns the task and the key that own the result with this path.
    pub(crate) fn result_owner(&self, path: &str) -> Option<(u32, KeyRef)> {
        let store = self.store();
        let task = store.task_of_file(self.file_number(path)?)?;
        Some((task, store.task(task)?.key))
    }

    /// Returns the path of a URL on one of the file hosts.
    pub(crate) fn strip_files_host<'u>(&self, url: &'u str) -> Option<&'u str> {
        self.urls
            .files
            .iter()
            .find_map(|host| url.strip_prefix(host.as_str()))
    }

    /// Returns true if a path on a file host leads to an upload or a result.
    pub(crate) fn has_file(&self, path: &str) -> bool {
        self.upload(path).is_some()
            || self
                .file_number(path)
                .is_some_and(|file| self.store().file(file).is_some())
    }

    /// Returns the upload with this path on a file host.
    pub(crate) fn upload(&self, path: &str) -> Option<Upload> {
        self.store()
            .uploads
            .get(path.strip_prefix("/uploads/")?)
            .cloned()
    }

    /// Returns width and height of a reference image that a file host serves.
    pub(crate) fn reference_size(&self, url: &str) -> Option<(u32, u32)> {
        let path = self.strip_files_host(url)?;
        if let Some(upload) = self.upload(path) {
            let size = imagesize::blob_size(&upload.bytes).ok()?;
            return Some((
                u32::try_from(size.width).ok()?,
                u32::try_from(size.height).ok()?,
            ));
        }
        let store = self.store();
        let (task, _) = store.file(self.file_number(path)?)?;
        Some((task.width, task.height))
    }

    /// Records an exchange in the ledger and the log.
    pub(crate) fn record_exchange(&self, record: ExchangeRecord<'_>) {
        let names = {
            let mut store = self.store();
            if record.port == Port::Api {
                let is_error = record.status.is_some_and(|status| status.as_u16() >= 400);
                let is_poll = record.operation == Some(Operation::Status);
                store.update_ledger(record.key, |entry| {
                    entry.requests += 1;
                    entry.creates += u64::from(record.operation.is_some_and(Operation::is_create));
                    entry.polled += u64::from(is_poll);
                    entry.polled_by_business_id += u64::from(is_poll && record.by_business_id);
                    entry.errors += u64::from(is_error);
                });
            }
            ExchangeNames {
                key: record
                    .key
                    .and_then(|key| Some(Arc::clone(&store.key(key)?.label))),
                task: record
                    .task
                    .and_then(|task| Some(Arc::clone(&store.task(task)?.id))),
            }
        };
        self.exchanges().push(record, names);
    }

    /// Records a webhook delivery in the ledger and the list of deliveries.
    pub(crate) fn record_delivery(&self, key: KeyRef, delivery: Delivery) {
        let success = delivery.is_success();
        self.store().update_ledger(Some(key), |entry| {
            entry.webhooks_delivered += u64::from(success);
            entry.webhooks_failed += u64::from(!success);
        });
        let mut deliveries = self.deliveries();
        if deliveries.len() == MAX_DELIVERIES {
            deliveries.pop_front();
        }
        deliveries.push_back(delivery);
    }
}
