//! The operations of the contract that the simulator knows how to carry out.

use std::{fmt, str::FromStr};

/// An operation, by its `operationId`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Op {
    Create,
    Status,
    Edit,
    Upload,
    KeyBalance,
    AccountBalance,
    Models,
}

impl Op {
    pub(crate) const ALL: [Self; 7] = [
        Self::Create,
        Self::Status,
        Self::Edit,
        Self::Upload,
        Self::KeyBalance,
        Self::AccountBalance,
        Self::Models,
    ];

    /// Its `operationId`.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Create => "createImage",
            Self::Status => "getImageTask",
            Self::Edit => "editImage",
            Self::Upload => "uploadImage",
            Self::KeyBalance => "getKeyBalance",
            Self::AccountBalance => "getAccountBalance",
            Self::Models => "listModels",
        }
    }

    /// Whether it makes a task that is paid for.
    pub(crate) fn makes_a_task(self) -> bool {
        matches!(self, Self::Create | Self::Edit)
    }

    /// Whether its errors carry an integer code (`GatewayError` of the contract).
    pub(crate) fn speaks_numbers(self) -> bool {
        matches!(
            self,
            Self::Status | Self::KeyBalance | Self::AccountBalance | Self::Models
        )
    }
}

impl FromStr for Op {
    type Err = ();

    fn from_str(id: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|op| op.id() == id).ok_or(())
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

#[cfg(test)]
mod tests {
    use toapis_contract::Contract;

    use super::Op;

    #[test]
    fn every_operation_of_the_contract_is_carried_out() {
        for operation in Contract::embedded().operations() {
            assert!(operation.id().parse::<Op>().is_ok(), "{}", operation.id());
        }
    }
}
