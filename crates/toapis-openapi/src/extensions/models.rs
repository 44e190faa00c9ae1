//! Models and their rules.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Extension, Source};

/// All models, by their names on the wire (`x-models`).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Models(pub BTreeMap<String, Model>);

impl Extension for Models {
    const POINTER: &'static str = "/x-models";
}

/// A model.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Model {
    /// The name in Rust.
    #[serde(default)]
    pub name: String,
    /// Other names on the wire.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Whether a request without a model is for this one.
    #[serde(default)]
    pub default: bool,
    /// The `operationId` of its create operation.
    #[serde(default)]
    pub operation: String,
    /// The reference to its request schema.
    pub schema: String,
    /// How it takes reference images; `None` if it takes none.
    pub references: Option<ModelReferences>,
    /// The field that chooses the resolution, if there is one.
    pub resolution: Option<ModelResolution>,
    /// The rules across several fields.
    #[serde(default)]
    pub rules: Vec<ModelRule>,
    /// The sources of its fields.
    #[serde(default)]
    pub sources: BTreeMap<String, Source>,
    /// A remark for readers.
    pub notes: Option<String>,
}

/// How a model takes reference images.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ModelReferences {
    /// The preferred field.
    pub field: String,
    /// Other accepted fields.
    #[serde(default)]
    pub also: Vec<String>,
    /// The form of an item.
    pub form: ReferenceForm,
    /// The source of the fact.
    #[serde(default)]
    pub source: Source,
}

/// The form of a reference image in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReferenceForm {
    /// An object with the URL in `url`.
    Object,
    /// The URL as a string.
    String,
}

/// The field that chooses the resolution of a model.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ModelResolution {
    /// The path of the field, with dots: `metadata.resolution`.
    pub field: String,
    /// The resolution that the server uses if the field is not sent.
    pub default: Option<String>,
}

/// A rule across several fields of a request.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case")]
pub enum ModelRule {
    /// The sum of the fields (the length of a list, the value of a number) has a maximum.
    SumMax {
        /// The paths of the fields.
        fields: Vec<String>,
        /// The maximum.
        max: u64,
        /// The source of the rule.
        #[serde(default)]
        source: Source,
    },
    /// If the condition holds, the field must be present and not empty.
    Requires {
        /// The condition.
        when: Condition,
        /// The path of the field.
        field: String,
        /// The source of the rule.
        #[serde(default)]
        source: Source,
    },
    /// If the condition holds, `size` must be one of these.
    OnlySizes {
        /// The condition.
        when: Condition,
        /// The allowed sizes.
        sizes: Vec<String>,
        /// The source of the rule.
        #[serde(default)]
        source: Source,
    },
    /// A size in pixels has bounds on its area and its ratio.
    PixelBounds {
        /// The path of the field.
        field: String,
        /// The minimum area in pixels.
        min_area: u64,
        /// The maximum area in pixels.
        max_area: u64,
        /// The maximum ratio of the longer to the shorter side.
        max_ratio: u32,
        /// The source of the rule.
        #[serde(default)]
        source: Source,
    },
}

/// The condition of a rule: a field has one of some values, in any case.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "BTreeMap<String, Vec<String>>")]
pub struct Condition {
    /// The path of the field.
    pub field: String,
    /// The values.
    pub one_of: Vec<String>,
}

impl TryFrom<BTreeMap<String, Vec<String>>> for Condition {
    type Error = &'static str;

    fn try_from(map: BTreeMap<String, Vec<String>>) -> Result<Self, Self::Error> {
        let mut entries = map.into_iter();
        match (entries.next(), entries.next()) {
            (Some((field, one_of)), None) => Ok(Self { field, one_of }),
            _ => Err("`when` is not one field with its values"),
        }
    }
}
