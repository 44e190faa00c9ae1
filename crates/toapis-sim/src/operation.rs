//! The operations of the contract.

use std::{fmt, str::FromStr};

/// An operation, named by its `operationId`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Operation {
    Create,
    Status,
    Edit,
    Upload,
    KeyBalance,
    AccountBalance,
    Models,
}

impl Operation {
    pub(crate) const ALL: [Self; 7] = [
        Self::Create,
        Self::Status,
        Self::Edit,
        Self::Upload,
        Self::KeyBalance,
        Self::AccountBalance,
        Self::Models,
    ];

    /// Returns the `operationId`.
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

    /// Returns true if the operation makes a task that costs credits.
    pub(crate) fn is_create(self) -> bool {
        matches!(self, Self::Create | Self::Edit)
    }

    /// Returns true if errors of the operation have an integer code (the contract's
    /// `GatewayError`).
    pub(crate) fn uses_numeric_codes(self) -> bool {
        matches!(
            self,
            Self::Status | Self::KeyBalance | Self::AccountBalance | Self::Models
        )
    }
}

impl FromStr for Operation {
    type Err = ();

    fn from_str(id: &str) -> Result<Self, ()> {
        Self::ALL
            .into_iter()
            .find(|operation| operation.id() == id)
            .ok_or(())
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

#[cfg(test)]
mod tests {
    use toapis_contract::Contract;

    use super::Operation;

    #[test]
    fn every_operation_of_the_contract_is_known() {
        for operation in Contract::embedded().operations() {
            assert!(
                operation.id().parse::<Operation>().is_ok(),
                "{}",
                operation.id()
            );
        }
    }
}
