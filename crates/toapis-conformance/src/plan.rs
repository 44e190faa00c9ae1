//! The cases of a run in order, and an estimate of what they create.

use std::{
    cmp::Reverse,
    collections::HashSet,
    fmt,
    sync::{Arc, OnceLock},
};

use http::StatusCode;
use serde_json::Value;
use toapis_contract::Contract;

use crate::{
    case::{Case, Expect, creates_task},
    cases::{basic, cross_field, multipart, schema_bounds},
    report::count,
    suite::Suite,
};

/// The cases of a run, in order.
#[derive(Clone, Debug)]
pub struct Plan {
    pub(crate) suite: Suite,
    pub(crate) cases: Arc<[Case]>,
}

impl Suite {
    /// Derives the cases from the contract. Sends nothing.
    #[must_use]
    pub fn plan(&self) -> Plan {
        // Thousands of bodies are validated for it, so the embedded contract's are derived once.
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
    basic::derive(contract, &mut cases);
    multipart::derive(contract, &mut cases);
    cross_field::derive(contract, &mut cases);
    schema_bounds::derive(contract, &mut cases);
    // Two branches of a `oneOf` can lead to the same request.
    let mut seen = HashSet::new();
    cases.retain(|case| seen.insert((case.name(), case.body.clone())));
    // Free cases first, then the categories that find most for their cost.
    cases.sort_by_key(|case| (case.images > 0, case.category));
    cases.into()
}

impl Plan {
    /// Returns the names of the cases in the order in which they run.
    pub fn names(&self) -> impl Iterator<Item = String> {
        self.cases.iter().map(Case::name)
    }

    /// Returns the number of cases.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cases.len()
    }

    /// Returns true if the plan has no cases.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cases.is_empty()
    }

    /// Estimates, without a request, what the run creates.
    #[must_use]
    pub fn estimate_cost(&self) -> CostEstimate {
        let max_tasks = self.suite.max_tasks;
        let (forbidden, allowed): (Vec<&Case>, Vec<&Case>) = self
            .cases
            .iter()
            .filter(|case| case.images > 0)
            .partition(|case| case.expect == Expect::Rejected);
        let linked = || {
            let followed = self.cases.iter().filter(|case| case.follow);
            followed.flat_map(|case| linked_creates(self.suite.contract, &case.operation))
        };
        let created = || linked().chain(allowed.iter().map(|case| case.images));
        let limit = usize::try_from(max_tasks).unwrap_or(usize::MAX);
        let mut by_size: Vec<u64> = created()
            .chain(forbidden.iter().map(|case| case.images))
            .collect();
        by_size.sort_unstable_by_key(|images| Reverse(*images));
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

/// Returns the number of images of each create that a link of `operation`'s response leads to.
fn linked_creates(contract: &Contract, operation: &str) -> Vec<u64> {
    let response = contract
        .operation(operation)
        .and_then(|operation| operation.response(StatusCode::OK));
    let links = response
        .and_then(|response| contract.resolve(&format!("{}/links", response.pointer())))
        .and_then(Value::as_object);
    let images = |link: &Value| {
        let target = contract.operation(link.get("operationId")?.as_str()?)?;
        let count = link
            .pointer("/x-request-body/n")
            .or_else(|| link.pointer("/requestBody/n"));
        creates_task(target).then(|| count.and_then(Value::as_u64).unwrap_or(1).max(1))
    };
    links
        .into_iter()
        .flat_map(|links| links.values())
        .filter_map(images)
        .collect()
}

/// An estimate of what a run creates, and so of what it costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CostEstimate {
    /// Creates in the plan that the contract allows.
    pub creates: u64,
    /// Creates in the plan that the contract forbids. A faulty service may accept and bill them.
    pub forbidden_creates: u64,
    /// Tasks that a conforming service creates.
    pub tasks: u64,
    /// Images of those tasks.
    pub images: u64,
    /// Images if a faulty service accepts the `max_tasks` largest creates.
    pub max_images: u64,
    /// Number of tasks at which the run stops creating.
    pub max_tasks: u64,
    /// Whether the service is on this machine.
    pub is_local: bool,
}

impl fmt::Display for CostEstimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.max_tasks == 0 {
            return write!(
                f,
                "no task will be created: {} skipped, and {} that only a faulty service accepts",
                count(self.creates, "create"),
                self.forbidden_creates
            );
        }
        write!(
            f,
            "{} with {} will be created; at most {} with {} if the service is faulty",
            count(self.tasks, "task"),
            count(self.images, "image"),
            count(
                self.max_tasks.min(self.creates + self.forbidden_creates),
                "task"
            ),
            count(self.max_images, "image"),
        )?;
        f.write_str(if self.is_local {
            "; the service is on this machine, where nothing is billed"
        } else {
            "; the account of the API key is billed, and the contract gives no price of an image"
        })
    }
}
