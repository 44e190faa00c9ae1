//! What recordings of real traffic know that the contract does not: `cargo xtask spec learn RECORDING...`.
//!
//! Reads HAR files as the contract's proxy writes them, without keys, and holds every answer against the contract: new
//! operations' statuses, fields, values of enums, types and error codes are told with how often they were seen and an example. What can be
//! said in the contract is printed as an overlay file, for a person to look at; the contract itself is never edited.

mod observations;
mod patch;
mod responses;

pub use observations::{LearnReport, Observation, ObservationKind, learn};
