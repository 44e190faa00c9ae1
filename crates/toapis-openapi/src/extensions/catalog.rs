//! Sizes, resolutions and task statuses.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Extension, Source};

/// All sizes, by their names on the wire (`x-sizes`).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Sizes(pub BTreeMap<String, Size>);

impl Extension for Sizes {
    const POINTER: &'static str = "/x-sizes";
}

/// A size.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Size {
    /// The name in Rust.
    pub name: String,
    /// The width in pixels at the resolution 1K; `None` for a size without fixed pixels (`auto`).
    pub width: Option<u32>,
    /// The height in pixels at the resolution 1K.
    pub height: Option<u32>,
    /// The source of the pixels.
    #[serde(default)]
    pub source: Source,
}

/// All resolutions, by their names on the wire (`x-resolutions`).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Resolutions(pub BTreeMap<String, Resolution>);

impl Extension for Resolutions {
    const POINTER: &'static str = "/x-resolutions";
}

/// A resolution.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Resolution {
    /// The length of the shorter side of a square image, in pixels.
    pub short_side: u32,
    /// The source of the number.
    #[serde(default)]
    pub source: Source,
}

/// All statuses of a task, by their names on the wire (`x-states` of the schema `TaskStatus`).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct TaskStatuses(pub BTreeMap<String, TaskStatusRow>);

impl Extension for TaskStatuses {
    const POINTER: &'static str = "/components/schemas/TaskStatus/x-states";
}

/// A status of a task.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct TaskStatusRow {
    /// Whether a task never leaves this status.
    #[serde(rename = "final")]
    pub is_final: bool,
    /// The source of the fact.
    #[serde(default)]
    pub source: Source,
}
