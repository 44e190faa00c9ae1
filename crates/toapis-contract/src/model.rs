//! The models of `x-models`, by name and by alias.

use std::{collections::HashMap, sync::Arc};

use serde_json::Value;
use toapis_openapi::{
    extensions::{self, Extension, ModelRule},
    pointer, reference,
};

use crate::{cross_field::CrossFieldRule, error::LoadError};

/// A model of the contract.
#[derive(Debug)]
pub struct Model {
    name: String,
    entry: extensions::Model,
    schema: String,
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
        &self.entry.aliases
    }

    /// Returns the `operationId` of its create.
    #[must_use]
    pub fn operation(&self) -> &str {
        &self.entry.operation
    }

    /// Returns the pointer of its request schema, as `#/components/schemas/...`.
    #[must_use]
    pub fn schema_pointer(&self) -> String {
        format!("#{}", self.schema)
    }

    /// Returns the rules across several fields of its requests.
    #[must_use]
    pub fn rules(&self) -> &[ModelRule] {
        &self.entry.rules
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
        let entries = extensions::Models::find(document)
            .map_err(|error| LoadError::at(error.pointer, error.message))?;
        for (name, entry) in entries.into_iter().flat_map(|models| models.0) {
            let at = pointer::join(extensions::Models::POINTER, &name);
            let model = Model::compile(document, name, entry, &at)?;
            let index = models.all.len();
            for name in std::iter::once(&model.name).chain(model.aliases()) {
                if models.by_name.insert(name.clone(), index).is_some() {
                    let message = format!("two models have the name `{name}`");
                    return Err(LoadError::at(at, message));
                }
            }
            models.all.push(Arc::new(model));
        }
        Ok(models)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Arc<Model>> {
        self.by_name.get(name).map(|index| &self.all[*index])
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Model> {
        self.all.iter().map(AsRef::as_ref)
    }
}

impl Model {
    fn compile(
        document: &Value,
        name: String,
        entry: extensions::Model,
        at: &str,
    ) -> Result<Self, LoadError> {
        let at_schema = |message: String| LoadError::at(pointer::join(at, "schema"), message);
        let target = pointer::from_reference(&entry.schema)
            .ok_or_else(|| at_schema("expected `#/components/schemas/...`".to_owned()))?;
        let (schema, _) =
            reference::follow(document, &target).map_err(|error| at_schema(error.to_string()))?;
        let rules = entry.rules.iter().enumerate();
        let rules = rules.map(|(position, rule)| {
            let place = format!("{at}/rules/{position}");
            CrossFieldRule::compile(document, &schema, rule, place)
        });
        Ok(Self {
            rules: rules.collect(),
            name,
            entry,
            schema,
        })
    }
}
