//! All that recordings teach, added up.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::{Context, Result};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use toapis_contract::Exchange;
use toapis_openapi::Document;

use super::{answers, patch};
use crate::contract::Contract;

/// What kind of thing the contract does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
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
pub struct Lesson {
    /// What kind of thing it is.
    pub kind: Kind,
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
pub struct Learned {
    /// How many exchanges were read.
    pub exchanges: usize,
    /// What the contract does not know, by kind and place.
    pub lessons: Vec<Lesson>,
    /// An OpenAPI Overlay 1.0 document that says what can be said of it; null if there is nothing.
    pub overlay: Value,
}

/// A lesson before it is added up: what makes it one, and its example.
pub(super) struct Seen {
    pub(super) kind: Kind,
    pub(super) pointer: String,
    pub(super) message: String,
    pub(super) example: Value,
}

/// Holds recordings against the contract.
///
/// # Errors
///
/// The contract is none that anyone could judge by.
pub fn learn(document: &Document, exchanges: &[Exchange]) -> Result<Learned> {
    let contract = &Contract::new(document);
    let judge = toapis_contract::Contract::parse(&contract.document().to_string())
        .context("the contract")?;
    let mut lessons: BTreeMap<(Kind, String, String), Lesson> = BTreeMap::new();
    for exchange in exchanges {
        let exchange = exchange.clone().redacted();
        let verdict = judge.validate_request(&exchange.request());
        for seen in answers::of(contract, verdict.operation(), &exchange) {
            let Seen {
                kind,
                pointer,
                message,
                example,
            } = seen;
            let lesson = lessons
                .entry((kind, pointer.clone(), message.clone()))
                .or_insert(Lesson {
                    kind,
                    pointer,
                    message,
                    count: 0,
                    example,
                });
            lesson.count += 1;
        }
    }
    let lessons: Vec<Lesson> = lessons.into_values().collect();
    let overlay = patch::overlay(contract, &lessons);
    Ok(Learned {
        exchanges: exchanges.len(),
        lessons,
        overlay,
    })
}

impl fmt::Display for Learned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for lesson in &self.lessons {
            writeln!(f, "{} time(s): {}", lesson.count, lesson.message)?;
            writeln!(f, "    at {}", lesson.pointer)?;
            writeln!(f, "    for example {}", lesson.example)?;
        }
        writeln!(
            f,
            "{} exchange(s), {} thing(s) that the contract does not know",
            self.exchanges,
            self.lessons.len()
        )
    }
}
