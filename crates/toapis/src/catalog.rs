//! Types of the generated tables of models, sizes, errors and limits.
//!
//! `cargo xtask codegen` writes the tables in `generated/` from `openapi.yaml`. A model, a size or
//! a limit that the contract gains is a new row and needs no code.

use std::time::Duration;

use http::HeaderName;
use serde::{Deserialize, Serialize};

use crate::generated::errors::ErrorCategory;
use crate::generated::models::{MODELS, Model};
use crate::generated::sizes::{SIZES, Size};
use crate::generated::statuses::TaskStatus;

pub use toapis_client::UnknownValue;

/// The width and height of an image, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Dimensions {
    /// The width.
    pub width: u32,
    /// The height.
    pub height: u32,
}

/// A row of `x-sizes`.
#[derive(Debug)]
pub(crate) struct SizeRow {
    pub(crate) size: Size,
    /// The pixels at 1K, or `None` for a word such as `auto`.
    pub(crate) pixels: Option<Dimensions>,
}

impl SizeRow {
    /// Returns the row of a size, or `None` if the contract does not list it.
    pub(crate) fn of(size: &Size) -> Option<&'static Self> {
        SIZES.iter().find(|row| row.size == *size)
    }
}

/// A row of `x-resolutions`.
#[derive(Debug)]
pub(crate) struct ResolutionRow {
    /// The JSON string; a model may use another case.
    pub(crate) name: &'static str,
    /// Pixels at this resolution are the pixels at 1K, times this value, divided by 1024.
    pub(crate) short_side: u32,
}

/// A row of `x-states`.
#[derive(Debug)]
pub(crate) struct StatusRow {
    pub(crate) status: TaskStatus,
    pub(crate) is_final: bool,
}

/// A row of `x-models`.
#[derive(Debug)]
pub(crate) struct ModelRow {
    pub(crate) model: Model,
    /// The JSON string.
    pub(crate) name: &'static str,
    /// Other names of the same model.
    pub(crate) aliases: &'static [&'static str],
    /// The `operationId` of its requests.
    pub(crate) operation: &'static str,
    /// The fields of its request, including `model`.
    pub(crate) fields: &'static [Field],
    /// The sizes that it supports by name; empty if it supports none.
    pub(crate) sizes: &'static [Size],
    /// The field for reference images, or `None` if it supports none.
    pub(crate) references: Option<References>,
    /// The field for the resolution, or `None` if it is unknown.
    pub(crate) resolution: Option<Resolution>,
    /// The rules across its fields.
    pub(crate) rules: &'static [CrossRule],
    /// Notes for users.
    pub(crate) notes: Option<&'static str>,
}

impl ModelRow {
    /// Returns the row of the model with this name or alias, or `None` if the contract does not
    /// list it.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        MODELS
            .iter()
            .find(|row| row.name == name || row.aliases.contains(&name))
    }

    /// Returns the rule of a field such as `prompt` or `metadata.resolution`, or `None` if the
    /// model does not have the field.
    pub(crate) fn field(&self, path: &str) -> Option<&'static Field> {
        Field::find(self.fields, path)
    }
}

/// The rules for a model that the contract does not list.
#[derive(Debug)]
pub(crate) struct UnknownModelRow {
    /// The `operationId` of the request.
    pub(crate) operation: &'static str,
    pub(crate) fields: &'static [Field],
}

/// The fields for a model's reference images.
#[derive(Debug)]
pub(crate) struct References {
    /// The field that the SDK sends.
    pub(crate) field: &'static str,
    pub(crate) style: ReferenceStyle,
}

/// The JSON form of reference images in a request.
///
/// The publisher's documents contradict each other. By default the form that the contract has for
/// the model is sent, and the other one once if the service rejects it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ReferenceStyle {
    /// `{"url": ".."}`.
    Objects,
    /// `".."`.
    Strings,
}

/// The field for a model's resolution.
#[derive(Debug)]
pub(crate) struct Resolution {
    /// `resolution` or `metadata.resolution`.
    pub(crate) field: &'static str,
    /// The values in the model's case; empty if they are unknown.
    pub(crate) values: &'static [&'static str],
    /// The default of the service.
    pub(crate) default: Option<&'static str>,
}

/// A rule across fields, which JSON Schema cannot express.
#[derive(Debug)]
pub(crate) enum CrossRule {
    /// The sum of the numbers and array lengths in these fields has a maximum.
    SumMax {
        fields: &'static [&'static str],
        max: u32,
    },
    /// If the condition holds, this field must not be missing or empty.
    Requires { when: When, field: &'static str },
    /// If the condition holds, the size must be one of these.
    OnlySizes { when: When, sizes: &'static [Size] },
    /// The area of a size in pixels has these bounds, and the ratio of its sides a maximum.
    PixelBounds {
        field: &'static str,
        min_area: u64,
        max_area: u64,
        max_ratio: u32,
    },
}

/// The condition of a [`CrossRule`]: the field has one of these values.
#[derive(Debug)]
pub(crate) struct When {
    pub(crate) field: &'static str,
    pub(crate) one_of: &'static [&'static str],
}

/// A field of a request.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) required: bool,
    pub(crate) rule: &'static Rule,
}

impl Field {
    /// Returns the rule at a path such as `metadata.resolution`.
    pub(crate) fn find(fields: &'static [Self], path: &str) -> Option<&'static Self> {
        let (first, rest) = path
            .split_once('.')
            .map_or((path, None), |(first, rest)| (first, Some(rest)));
        let field = fields.iter().find(|field| field.name == first)?;
        match (rest, field.rule) {
            (None, _) => Some(field),
            (Some(rest), Rule::Object(fields)) => Self::find(fields, rest),
            (Some(_), _) => None,
        }
    }
}

/// The rule for the value of a field. Objects are open: fields that they do not list are allowed.
#[derive(Debug)]
pub(crate) enum Rule {
    /// A string.
    Text(Text),
    /// An integer. `one_of` is empty if every value within the bounds is allowed.
    Integer {
        min: Option<i64>,
        max: Option<i64>,
        one_of: &'static [i64],
    },
    /// A number.
    Number { min: Option<f64>, max: Option<f64> },
    /// A boolean.
    Flag,
    /// An array with bounds on its length.
    List {
        min: u32,
        max: Option<u32>,
        item: &'static Rule,
    },
    /// An object.
    Object(&'static [Field]),
    /// One of these rules.
    OneOf(&'static [&'static Rule]),
    /// Any value.
    Any,
}

/// The rule for a string. Lengths count characters, not bytes.
#[derive(Debug)]
pub(crate) struct Text {
    pub(crate) min_chars: u32,
    pub(crate) max_chars: Option<u32>,
    /// The allowed values; empty if every string is allowed.
    pub(crate) one_of: &'static [&'static str],
    /// The service accepts the values of `one_of` in any case; the SDK sends them as listed here.
    pub(crate) ignore_case: bool,
    /// A regular expression that must match anywhere in the string, as in JSON Schema.
    pub(crate) pattern: Option<&'static str>,
}

/// A row of `x-errors`: an error response by status and code.
#[derive(Debug)]
pub(crate) struct ErrorRow {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) category: ErrorCategory,
    /// Whether a create with this response created a task; `None` if unknown.
    pub(crate) task_made: Option<bool>,
    pub(crate) retry_rule: RetryRule,
}

/// Which requests may be retried after an error response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RetryRule {
    /// No request.
    Never,
    /// Every request except a create.
    Reads,
    /// Every request, after the time in the response.
    AfterWait,
}

/// A row of `x-error-messages`: a message that is more specific than its code.
#[derive(Debug)]
pub(crate) struct MessageRow {
    pub(crate) message: &'static str,
    pub(crate) category: ErrorCategory,
}

/// A row of `x-task-errors`: the code of a failed task.
#[derive(Debug)]
pub(crate) struct TaskErrorRow {
    pub(crate) code: &'static str,
    pub(crate) category: ErrorCategory,
}

/// One of the contract's `servers`.
#[derive(Debug)]
pub(crate) struct HostRow {
    pub(crate) url: &'static str,
}

/// `x-upload`.
#[derive(Debug)]
pub(crate) struct UploadLimits {
    /// The maximum that clients send.
    pub(crate) max_bytes: u64,
}

/// `x-references`.
#[derive(Debug)]
pub(crate) struct ReferenceLimits {
    pub(crate) max_bytes: u64,
    pub(crate) media_types: &'static [&'static str],
    pub(crate) schemes: &'static [&'static str],
}

/// A group of accounts and its two rate limits (`x-rate-limits`).
#[derive(Debug)]
pub(crate) struct RateGroup {
    pub(crate) name: &'static str,
    /// The rate limit `async_submit`.
    pub(crate) submit: Bucket,
    /// The rate limit `async_query`.
    pub(crate) query: Bucket,
}

/// A token bucket per account.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bucket {
    pub(crate) per_minute: u32,
    /// The maximum number of requests within `burst_window`.
    pub(crate) burst: u32,
}

/// The response headers that describe a rate limit.
#[derive(Debug)]
pub(crate) struct RateHeaders {
    /// The header with the name of the rate limit.
    pub(crate) category: HeaderName,
    /// The header with the requests per minute.
    pub(crate) limit: HeaderName,
    /// The header with the remaining requests.
    pub(crate) remaining: HeaderName,
}

/// `x-polling`. Pairs are ordered from shorter to longer.
#[derive(Debug)]
pub(crate) struct Polling {
    /// The typical duration of a task.
    pub(crate) typical: (Duration, Duration),
}

/// `x-webhook`.
#[derive(Debug)]
pub(crate) struct Webhook {
    pub(crate) id_header: &'static str,
    pub(crate) timestamp_header: &'static str,
    pub(crate) signature_header: &'static str,
    /// The scheme of a signature, before its `=`.
    pub(crate) signature_version: &'static str,
    /// The maximum difference between timestamp and current time.
    pub(crate) tolerance: Duration,
}
