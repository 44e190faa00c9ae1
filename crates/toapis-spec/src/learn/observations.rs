//! All that recordings teach, added up.

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

/// What kind of thing the contract does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ObservationKind {
    /// An operation: a method and a path.
    Operation,
    /// A status of an operation.
    Status,
    /// A field of an answer.
    Field,
    /// A value of an enum.
    Value,
    /// A value of another type.
    Type,
    /// The code of an error.
    Code,
}

/// One thing that the contract does not know.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Observation {
    /// What kind of thing it is.
    pub kind: ObservationKind,
    /// Where it would stand in the contract, as a JSON pointer.
    pub pointer: String,
    /// What it is.
    pub message: String,
    /// How often it was seen.
    pub count: usize,
    /// The first that was seen. Keys are masked.
    pub example: Value,
}

/// All of it.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct LearnReport {
    /// How many exchanges were read.
    pub exchanges: usize,
    /// What the contract does not know, by kind and place.
    pub observations: Vec<Observation>,
    /// An OpenAPI Overlay 1.0 document that says what can be said of it; null if there is nothing.
    pub overlay: Value,
}

/// A observation before it is added up: what makes it one, and its example.
pub(super) struct Seen {
    pub(super) kind: ObservationKind,
    pub(super) pointer: String,
    pub(super) message: String,
    pub(super) example: Value,
}

/// Holds recordings against the contract.
///
/// # Errors
///
/// The contract is none that anyone could judge by.
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
            "{} exchange(s), {} thing(s) that the contract does not know",
            self.exchanges,
            self.observations.len()
        )
    }
}
