//! What can be asked of a contract: `cargo xtask spec ...`.
//!
//! | command | what it answers | where |
//! | --- | --- | --- |
//! | `cargo xtask spec lint` | is the contract well made | [`lint`] |
//! | `cargo xtask spec diff [OLD] [NEW]` | what a change of the contract means for clients, servers and the crates here | [`diff`] |
//! | `cargo xtask spec learn RECORDING...` | what recordings of real traffic know that the contract does not | [`learn`] |
//! | `cargo xtask spec bump [OLD]` | writes the versions that the change asks for, and a draft of the change log | [`bump`] |

pub mod bump;
pub mod diff;
pub mod learn;
pub mod lint;
#[cfg(test)]
mod repository;
