//! The rules at work: which of them strike an exchange.

use std::sync::Arc;

use serde::Serialize;

use super::{Action, Rule};
use crate::{
    api::Op,
    dice::{Purpose, dice},
};

/// The number of a rule in a run, by which it is taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct FaultId(pub(crate) u64);

/// A rule and what it did so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FaultState {
    /// Its number.
    pub id: FaultId,
    /// Its text.
    pub rule: String,
    /// The exchanges that fitted its place, model and key.
    pub seen: u64,
    /// Those that it struck.
    pub fired: u64,
}

/// What a rule is held against.
pub(crate) struct Subject<'s> {
    pub(crate) op: Option<Op>,
    pub(crate) file: bool,
    pub(crate) model: Option<&'s str>,
    pub(crate) key: Option<&'s str>,
}

/// A rule that strikes.
#[derive(Clone, Debug)]
pub(crate) struct Drawn {
    pub(crate) rule: Arc<str>,
    pub(crate) action: Action,
}

/// All rules of a run.
pub(crate) struct Engine {
    seed: u64,
    rules: Vec<(FaultId, Rule, u64, u64)>,
    next: u64,
}

impl Engine {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            seed,
            rules: Vec::new(),
            next: 1,
        }
    }

    pub(crate) fn add(&mut self, rules: Vec<Rule>) -> Vec<FaultId> {
        let mut ids = Vec::new();
        for rule in rules {
            let id = FaultId(self.next);
            self.next += 1;
            self.rules.push((id, rule, 0, 0));
            ids.push(id);
        }
        ids
    }

    pub(crate) fn remove(&mut self, id: FaultId) -> bool {
        let before = self.rules.len();
        self.rules.retain(|(own, ..)| *own != id);
        self.rules.len() < before
    }

    pub(crate) fn clear(&mut self) {
        self.rules.clear();
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.rules.is_empty()
    }

    pub(crate) fn states(&self) -> Vec<FaultState> {
        let state = |(id, rule, seen, fired): &(FaultId, Rule, u64, u64)| FaultState {
            id: *id,
            rule: rule.text.to_string(),
            seen: *seen,
            fired: *fired,
        };
        self.rules.iter().map(state).collect()
    }

    /// The rules that strike this exchange, in the order in which they were added.
    pub(crate) fn draw(&mut self, subject: &Subject<'_>) -> Vec<Drawn> {
        let mut drawn = Vec::new();
        for (id, rule, seen, fired) in &mut self.rules {
            let fits = rule.spot.holds(subject.op, subject.file)
                && rule
                    .model
                    .as_deref()
                    .is_none_or(|model| subject.model == Some(model))
                && rule
                    .key
                    .as_deref()
                    .is_none_or(|key| subject.key == Some(key));
            if !fits {
                continue;
            }
            *seen += 1;
            let strikes = rule.nth.as_ref().is_none_or(|range| range.contains(seen))
                && rule.every.is_none_or(|every| *seen % every == 0)
                && rule.times.is_none_or(|times| *fired < times)
                && rule.probability.is_none_or(|share| {
                    dice(self.seed ^ id.0.rotate_left(32), Purpose::Fault, *seen).f64() < share
                });
            if strikes {
                *fired += 1;
                drawn.push(Drawn {
                    rule: Arc::clone(&rule.text),
                    action: rule.action.clone(),
                });
            }
        }
        drawn
    }
}

#[cfg(test)]
mod tests {
    use super::{Engine, Subject};
    use crate::{api::Op, fault::parse};

    /// Which of the first twenty creates the rule strikes.
    fn strikes(rule: &str, seed: u64) -> Vec<usize> {
        let mut engine = Engine::new(seed);
        engine.add(parse(rule).unwrap());
        let subject = Subject {
            op: Some(Op::Create),
            file: false,
            model: Some("m"),
            key: Some("main#1"),
        };
        (1..=20)
            .filter(|_| !engine.draw(&subject).is_empty())
            .collect()
    }

    #[test]
    fn conditions_choose_among_the_exchanges_that_fit() {
        assert_eq!(strikes("create nth=3 => hang", 1), [3]);
        assert_eq!(strikes("create nth=18.. => hang", 1), [18, 19, 20]);
        assert_eq!(strikes("create every=7 => hang", 1), [7, 14]);
        assert_eq!(strikes("create times=2 => hang", 1), [1, 2]);
        assert_eq!(strikes("create model=m nth=1 => hang", 1), [1]);
        assert_eq!(strikes("create model=other => hang", 1), [] as [usize; 0]);
        assert_eq!(strikes("create key=main#2 => hang", 1), [] as [usize; 0]);
        assert_eq!(strikes("status => hang", 1), [] as [usize; 0]);
    }

    #[test]
    fn chance_is_the_same_for_the_same_seed_and_another_for_another() {
        let some = strikes("create p=0.5 => hang", 1);
        assert!((4..=16).contains(&some.len()), "{some:?}");
        assert_eq!(some, strikes("create p=0.5 => hang", 1));
        assert_ne!(some, strikes("create p=0.5 => hang", 2));
        assert!(strikes("create p=0 => hang", 1).is_empty());
        assert_eq!(strikes("create p=1 => hang", 1).len(), 20);
    }
}
