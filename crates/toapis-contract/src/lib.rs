//! toapis-contract.
