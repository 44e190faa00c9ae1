//! The extensions (`x-`) of the ToAPIs contract: what JSON Schema cannot express, as structs.
//!
//! | key | type | subject |
//! | --- | --- | --- |
//! | `x-models` | [`Models`] | models, their request schemas and cross-field rules |
//! | `x-sizes`, `x-resolutions` | [`Sizes`], [`Resolutions`] | named sizes and their pixels |
//! | `x-states` of `TaskStatus` | [`TaskStatuses`] | which statuses are final |
//! | `x-errors`, `x-error-messages` | [`Errors`], [`ErrorMessages`] | the meaning of errors |
//! | `x-task-errors` | [`TaskErrors`] | error codes of failed tasks |
//! | `x-rate-limits` | [`RateLimits`] | token buckets of each account group |
//! | `x-upload`, `x-references` | [`UploadLimits`], [`ReferenceLimits`] | files |
//! | `x-lifetimes`, `x-polling`, `x-money` | [`Lifetimes`], [`Polling`], [`Money`] | numbers |
//! | `x-request-id-headers` | [`RequestIdHeaders`] | header names |
//! | `x-webhook` of a callback | [`Webhook`] | signature and delivery |
//!
//! Each is read on its own by [`Extension::read`], so a document may lack those that a program
//! does not need. The keys of schemas and operations are constants in [`keys`].

mod catalog;
mod errors;
mod limits;
mod models;
mod webhook;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::Segment;

pub use catalog::{Resolution, Resolutions, Size, Sizes, TaskStatusRow, TaskStatuses};
pub use errors::{
    ErrorMessage, ErrorMessages, ErrorRow, Errors, Resend, TaskCreated, TaskError, TaskErrors,
};
pub use limits::{
    Bucket, Lifetimes, Money, Polling, RateLimitGroup, RateLimits, ReferenceLimits,
    RequestIdHeaders, UploadLimits,
};
pub use models::{
    Condition, Model, ModelReferences, ModelResolution, ModelRule, Models, ReferenceForm,
};
pub use webhook::Webhook;

use crate::pointer;

/// The keys of extensions on schemas, operations and responses.
pub mod keys {
    /// The value that the server uses for a request field that is not sent.
    pub const DEFAULT: &str = "x-default";
    /// Marks a response that may have no body.
    pub const EMPTY_BODY: &str = "x-empty-body";
    /// Marks an enum of responses that may grow.
    pub const EXTENSIBLE_ENUM: &str = "x-extensible-enum";
    /// Marks an enum whose values are accepted in any case.
    pub const IGNORE_CASE: &str = "x-ignore-case";
    /// The rate limit bucket of an operation.
    pub const RATE_LIMIT: &str = "x-rate-limit";
    /// Whether an operation may be repeated without a second effect.
    pub const SAFE_TO_REPEAT: &str = "x-safe-to-repeat";
    /// The source of a fact.
    pub const SOURCE: &str = "x-source";
}

/// An extension that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{pointer}`: {message}")]
pub struct ExtensionError {
    /// The JSON pointer of the value at fault.
    pub pointer: String,
    /// What is wrong with it.
    pub message: String,
}

/// An extension at a fixed place of a document.
pub trait Extension: DeserializeOwned {
    /// The JSON pointer of the extension.
    const POINTER: &'static str;

    /// Reads the extension; `None` if the document does not have it.
    ///
    /// # Errors
    ///
    /// A key is missing or has a value of another type. The error has its pointer.
    fn find(document: &Value) -> Result<Option<Self>, ExtensionError> {
        document
            .pointer(Self::POINTER)
            .map(|value| from_value(value, Self::POINTER))
            .transpose()
    }

    /// Reads the extension.
    ///
    /// # Errors
    ///
    /// The document does not have it, or as [`Extension::find`].
    fn read(document: &Value) -> Result<Self, ExtensionError> {
        Self::find(document)?.ok_or_else(|| ExtensionError {
            pointer: Self::POINTER.to_owned(),
            message: "is missing".to_owned(),
        })
    }
}

/// Deserializes the value at `pointer`. The error has the pointer of the value at fault.
fn from_value<T: DeserializeOwned>(value: &Value, pointer: &str) -> Result<T, ExtensionError> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let segments = error.path().iter();
        let pointer = segments.fold(pointer.to_owned(), |pointer, segment| match segment {
            Segment::Seq { index } => format!("{pointer}/{index}"),
            Segment::Map { key } => pointer::join(&pointer, key),
            Segment::Enum { .. } | Segment::Unknown => pointer,
        });
        ExtensionError {
            pointer,
            message: error.inner().to_string(),
        }
    })
}

/// Where a fact comes from. The description of the contract explains each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// The page of the create operation.
    Page,
    /// The publisher's documentation. The default.
    #[default]
    Docs,
    /// Newer pages of the documentation.
    Late,
    /// Reports by third parties who called the service.
    Live,
    /// Third-party adapters and fixtures.
    Seen,
    /// Deduced; no source states it.
    Inferred,
}

#[cfg(test)]
mod tests;
