//! Reports what recordings of real traffic show that the contract does not describe.
//!
//! Recordings are HAR files as the contract's proxy writes them, without API keys. Each response is
//! validated: unknown operations, statuses, fields, enum values, types and error codes are reported
//! with their number and an example. An OpenAPI overlay for review describes what can be described;
//! the contract itself is never edited.

mod observations;
mod patch;
mod responses;

pub use observations::{LearnReport, Observation, ObservationKind, learn};
