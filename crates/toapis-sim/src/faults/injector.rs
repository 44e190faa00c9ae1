//! The active rules, and the choice of those that apply to a request.

use std::sync::Arc;

use parking_lot::Mutex;
use serde::Serialize;

use super::{Action, Endpoint, Rule};
use crate::{
    rng::{RngStream, rng_for},
    state::{AppState, KeyRef},
};

/// The id of a rule, used to remove it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct FaultId(pub(crate) u64);

/// A rule with its counters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FaultState {
    /// The id of the rule.
    pub id: FaultId,
    /// The text of the rule.
    pub rule: String,
    /// The number of requests that matched its scope, model and key.
    pub seen: u64,
    /// The number of requests that it was applied to.
    pub fired: u64,
}

/// A request that rules are matched against.
pub(crate) struct FaultTarget<'t> {
    pub(crate) endpoint: Endpoint,
    /// The model that the request names.
    pub(crate) model: Option<&'t str>,
    /// The index of the task; its model is used if the request names none.
    pub(crate) task: Option<u32>,
    pub(crate) key: Option<KeyRef>,
}

/// A rule that applies to a request.
#[derive(Clone, Debug)]
pub(crate) struct ActiveFault {
    pub(crate) rule: Arc<str>,
    pub(crate) action: Action,
}

/// The rules of a run.
pub(crate) struct FaultInjector {
    seed: u64,
    /// The rules of the configuration.
    initial: Vec<Rule>,
    rules: Mutex<Rules>,
}

#[derive(Default)]
struct Rules {
    counted: Vec<CountedRule>,
    added: u64,
}

struct CountedRule {
    id: FaultId,
    rule: Rule,
    seen: u64,
    fired: u64,
}

impl FaultInjector {
    pub(crate) fn new(seed: u64, initial: Vec<Rule>) -> Self {
        let injector = Self {
            seed,
            initial,
            rules: Mutex::default(),
        };
        injector.reset();
        injector
    }

    /// Restores the rules of the configuration and resets all counters.
    pub(crate) fn reset(&self) {
        *self.rules.lock() = Rules::default();
        self.add(self.initial.clone());
    }

    pub(crate) fn add(&self, new: Vec<Rule>) -> Vec<FaultId> {
        let mut rules = self.rules.lock();
        new.into_iter()
            .map(|rule| {
                rules.added += 1;
                let id = FaultId(rules.added);
                rules.counted.push(CountedRule {
                    id,
                    rule,
                    seen: 0,
                    fired: 0,
                });
                id
            })
            .collect()
    }

    /// Removes a rule. Returns false if the id is unknown.
    pub(crate) fn remove(&self, id: FaultId) -> bool {
        let mut rules = self.rules.lock();
        let before = rules.counted.len();
        rules.counted.retain(|counted| counted.id != id);
        rules.counted.len() < before
    }

    pub(crate) fn clear(&self) {
        self.rules.lock().counted.clear();
    }

    pub(crate) fn states(&self) -> Vec<FaultState> {
        let state = |counted: &CountedRule| FaultState {
            id: counted.id,
            rule: counted.rule.text.to_string(),
            seen: counted.seen,
            fired: counted.fired,
        };
        self.rules.lock().counted.iter().map(state).collect()
    }

    /// Returns the rules that apply to a request, in the order in which they were added.
    pub(crate) fn select(&self, app: &AppState, target: &FaultTarget<'_>) -> Vec<ActiveFault> {
        let mut rules = self.rules.lock();
        if rules.counted.is_empty() {
            return Vec::new();
        }
        let store = app.store();
        let model = target
            .model
            .or_else(|| Some(&*store.task(target.task?)?.model));
        let key = target.key.and_then(|key| Some(&*store.key(key)?.label));
        self.matching(&mut rules.counted, target.endpoint, model, key)
    }

    fn matching(
        &self,
        rules: &mut [CountedRule],
        endpoint: Endpoint,
        model: Option<&str>,
        key: Option<&str>,
    ) -> Vec<ActiveFault> {
        let mut active = Vec::new();
        for counted in rules {
            let rule = &counted.rule;
            let matches = rule.scope.includes(endpoint)
                && rule.model.as_deref().is_none_or(|own| model == Some(own))
                && rule.key.as_deref().is_none_or(|own| key == Some(own));
            if !matches {
                continue;
            }
            counted.seen += 1;
            let seen = counted.seen;
            let applies = rule.nth.as_ref().is_none_or(|range| range.contains(&seen))
                && rule.every.is_none_or(|every| seen % every == 0)
                && rule.times.is_none_or(|times| counted.fired < times)
                && rule.probability.is_none_or(|probability| {
                    let rule_seed = self.seed ^ counted.id.0.rotate_left(32);
                    rng_for(rule_seed, RngStream::Fault, seen).f64() < probability
                });
            if applies {
                counted.fired += 1;
                active.push(ActiveFault {
                    rule: Arc::clone(&rule.text),
                    action: rule.action.clone(),
                });
            }
        }
        active
    }
}

#[cfg(test)]
mod tests {
    use test_case::test_case;

    use super::{Endpoint, FaultInjector};
    use crate::{faults::parse, operation::Operation};

    /// Returns which of the first twenty creates the rule applies to.
    fn applications(rule: &str, seed: u64) -> Vec<usize> {
        let injector = FaultInjector::new(seed, parse(rule).unwrap());
        let endpoint = Endpoint::Api(Some(Operation::Create));
        let mut rules = injector.rules.lock();
        (1..=20)
            .filter(|_| {
                !injector
                    .matching(&mut rules.counted, endpoint, Some("m"), Some("main#1"))
                    .is_empty()
            })
            .collect()
    }

    #[test_case("create nth=3 => hang", &[3]; "one number")]
    #[test_case("create nth=18.. => hang", &[18, 19, 20]; "open range")]
    #[test_case("create every=7 => hang", &[7, 14]; "every seventh")]
    #[test_case("create times=2 => hang", &[1, 2]; "at most twice")]
    #[test_case("create model=m nth=1 => hang", &[1]; "same model")]
    #[test_case("create model=other => hang", &[]; "other model")]
    #[test_case("create key=main#2 => hang", &[]; "other key")]
    #[test_case("status => hang", &[]; "other scope")]
    fn conditions_select_requests(rule: &str, expected: &[usize]) {
        assert_eq!(applications(rule, 1), expected);
    }

    #[test]
    fn probability_depends_on_the_seed() {
        let some = applications("create p=0.5 => hang", 1);
        assert!((4..=16).contains(&some.len()), "{some:?}");
        assert_eq!(some, applications("create p=0.5 => hang", 1));
        assert_ne!(some, applications("create p=0.5 => hang", 2));
        assert!(applications("create p=0 => hang", 1).is_empty());
        assert_eq!(applications("create p=1 => hang", 1).len(), 20);
    }
}
