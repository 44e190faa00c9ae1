//! The commands of this workspace as functions, so that tests call what people run.
//!
//! | command | what it does | where |
//! | --- | --- | --- |
//! | `cargo xtask codegen [--check]` | writes, or compares, everything that is generated from `openapi.yaml` | [`codegen`] |
//! | `cargo xtask bench [sdk\|sim\|poll\|diff\|build] [--write]` | measures, and prints the tables of `docs/performance.md` | [`mod@bench`] |
//! | `cargo xtask spec lint` | is the contract well made: what other linters do not know | [`toapis_spec::lint`] |
//! | `cargo xtask spec learn RECORDING...` | what recordings know that the contract does not | [`toapis_spec::learn`] |
//! | `cargo xtask spec diff [OLD] [NEW]` | what a change of the contract means for clients, servers and the crates here | [`toapis_spec::diff`] |
//! | `cargo xtask spec bump [OLD]` | writes the versions that the change asks for, and a draft of the change log | [`toapis_spec::bump`] |
//! | `cargo xtask release --dry-run` | all that a release does but the publishing | [`release`] |

pub mod bench;
pub mod cli;
pub mod codegen;
pub mod release;
pub mod spec;
