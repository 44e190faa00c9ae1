//! The models of `x-models`, by name and by alias.

use std::{collections::HashMap, sync::Arc};

use serde_json::Value;

use crate::{cross_field::CrossFieldRule, error::LoadError, pointer};

/// The extension with the properties of models that JSON Schema cannot express.
const MODELS: &str = "x-models";

/// A model of the contract.
#[derive(Debug)]
pub struct Model {
    name: String,
    aliases: Vec<String>,
    operation: String,
    schema: String,
    entry: Value,
    pub(crate) rules: Vec<CrossFieldRule>,
}

impl Model {
    /// Returns the name on the wire.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the other names that the service accepts for it.
    #[must_use]
    pub fn aliases(&self) -> &[String] {
        &self.aliases
    }

    /// Returns the `operationId` of its create.
    #[must_use]
    pub fn operation(&self) -> &str {
        &self.operation
    }

    /// Returns the pointer of its request schema, as `#/components/schemas/...`.
    #[must_use]
    pub fn schema_pointer(&self) -> String {
        format!("#{}", self.schema)
    }

    /// Returns its entry in `x-models`: `references`, `resolution`, `rules`, `sources`.
    #[must_use]
    pub fn entry(&self) -> &Value {
        &self.entry
    }
}

/// All models, by name and by alias.
#[derive(Debug, Default)]
pub(crate) struct Models {
    all: Vec<Arc<Model>>,
    by_name: HashMap<String, usize>,
}

impl Models {
    pub(crate) fn compile(document: &Value) -> Result<Self, LoadError> {
        let mut models = Self::default();
        for (name, entry) in document
            .get(MODELS)
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            let at = pointer::join(&format!("/{MODELS}"), name);
            let model = Model::compile(document, name, entry, &at)?;
            let place = models.all.len();
            for called in std::iter::once(&model.name).chain(&model.aliases) {
                if models.by_name.insert(called.clone(), place).is_some() {
                    return Err(LoadError::at(
                        at,
                        format!("two models have the name `{called}`"),
                    ));
                }
            }
            models.all.push(Arc::new(model));
        }
        Ok(models)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Arc<Model>> {
        self.by_name.get(name).map(|place| &self.all[*place])
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Model> {
        self.all.iter().map(AsRef::as_ref)
    }
}

impl Model {
    fn compile(document: &Value, name: &str, entry: &Value, at: &str) -> Result<Self, LoadError> {
        let text = |field: &str| entry.get(field).and_then(Value::as_str);
        let schema = text("schema")
            .and_then(|reference| reference.strip_prefix('#'))
            .ok_or_else(|| {
                LoadError::at(at, "the model has no `schema: '#/components/schemas/...'`")
            })?;
        let (schema, _) = pointer::resolve(document, schema)
            .map_err(|error| LoadError::at(pointer::join(at, "schema"), error.to_string()))?;
        let mut rules = Vec::new();
        for (position, rule) in list(entry.get("rules")).iter().enumerate() {
            let place = format!("{at}/rules/{position}");
            rules.push(CrossFieldRule::compile(document, &schema, rule, place)?);
        }
        Ok(Self {
            name: name.to_owned(),
            aliases: list(entry.get("aliases"))
                .iter()
                .filter_map(|alias| alias.as_str().map(str::to_owned))
                .collect(),
            operation: text("operation").unwrap_or_default().to_owned(),
            schema,
            entry: entry.clone(),
            rules,
        })
    }
}

fn list(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
