//! The shapes of the generated tables: what the contract knows, as the SDK reads it.
//!
//! The rows stand in `generated/`, and are written by `cargo xtask codegen` from `openapi.yaml`. A model, a size or a
//! limit that the contract gains is a new row, and no line here.

use std::fmt;
use std::time::Duration;

use http::HeaderName;
use serde::{Deserialize, Serialize};

use crate::generated::errors::Meaning;
use crate::generated::models::{MODELS, Model};
use crate::generated::sizes::{SIZES, Size};
use crate::generated::states::TaskStatus;

/// Where a fact is from, by falling trust.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Source {
    /// The page that the contract began with.
    Page,
    /// The publisher's documentation.
    Docs,
    /// Newer pages of it, an incomplete set.
    Late,
    /// Reports of people who ran the service.
    Live,
    /// Third-party adapters and fixtures.
    Seen,
    /// Deduced; nobody states it.
    Inferred,
}

/// A value that the contract does not list, as it was given.
///
/// Only the enum it belongs to can make one, so that a listed value never hides in it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct UnknownValue(Box<str>);

impl UnknownValue {
    pub(crate) fn new(value: String) -> Self {
        Self(value.into_boxed_str())
    }

    /// The value.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for UnknownValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// Width and height of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Dimensions {
    /// From left to right.
    pub width: u32,
    /// From top to bottom.
    pub height: u32,
}

/// A row of `x-sizes`.
#[derive(Debug)]
pub(crate) struct SizeRow {
    pub(crate) size: Size,
    /// On the wire.
    pub(crate) name: &'static str,
    /// At 1K; `None` for a word such as `auto`.
    pub(crate) pixels: Option<Dimensions>,
    pub(crate) source: Source,
}

impl SizeRow {
    /// The row of a size; `None` for one that the contract does not list.
    pub(crate) fn of(size: &Size) -> Option<&'static Self> {
        SIZES.iter().find(|row| row.size == *size)
    }
}

/// A row of `x-resolutions`.
#[derive(Debug)]
pub(crate) struct ResolutionRow {
    /// On the wire; a model may write it in another case.
    pub(crate) name: &'static str,
    /// Pixels at this resolution are those at 1K, times this over 1024.
    pub(crate) short_side: u32,
    pub(crate) source: Source,
}

/// A row of `x-states`.
#[derive(Debug)]
pub(crate) struct StateRow {
    pub(crate) state: TaskStatus,
    pub(crate) is_final: bool,
    pub(crate) source: Source,
}

/// A row of `x-models`.
#[derive(Debug)]
pub(crate) struct ModelRow {
    pub(crate) model: Model,
    /// On the wire.
    pub(crate) name: &'static str,
    /// Other names for the same model, which the service takes as well.
    pub(crate) aliases: &'static [&'static str],
    /// The `operationId` that takes it.
    pub(crate) operation: &'static str,
    /// The fields of its request, `model` among them.
    pub(crate) fields: &'static [Field],
    /// The sizes it takes by name; empty if it takes none.
    pub(crate) sizes: &'static [Size],
    /// Where its reference images go; `None` if it takes none.
    pub(crate) references: Option<References>,
    /// Where its resolution goes; `None` if nothing is known of one.
    pub(crate) resolution: Option<Resolution>,
    /// What holds across its fields.
    pub(crate) rules: &'static [CrossRule],
    /// Where facts of this model are from, by field; `model` stands for all that are not named.
    pub(crate) sources: &'static [(&'static str, Source)],
    /// What else is to say.
    pub(crate) notes: Option<&'static str>,
}

impl ModelRow {
    /// The row of the model of that name or alias; `None` for one that the contract does not list.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        MODELS
            .iter()
            .find(|row| row.name == name || row.aliases.contains(&name))
    }

    /// The rule of a field, such as `prompt` or `metadata.resolution`; `None` if this model has no such field.
    pub(crate) fn field(&self, path: &str) -> Option<&'static Field> {
        Field::find(self.fields, path)
    }
}

/// What a model that the contract does not list is held to.
#[derive(Debug)]
pub(crate) struct Unlisted {
    /// The `operationId` that is called.
    pub(crate) operation: &'static str,
    pub(crate) fields: &'static [Field],
}

/// Where a model's reference images go.
#[derive(Debug)]
pub(crate) struct References {
    /// The field that the SDK fills.
    pub(crate) field: &'static str,
    /// Other fields that the service reads.
    pub(crate) also: &'static [&'static str],
    pub(crate) style: ReferenceStyle,
    pub(crate) source: Source,
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

/// Where a model's resolution goes.
#[derive(Debug)]
pub(crate) struct Resolution {
    /// `resolution` or `metadata.resolution`.
    pub(crate) field: &'static str,
    /// In the case that the model writes them; empty if they are unknown.
    pub(crate) values: &'static [&'static str],
    /// What the service takes where nothing is sent.
    pub(crate) default: Option<&'static str>,
}

/// What JSON Schema cannot say of a request.
#[derive(Debug)]
pub(crate) enum CrossRule {
    /// The numbers and the lengths of lists in these fields add up to at most this much.
    SumMax {
        fields: &'static [&'static str],
        max: u32,
        source: Source,
    },
    /// Then this field must be there, and not be empty.
    Requires {
        when: When,
        field: &'static str,
        source: Source,
    },
    /// Then the size must be one of these.
    OnlySizes {
        when: When,
        sizes: &'static [Size],
        source: Source,
    },
    /// A size in pixels has an area within these bounds, and no side longer than so many times the other.
    PixelBounds {
        field: &'static str,
        min_area: u64,
        max_area: u64,
        max_ratio: u32,
        source: Source,
    },
}

/// The condition of a [`CrossRule`]: this field has one of these values.
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
    /// What the service takes where nothing is sent, in JSON. It is never sent by itself.
    pub(crate) default: Option<&'static str>,
    pub(crate) source: Source,
}

impl Field {
    /// Follows a path such as `metadata.resolution`.
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

/// What the value of a field may be. An object is always open: fields that it does not list are legal.
#[derive(Debug)]
pub(crate) enum Rule {
    /// A string.
    Text(Text),
    /// A whole number, as a JSON number. `one_of` is empty where any value within the bounds is good.
    Integer {
        min: Option<i64>,
        max: Option<i64>,
        one_of: &'static [i64],
    },
    /// A number.
    Number { min: Option<f64>, max: Option<f64> },
    /// True or false.
    Flag,
    /// A list of so many items.
    List {
        min: u32,
        max: Option<u32>,
        item: &'static Rule,
    },
    /// An object.
    Object(&'static [Field]),
    /// One of these.
    OneOf(&'static [&'static Rule]),
    /// Anything.
    Any,
}

/// What a string may be. Lengths count characters, not bytes.
#[derive(Debug)]
pub(crate) struct Text {
    pub(crate) min_chars: u32,
    pub(crate) max_chars: Option<u32>,
    /// Empty where any string is good.
    pub(crate) one_of: &'static [&'static str],
    /// The service takes the values of `one_of` in any case; the SDK sends them as they stand here.
    pub(crate) ignore_case: bool,
    /// A regular expression that must match somewhere, as JSON Schema has it.
    pub(crate) pattern: Option<&'static str>,
}

/// A row of `x-errors`: a refusal by status and code.
#[derive(Debug)]
pub(crate) struct ErrorRow {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) meaning: Meaning,
    /// Whether a create that was answered so made a task; `None` where nobody knows.
    pub(crate) task_made: Option<bool>,
    pub(crate) resend: Resend,
    pub(crate) source: Source,
}

/// What may be sent again after a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resend {
    /// Nothing.
    Never,
    /// Anything but a create.
    Reads,
    /// Anything, after the time that the answer names.
    AfterWait,
}

/// A row of `x-error-messages`: a message that tells more than the code it comes with.
#[derive(Debug)]
pub(crate) struct MessageRow {
    pub(crate) message: &'static str,
    pub(crate) meaning: Meaning,
    pub(crate) source: Source,
}

/// A row of `x-task-errors`: the code of a task that failed.
#[derive(Debug)]
pub(crate) struct TaskErrorRow {
    pub(crate) code: &'static str,
    pub(crate) meaning: Meaning,
    pub(crate) source: Source,
}

/// One of the contract's `servers`.
#[derive(Debug)]
pub(crate) struct HostRow {
    pub(crate) url: &'static str,
    pub(crate) about: &'static str,
}

/// `x-upload`.
#[derive(Debug)]
pub(crate) struct UploadLimits {
    /// A client stays at or under it.
    pub(crate) max_bytes: u64,
    /// A server refuses above it.
    pub(crate) refused_above_bytes: u64,
    pub(crate) media_types: &'static [&'static str],
    pub(crate) source: Source,
}

/// `x-references`.
#[derive(Debug)]
pub(crate) struct ReferenceLimits {
    pub(crate) max_bytes: u64,
    pub(crate) media_types: &'static [&'static str],
    pub(crate) schemes: &'static [&'static str],
    pub(crate) source: Source,
}

/// A group of accounts and its two buckets (`x-rate-limits`).
#[derive(Debug)]
pub(crate) struct RateGroup {
    pub(crate) name: &'static str,
    /// `async_submit`.
    pub(crate) submit: Bucket,
    /// `async_query`.
    pub(crate) query: Bucket,
}

/// A token bucket, one for each account.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bucket {
    pub(crate) per_minute: u32,
    /// So many at most within `burst_window`.
    pub(crate) burst: u32,
    pub(crate) burst_window: Duration,
}

/// The headers in which an answer speaks of a bucket.
#[derive(Debug)]
pub(crate) struct RateHeaders {
    /// Which bucket.
    pub(crate) category: HeaderName,
    /// How many requests a minute it has room for.
    pub(crate) limit: HeaderName,
    /// How many are left.
    pub(crate) remaining: HeaderName,
}

/// `x-polling`. Pairs are from the shorter to the longer.
#[derive(Debug)]
pub(crate) struct Polling {
    pub(crate) first_after: Duration,
    pub(crate) interval: (Duration, Duration),
    /// How long a task takes as a rule.
    pub(crate) typical: (Duration, Duration),
    /// How long a task of the finest kind takes at least.
    pub(crate) long: Duration,
}

/// `x-webhook`.
#[derive(Debug)]
pub(crate) struct Webhook {
    pub(crate) id_header: &'static str,
    pub(crate) timestamp_header: &'static str,
    pub(crate) signature_header: &'static str,
    /// What stands before the `=` of a signature.
    pub(crate) signature_version: &'static str,
    pub(crate) secret_bytes: u32,
    /// How far the timestamp may lie from now.
    pub(crate) tolerance: Duration,
    /// How long the service waits for the answer.
    pub(crate) timeout: Duration,
    /// How long it waits before each further try.
    pub(crate) retry_after: &'static [Duration],
}
