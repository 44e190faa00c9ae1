//! What is to be run, against what, and what it may cost.

use std::{
    collections::HashSet,
    fmt,
    sync::{Arc, OnceLock},
    time::Duration,
};

use http::HeaderValue;
use reqwest::Url;
use serde_json::Value;

use super::{
    basics,
    case::{Case, Expect},
    constraints,
    follow::linked_creates,
    forms, rules,
};
use crate::contract::Contract;

/// How often a task is asked for, where the contract gives no advice.
const POLL: Duration = Duration::from_secs(5);

/// A service to run through its contract.
#[derive(Clone, Debug)]
pub struct Suite {
    pub(super) contract: &'static Contract,
    pub(super) base: Url,
    pub(super) key: HeaderValue,
    pub(super) client: reqwest::Client,
    pub(super) max_tasks: u64,
    pub(super) poll: Duration,
    pub(super) deadline: Duration,
    pub(super) timeout: Duration,
}

/// Why a suite cannot be made.
#[derive(Debug)]
pub struct SuiteError(String);

impl fmt::Display for SuiteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SuiteError {}

impl Suite {
    /// A suite against `base_url` (as `https://toapis.com`, without `/v1`), with a key that works.
    ///
    /// Until [`max_tasks`](Self::max_tasks) allows some, nothing is sent that could create a task.
    ///
    /// # Errors
    ///
    /// A base URL that is no `http` or `https` URL, a key that no header can carry, and a TLS library without its roots.
    pub fn new(base_url: &str, key: &str) -> Result<Self, SuiteError> {
        let base: Url = base_url
            .parse()
            .map_err(|error| SuiteError(format!("the base URL `{base_url}` is none: {error}")))?;
        if !matches!(base.scheme(), "http" | "https") {
            return Err(SuiteError(format!(
                "the base URL `{base_url}` must begin with http:// or https://"
            )));
        }
        let mut key = HeaderValue::from_str(&format!("Bearer {key}")).map_err(|_| {
            SuiteError(
                "the key holds characters that no header can carry, perhaps a line break"
                    .to_owned(),
            )
        })?;
        key.set_sensitive(true);
        let client = crate::client::http_client()
            .map_err(|error| SuiteError(format!("no HTTP client can be made: {error}")))?;
        let contract = Contract::embedded();
        Ok(Self {
            contract,
            base,
            key,
            client,
            max_tasks: 0,
            poll: advised_poll(contract),
            deadline: Duration::from_mins(2),
            timeout: Duration::from_secs(30),
        })
    }

    /// Judges by another contract than that of this release.
    #[must_use]
    pub fn contract(mut self, contract: &'static Contract) -> Self {
        self.contract = contract;
        self
    }

    /// How many tasks the run may create, accepted by mistake included; 0 unless set. Each costs money on a real service.
    #[must_use]
    pub fn max_tasks(mut self, tasks: u64) -> Self {
        self.max_tasks = tasks;
        self
    }

    /// How long to wait between two looks at a task; the contract's advice unless set.
    #[must_use]
    pub fn poll_interval(mut self, interval: Duration) -> Self {
        self.poll = interval;
        self
    }

    /// How long a task may take to its end; 2 minutes unless set.
    #[must_use]
    pub fn task_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// How long one answer may take; 30 seconds unless set.
    #[must_use]
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Another HTTP client, for instance one with a proxy. It must not follow redirects, which would hide an answer.
    #[must_use]
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.client = client;
        self
    }

    /// Whether the service is on this machine, where nothing is paid.
    #[must_use]
    pub fn is_local(&self) -> bool {
        match self.base.host() {
            Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
    }

    /// Derives the cases from the contract. Nothing is sent yet.
    #[must_use]
    pub fn plan(&self) -> Plan {
        // Thousands of bodies are validated for it, so the embedded contract's cases are derived once.
        static EMBEDDED: OnceLock<Arc<[Case]>> = OnceLock::new();
        let cases = if std::ptr::eq(self.contract, Contract::embedded()) {
            Arc::clone(EMBEDDED.get_or_init(|| derive_cases(self.contract)))
        } else {
            derive_cases(self.contract)
        };
        Plan {
            suite: self.clone(),
            cases,
        }
    }
}

fn derive_cases(contract: &Contract) -> Arc<[Case]> {
    let mut cases = Vec::new();
    basics::derive(contract, &mut cases);
    forms::derive(contract, &mut cases);
    rules::derive(contract, &mut cases);
    constraints::derive(contract, &mut cases);
    // The branches of a choice lead to some requests more than once.
    let mut known = HashSet::new();
    cases.retain(|case| known.insert((case.name(), case.body.clone())));
    // Free ones first, then those that tell most for their price.
    cases.sort_by_key(|case: &Case| (case.pictures > 0, case.topic));
    cases.into()
}

/// The interval that the contract advises for polling.
fn advised_poll(contract: &Contract) -> Duration {
    contract
        .resolve("/x-polling/interval_seconds/0")
        .and_then(Value::as_u64)
        .map_or(POLL, Duration::from_secs)
}

/// The cases of a run, in order.
#[derive(Clone, Debug)]
pub struct Plan {
    pub(super) suite: Suite,
    pub(super) cases: Arc<[Case]>,
}

impl Plan {
    /// The names of the cases, in the order in which they run.
    pub fn names(&self) -> impl Iterator<Item = String> {
        self.cases.iter().map(Case::name)
    }

    /// How many cases there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cases.len()
    }

    /// Whether there is nothing to run.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cases.is_empty()
    }

    /// Estimates, without a request, what the run creates.
    #[must_use]
    pub fn estimate_cost(&self) -> CostEstimate {
        let max_tasks = self.suite.max_tasks;
        let contract = self.suite.contract;
        let (forbidden, allowed): (Vec<&Case>, Vec<&Case>) = self
            .cases
            .iter()
            .filter(|case| case.pictures > 0)
            .partition(|case| case.expect == Expect::Refused);
        let linked = || {
            let followed = self.cases.iter().filter(|case| case.follow);
            followed.flat_map(|case| linked_creates(contract, &case.operation))
        };
        let created = || linked().chain(allowed.iter().map(|case| case.pictures));
        let limit = usize::try_from(max_tasks).unwrap_or(usize::MAX);
        let mut by_size: Vec<u64> = created()
            .chain(forbidden.iter().map(|case| case.pictures))
            .collect();
        by_size.sort_unstable_by_key(|images| std::cmp::Reverse(*images));
        CostEstimate {
            creates: created().count() as u64,
            forbidden_creates: forbidden.len() as u64,
            tasks: created().take(limit).count() as u64,
            images: created().take(limit).sum(),
            max_images: by_size.iter().take(limit).sum(),
            max_tasks,
            is_local: self.suite.is_local(),
        }
    }
}

/// What a run creates, and so what it may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CostEstimate {
    /// Creates in the plan that the contract allows.
    pub creates: u64,
    /// Creates in the plan that the contract forbids. A faulty service may accept and bill them.
    pub forbidden_creates: u64,
    /// Tasks that a service without faults creates.
    pub tasks: u64,
    /// Images of those tasks.
    pub images: u64,
    /// Images if a faulty service accepts the most expensive creates, up to `max_tasks` of them.
    pub max_images: u64,
    /// Number of tasks at which the run stops to create.
    pub max_tasks: u64,
    /// Whether the service is on this machine.
    pub is_local: bool,
}

impl fmt::Display for CostEstimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.max_tasks == 0 {
            return write!(
                f,
                "no task will be created: {} cases that create one are skipped, and {} that only a faulty service accepts",
                self.creates, self.forbidden_creates
            );
        }
        write!(
            f,
            "{} tasks with {} images will be created; a faulty service may create up to {} tasks with up to {} images",
            self.tasks,
            self.images,
            self.max_tasks.min(self.creates + self.forbidden_creates),
            self.max_images
        )?;
        if self.is_local {
            f.write_str("; the service is on this machine, where nothing is billed")
        } else {
            f.write_str(
                "; the account of the API key is billed, and the contract gives no price of an image",
            )
        }
    }
}
