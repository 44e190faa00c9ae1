//! What is to be run, against what, and what it may cost.

use std::{collections::HashSet, fmt, time::Duration};

use http::HeaderValue;
use reqwest::Url;
use serde_json::Value;

use super::{basics, case::Case, constraints, forms, rules};
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
        let mut cases = Vec::new();
        basics::derive(self.contract, &mut cases);
        forms::derive(self.contract, &mut cases);
        rules::derive(self.contract, &mut cases);
        constraints::derive(self.contract, &mut cases);
        // The branches of a choice lead to some requests more than once.
        let mut known = HashSet::new();
        cases.retain(|case| known.insert((case.name(), case.body.clone())));
        // Free ones first, then those that tell most for their price.
        cases.sort_by_key(|case: &Case| (case.pictures > 0, case.topic));
        Plan {
            suite: self.clone(),
            cases,
        }
    }
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
    pub(super) cases: Vec<Case>,
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

    /// What the run may cost, to be told before it begins.
    #[must_use]
    pub fn price(&self) -> Price {
        use super::case::Expect;
        let paid = || self.cases.iter().filter(|case| case.pictures > 0);
        let legal = || paid().filter(|case| case.expect != Expect::Refused);
        Price {
            tasks: legal().count() as u64,
            pictures: legal().map(|case| case.pictures).sum(),
            refused: (paid().count() - legal().count()) as u64,
            max_tasks: self.suite.max_tasks,
            local: self.suite.is_local(),
        }
    }
}

/// What a run may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    /// Requests that the contract allows and that create a task each.
    pub tasks: u64,
    /// Pictures that those tasks make.
    pub pictures: u64,
    /// Requests that the contract forbids: free on a service that keeps it, a task each on one that does not.
    pub refused: u64,
    /// How many tasks the run stops at.
    pub max_tasks: u64,
    /// Whether the service is on this machine.
    pub local: bool,
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.max_tasks == 0 {
            return write!(
                f,
                "no task will be created: {} cases that would create one, and {} that might, are left out",
                self.tasks, self.refused
            );
        }
        write!(
            f,
            "at most {} tasks will be created, for up to {} pictures; {} more requests create one only if the service accepts what the contract forbids",
            self.tasks.min(self.max_tasks),
            self.pictures,
            self.refused
        )?;
        if self.local {
            f.write_str("; the service is on this machine, where nothing is paid")
        } else {
            f.write_str("; each is paid from the account of the key, and the contract names no price of a picture")
        }
    }
}
