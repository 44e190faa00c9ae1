//! A rule: where and when an action is applied.

use std::{ops::RangeInclusive, sync::Arc};

use super::{Action, values::list};
use crate::operation::Operation;

/// A parsed rule with its text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Rule {
    pub(crate) text: Arc<str>,
    pub(crate) scope: Scope,
    pub(crate) model: Option<String>,
    pub(crate) key: Option<String>,
    /// The numbers of the matching requests that the rule applies to, from 1.
    pub(crate) nth: Option<RangeInclusive<u64>>,
    pub(crate) every: Option<u64>,
    pub(crate) probability: Option<f64>,
    pub(crate) times: Option<u64>,
    pub(crate) action: Action,
}

/// The endpoint that received a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// The API, and the operation if the request matches one.
    Api(Option<Operation>),
    /// A file host.
    Files,
}

impl Endpoint {
    pub(crate) fn operation(self) -> Option<Operation> {
        match self {
            Self::Api(operation) => operation,
            Self::Files => None,
        }
    }
}

/// The requests that a rule applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    Any,
    Api,
    /// Creates and edits.
    Create,
    /// Balances of keys and accounts.
    Balance,
    Operation(Operation),
    File,
}

impl Scope {
    /// The names of scopes in rules. An `operationId` is a name as well.
    pub(super) const NAMES: [(&'static str, Self); 8] = [
        ("any", Self::Any),
        ("api", Self::Api),
        ("create", Self::Create),
        ("status", Self::Operation(Operation::Status)),
        ("upload", Self::Operation(Operation::Upload)),
        ("balance", Self::Balance),
        ("models", Self::Operation(Operation::Models)),
        ("file", Self::File),
    ];

    /// Parses the name of a scope.
    pub(super) fn from_name(word: &str) -> Result<Self, String> {
        let named = Self::NAMES
            .iter()
            .find(|(name, _)| *name == word)
            .map(|(_, scope)| *scope);
        named
            .or_else(|| word.parse().ok().map(Self::Operation))
            .ok_or_else(|| {
                let known = Self::NAMES
                    .iter()
                    .map(|(name, _)| *name)
                    .chain(Operation::ALL.iter().map(|operation| operation.id()));
                format!("unknown scope `{word}`; expected one of {}", list(known))
            })
    }

    /// Returns true if the scope includes a request to this endpoint.
    pub(super) fn includes(self, endpoint: Endpoint) -> bool {
        let operation = endpoint.operation();
        match self {
            Self::Any => true,
            Self::Api => endpoint != Endpoint::Files,
            Self::Create => operation.is_some_and(Operation::is_create),
            Self::Balance => matches!(
                operation,
                Some(Operation::KeyBalance | Operation::AccountBalance)
            ),
            Self::Operation(own) => operation == Some(own),
            Self::File => endpoint == Endpoint::Files,
        }
    }
}
