//! Collects the observations of all recordings.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::{Context, Result};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use toapis_contract::Exchange;
use toapis_openapi::Document;

use super::{patch, responses};
use crate::contract::Contract;

/// The kind of an observation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ObservationKind {
    /// An operation: a method and a path.
    Operation,
    /// A status code of an operation.
    Status,
    /// A field of a response.
    Field,
    /// A value of an enum.
    Value,
    /// A value of another type.
    Type,
    /// The code of an error.
    Code,
}

/// Something that the contract does not describe.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Observation {
    /// The kind.
    pub kind: ObservationKind,
    /// The JSON pointer of its place in the contract.
    pub pointer: String,
    /// The description.
    pub message: String,
    /// The number of occurrences.
    pub count: usize,
    /// The first occurrence, with API keys masked.
    pub example: Value,
}

/// All observations of some recordings.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct LearnReport {
    /// The number of exchanges.
    pub exchanges: usize,
    /// The observations, by kind and place.
    pub observations: Vec<Observation>,
    /// An OpenAPI Overlay 1.0 document that describes them; null if there is nothing to describe.
    pub overlay: Value,
}

/// A single occurrence of an observation.
pub(super) struct Seen {
    pub(super) kind: ObservationKind,
    pub(super) pointer: String,
    pub(super) message: String,
    pub(super) example: Value,
}

/// Compares recordings with the contract.
///
/// # Errors
///
/// The contract cannot be used for validation.
pub fn learn(document: &Document, exchanges: &[Exchange]) -> Result<LearnReport> {
    let contract = &Contract::new(document);
    let judge = toapis_contract::Contract::parse(&contract.document().to_string())
        .context("the contract")?;
    let mut observations: BTreeMap<(ObservationKind, String, String), Observation> =
        BTreeMap::new();
    for exchange in exchanges {
        let exchange = exchange.clone().redacted();
        let verdict = judge.validate_request(&exchange.request());
        for seen in responses::observe(contract, verdict.operation(), &exchange) {
            let Seen {
                kind,
                pointer,
                message,
                example,
            } = seen;
            let observation = observations
                .entry((kind, pointer.clone(), message.clone()))
                .or_insert(Observation {
                    kind,
                    pointer,
                    message,
                    count: 0,
                    example,
                });
            observation.count += 1;
        }
    }
    let observations: Vec<Observation> = observations.into_values().collect();
    let overlay = patch::overlay(contract, &observations);
    Ok(LearnReport {
        exchanges: exchanges.len(),
        observations,
        overlay,
    })
}

impl fmt::Display for LearnReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for observation in &self.observations {
            writeln!(f, "{} time(s): {}", observation.count, observation.message)?;
            writeln!(f, "    at {}", observation.pointer)?;
            writeln!(f, "    for example {}", observation.example)?;
        }
        writeln!(
            f,
            "{} exchange(s), {} observation(s) that the contract does not describe",
            self.exchanges,
            self.observations.len()
        )
    }
}
