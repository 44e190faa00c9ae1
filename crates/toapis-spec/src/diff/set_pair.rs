//! A pair of schemas as two sets of values, and whether one contains the other.

use super::context::{CompareContext, MessageRole, NodePair};
use super::resolved_schema::Schema;
use super::sets::{Prover, ValueSet, counterexample};

/// A pair of schemas as two sets of values.
pub(super) struct SetPair<'d> {
    pub(super) old: ValueSet<'d>,
    pub(super) new: ValueSet<'d>,
    pub(super) context: CompareContext,
    pub(super) at: NodePair<'d>,
    /// Whether the old set is proven to be within the new one; `None` before the first query.
    pub(super) keeps_old: Option<bool>,
    /// Whether the new set is proven to be within the old one; `None` before the first query.
    pub(super) adds_nothing: Option<bool>,
    pub(super) reports_narrowing: bool,
    pub(super) reports_widening: bool,
    pub(super) has_findings: bool,
}

impl<'d> SetPair<'d> {
    pub(super) fn new(
        old: &Schema<'d>,
        new: &Schema<'d>,
        context: &CompareContext,
        at: NodePair<'d>,
    ) -> Self {
        Self {
            old: old.values(),
            new: new.values(),
            context: context.clone(),
            at,
            keeps_old: None,
            adds_nothing: None,
            reports_narrowing: false,
            reports_widening: false,
            has_findings: false,
        }
    }

    /// Returns the role that the keywords are read in. In a `not`, an enum that may grow limits the
    /// values.
    fn position(&self) -> MessageRole {
        if self.context.inverted {
            MessageRole::Request
        } else {
            self.context.role
        }
    }

    /// Returns true if the message is proven to allow no less (or no more, if `is_narrowing` is
    /// false) than before.
    pub(super) fn excludes(&mut self, prover: &mut Prover, is_narrowing: bool) -> bool {
        let place = (self.position(), self.context.is_text);
        // Below a `not`, a larger set makes the message smaller.
        if is_narrowing == self.context.inverted {
            *self
                .adds_nothing
                .get_or_insert_with(|| prover.proves(&self.new, &self.old, place))
        } else {
            *self
                .keeps_old
                .get_or_insert_with(|| prover.proves(&self.old, &self.new, place))
        }
    }

    /// Returns a value that the message no longer allows (or newly allows, if `is_narrowing` is
    /// false).
    pub(super) fn example(&self, is_narrowing: bool) -> Option<serde_json::Value> {
        if is_narrowing == self.context.inverted {
            counterexample(&self.new, &self.old, self.position())
        } else {
            counterexample(&self.old, &self.new, self.position())
        }
    }
}
