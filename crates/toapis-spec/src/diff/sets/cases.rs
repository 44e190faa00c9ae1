//! Distinguishes the cases of a property, where no single alternative covers all values.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde_json::Value;
use toapis_openapi::Node;

use super::accepts;
use super::conjunct::{Assumption, Conjunct, expand};
use super::proof::Prover;
use super::values::OBJECT;

/// How many properties may be assumed while cases are distinguished.
const MAX_ASSUMPTIONS: usize = 2;
/// How many properties are tried for a distinction.
const MAX_CANDIDATES: usize = 3;

impl Prover {
    /// Distinguishes the cases of one property, and looks for an alternative in each.
    pub(super) fn is_covered_by_cases(
        &mut self,
        sent: &Conjunct<'_>,
        taken: &[Conjunct<'_>],
    ) -> bool {
        if sent.assumed.len() >= MAX_ASSUMPTIONS {
            return false;
        }
        let candidates = self.candidates(sent, taken);
        candidates.into_iter().any(|name| {
            let cases = self.cases(sent, taken, &name);
            cases.len() > 1
                && cases.into_iter().all(|assumption| {
                    let mut case = sent.clone();
                    case.assumed.insert(name.clone(), assumption);
                    self.is_type_covered(&case, OBJECT, taken)
                })
        })
    }

    /// Returns the properties whose cases may decide between alternatives, those that most
    /// alternatives list first.
    fn candidates(&mut self, sent: &Conjunct<'_>, taken: &[Conjunct<'_>]) -> Vec<String> {
        self.steps += 10;
        let role = self.role;
        let is_open = |name: &str| {
            let is_known = sent.known.as_ref().is_none_or(|known| known.contains(name));
            is_known && !sent.assumed.contains_key(name)
        };
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for one in taken {
            let lists = one.parts.iter().filter_map(|part| part.get("properties"));
            for (name, node) in lists.flat_map(Node::entries) {
                let node = node.resolve();
                let decides = ["enum", "const", "not"]
                    .iter()
                    .any(|key| node.get(key).is_some());
                if decides && is_open(name) {
                    *counts.entry(name.to_owned()).or_default() += 1;
                }
            }
            for name in one.required(role).difference(&sent.required(role)) {
                if is_open(name) {
                    *counts.entry(name.clone()).or_default() += 1;
                }
            }
        }
        let mut names: Vec<_> = counts
            .into_iter()
            .map(|(name, count)| (Reverse(count), name))
            .collect();
        names.sort();
        names
            .into_iter()
            .take(MAX_CANDIDATES)
            .map(|(_, name)| name)
            .collect()
    }

    /// Returns the cases of a property that differ for the alternatives.
    fn cases(&self, sent: &Conjunct<'_>, taken: &[Conjunct<'_>], name: &str) -> Vec<Assumption> {
        let role = self.role;
        let mut cases = Vec::new();
        if !sent.required(role).contains(name) {
            cases.push(Assumption::Absent);
        }
        let finite = |one: &Conjunct<'_>| -> Option<Vec<Value>> {
            let alternatives = expand(&one.property(name, role).0)?;
            alternatives
                .iter()
                .map(|one| one.values(role))
                .collect::<Option<Vec<_>>>()
                .map(|all| all.concat())
        };
        if let Some(values) = finite(sent).filter(|values| values.len() <= 64) {
            cases.extend(values.into_iter().map(Assumption::Equals));
            return cases;
        }
        let mut values: Vec<Value> = Vec::new();
        for value in taken.iter().filter_map(finite).flatten() {
            let is_sent = accepts::set(&sent.property(name, role).0, &value, role);
            if is_sent != Some(false) && !values.contains(&value) {
                values.push(value);
            }
        }
        if values.is_empty() || values.len() > 64 {
            cases.push(Assumption::Present);
        } else {
            cases.extend(values.iter().cloned().map(Assumption::Equals));
            cases.push(Assumption::OneOfTheOthers(values));
        }
        cases
    }
}
