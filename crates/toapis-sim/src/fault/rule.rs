//! A rule: where and when an action is taken.

use std::{ops::RangeInclusive, sync::Arc};

use super::Action;
use crate::api::Op;

/// A rule of the language, with the text it was read from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Rule {
    pub(crate) text: Arc<str>,
    pub(crate) spot: Spot,
    pub(crate) model: Option<String>,
    pub(crate) key: Option<String>,
    /// Which of those that fit so far, counted from 1.
    pub(crate) nth: Option<RangeInclusive<u64>>,
    pub(crate) every: Option<u64>,
    pub(crate) probability: Option<f64>,
    pub(crate) times: Option<u64>,
    pub(crate) action: Action,
}

/// The exchanges that a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spot {
    Any,
    Api,
    /// Create and edit.
    Create,
    /// Of the key and of the account.
    Balance,
    Op(Op),
    File,
}

impl Spot {
    /// The words for them in a rule, beside the `operationId`s.
    pub(super) const NAMES: [(&'static str, Self); 8] = [
        ("any", Self::Any),
        ("api", Self::Api),
        ("create", Self::Create),
        ("status", Self::Op(Op::Status)),
        ("upload", Self::Op(Op::Upload)),
        ("balance", Self::Balance),
        ("models", Self::Op(Op::Models)),
        ("file", Self::File),
    ];

    /// Whether an exchange is among them: one of an operation, or one with the files' host.
    pub(super) fn holds(self, op: Option<Op>, file: bool) -> bool {
        match self {
            Self::Any => true,
            Self::Api => !file,
            Self::Create => op.is_some_and(Op::makes_a_task),
            Self::Balance => matches!(op, Some(Op::KeyBalance | Op::AccountBalance)),
            Self::Op(own) => op == Some(own),
            Self::File => file,
        }
    }
}
