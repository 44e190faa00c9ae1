//! Decides whether every value of one schema is a value of another.
//!
//! A schema is a set of JSON values. [`conjunct`] rewrites it as alternatives without `oneOf`,
//! `anyOf` and `allOf`, [`proof`] tries to prove that one set is within another, [`accepts`]
//! validates one value, and [`samples`] builds values that may disprove it. A proof is sound: what
//! is proven holds. What is neither proven nor disproven is unknown.
//!
//! Writers are assumed to send only the properties that their own schema names, unless it gives
//! `additionalProperties` a schema. Otherwise each new optional property of an open object would be
//! a breaking change.

mod accepts;
mod cases;
mod conjunct;
pub(super) mod decimal;
mod emptiness;
mod proof;
mod same;
mod samples;
mod types;
mod values;

pub(super) use conjunct::ValueSet;
pub(super) use proof::Prover;
pub(super) use samples::counterexample;
