//! `x-models`: every known model with its rules.

use anyhow::{Context, Result, anyhow, bail, ensure};
use proc_macro2::TokenStream;
use quote::quote;
use serde_json::Value;
use toapis_openapi::extensions::{
    Condition, Extension as _, Model, ModelReferences, ModelResolution, ModelRule,
    Models as ModelTable, ReferenceForm,
};
use toapis_openapi::operations::{find_operation, operations};
use toapis_openapi::pointer;
use toapis_openapi::reference::{follow, reference, resolve};

use super::rules::Rules;
use super::{item, option, sizes};
use crate::error::{ResultExt as _, extension};
use crate::naming::ident;
use crate::open_enums::{open_enum, values};
use crate::source::Source;

const ABOUT: &str = "An image model.\n\n\
    The variants and their rules are from the contract (`x-models`). Other names are accepted: the list of models \
    grows without notice, and the server validates them.";

/// The generated files `models.rs` and `rules.rs`.
pub(super) struct Models {
    pub(super) table: Source,
    pub(super) rules: Source,
}

/// Generates the enum `Model`, its table, and the rules that the table refers to.
pub(super) fn source(contract: &Value) -> Result<Models> {
    let models = extension(ModelTable::read(contract))?.0;
    let mut rules = Rules::new(contract);
    let mut variants = Vec::new();
    let mut names = Vec::new();
    let mut rows = TokenStream::new();
    let mut default = None;
    for (name, model) in &models {
        let at = pointer::join(ModelTable::POINTER, name);
        let what = format!("x-models, `{name}`");
        ident(&model.name).at(&at, &what)?;
        rows.extend(model_row(contract, &mut rules, name, model).at(&at, &what)?);
        variants.push((name.as_str(), comment(contract, name, model)));
        names.push(model.name.as_str());
        if model.default
            && let Some(other) = default.replace(&model.name)
        {
            let error = anyhow!("one model is the `default`, and `{other}` is it already");
            return Err(error).at(&at, &what);
        }
    }
    let default = default
        .context("no model is the `default: true`, which a request that names none is for")
        .at(ModelTable::POINTER, "x-models")?;
    let default = ident(default)?;
    let unlisted = unlisted(contract, &mut rules)?;
    let model = open_enum("Model", ABOUT, &variants, Some(&names));
    let model = model.at(ModelTable::POINTER, "x-models")?;
    let tokens = quote! {
        use ::serde::{Deserialize, Serialize};

        use super::rules;
        use super::sizes::Size;
        use crate::catalog::{ModelRow, ReferenceStyle, References, Resolution, CrossRule, UnknownValue, UnknownModelRow, When};

        #model

        /// Returns the model of a request without one.
        #[allow(clippy::derivable_impls, reason = "the default is data, and the enum is derived from other data")]
        impl Default for Model {
            fn default() -> Self {
                Self::#default
            }
        }

        /// Every known model (`x-models`).
        pub(crate) static MODELS: &[ModelRow] = &[#rows];

        /// The rules of unknown models.
        pub(crate) static UNLISTED: &[UnknownModelRow] = &[#unlisted];
    };
    let mut items = vec![
        item(ModelTable::POINTER, "Model"),
        item(ModelTable::POINTER, "generated::models::MODELS"),
        item("/components/schemas", "generated::models::UNLISTED"),
    ];
    items.extend(models.iter().map(|(name, model)| {
        let at = pointer::join(ModelTable::POINTER, name);
        (at, format!("Model::{}", model.name))
    }));
    let rule_items = rules.items()?;
    let constants = rules.constants();
    let rules = quote! {
        use crate::catalog::{Field, Rule, Text};

        #constants
    };
    Ok(Models {
        table: Source::new(
            "crates/toapis/src/generated/models.rs",
            "the models.",
            tokens,
        )?
        .with_items(items),
        rules: Source::new(
            "crates/toapis/src/generated/rules.rs",
            "the rules of requests.",
            rules,
        )?
        .with_items(rule_items),
    })
}

fn comment(contract: &Value, name: &str, model: &Model) -> String {
    let schema = request_schema(contract, model);
    let description = schema.and_then(|schema| schema.get("description")?.as_str());
    format!("`{name}`: {}", description.unwrap_or_default())
}

/// Returns the schema of the requests of a model.
fn request_schema<'c>(contract: &'c Value, model: &Model) -> Option<&'c Value> {
    contract.pointer(&pointer::from_reference(&model.schema)?)
}

fn model_row(
    contract: &Value,
    rules: &mut Rules<'_>,
    name: &str,
    model: &Model,
) -> Result<TokenStream> {
    let fields = rules.fields_of(&model.schema)?;
    let schema = request_schema(contract, model).context("its schema leads nowhere")?;
    let listed = schema
        .pointer("/properties/model")
        .context("its schema has no `model`")?;
    let listed = strings(listed)?;
    for name in model.aliases.iter().map(String::as_str).chain([name]) {
        ensure!(
            listed.contains(&name),
            "`{name}` is not in the enum of `model` in {}",
            model.schema
        );
    }
    let operation = &model.operation;
    find_operation(contract, operation)
        .with_context(|| format!("openapi.yaml has no operation `{operation}`"))?;
    let (variant, aliases) = (ident(&model.name)?, &model.aliases);
    let references = match &model.references {
        None => quote!(None),
        Some(references) => self::references(contract, schema, references)?,
    };
    let resolution = match &model.resolution {
        None => quote!(None),
        Some(resolution) => self::resolution(contract, schema, resolution)?,
    };
    let sizes = match schema.pointer("/properties/size") {
        Some(size) => enum_values(contract, size)?,
        None => Vec::new(),
    };
    let sizes = sizes
        .into_iter()
        .map(|size| sizes::variant(contract, size))
        .collect::<Result<Vec<_>>>()?;
    let cross_rules = model.rules.iter().map(|rule| cross_rule(contract, rule));
    let cross_rules = cross_rules.collect::<Result<Vec<_>>>()?;
    let notes = option(model.notes.as_ref());
    Ok(quote!(ModelRow {
        model: Model::#variant,
        name: #name,
        aliases: &[#(#aliases),*],
        operation: #operation,
        fields: rules::#fields,
        sizes: &[#(#sizes),*],
        references: #references,
        resolution: #resolution,
        rules: &[#(#cross_rules),*],
        notes: #notes,
    },))
}

fn references(
    contract: &Value,
    schema: &Value,
    references: &ModelReferences,
) -> Result<TokenStream> {
    let (field, also) = (&references.field, &references.also);
    for field in also.iter().chain([field]) {
        property(contract, schema, field)?;
    }
    let style = match references.form {
        ReferenceForm::Object => quote!(ReferenceStyle::Objects),
        ReferenceForm::String => quote!(ReferenceStyle::Strings),
    };
    Ok(quote!(Some(References { field: #field, style: #style })))
}

fn resolution(
    contract: &Value,
    schema: &Value,
    resolution: &ModelResolution,
) -> Result<TokenStream> {
    let field = &resolution.field;
    let values = enum_values(contract, property(contract, schema, field)?)?;
    let default = option(resolution.default.as_ref());
    Ok(quote!(Some(Resolution { field: #field, values: &[#(#values),*], default: #default })))
}

/// Returns the schema of a field, by its path with dots.
fn property<'c>(contract: &'c Value, schema: &'c Value, path: &str) -> Result<&'c Value> {
    path.split('.').try_fold(schema, |schema, name| {
        resolve(contract, schema)?
            .get("properties")
            .and_then(|properties| properties.get(name))
            .with_context(|| format!("its schema has no `{path}`"))
    })
}

/// Returns the values of an enum, or of all enums of a choice.
fn enum_values<'c>(contract: &'c Value, schema: &'c Value) -> Result<Vec<&'c str>> {
    let schema = resolve(contract, schema)?;
    match schema.get("oneOf").and_then(Value::as_array) {
        Some(choices) => {
            let lists = choices
                .iter()
                .map(|choice| enum_values(contract, choice))
                .collect::<Result<Vec<_>>>()?;
            Ok(lists.concat())
        }
        None => strings(schema),
    }
}

/// Returns the values of an enum; none if the schema has no `enum`.
fn strings(schema: &Value) -> Result<Vec<&str>> {
    match schema.get("enum") {
        None => Ok(Vec::new()),
        Some(_) => values(schema),
    }
}

fn cross_rule(contract: &Value, rule: &ModelRule) -> Result<TokenStream> {
    Ok(match rule {
        ModelRule::SumMax { fields, max, .. } => {
            let max = u32::try_from(*max).context("`max` is too large")?;
            quote!(CrossRule::SumMax { fields: &[#(#fields),*], max: #max })
        }
        ModelRule::Requires { when, field, .. } => {
            let when = self::when(when);
            quote!(CrossRule::Requires { when: #when, field: #field })
        }
        ModelRule::OnlySizes { when, sizes, .. } => {
            let when = self::when(when);
            let sizes = sizes.iter().map(|size| sizes::variant(contract, size));
            let sizes = sizes.collect::<Result<Vec<_>>>()?;
            quote!(CrossRule::OnlySizes { when: #when, sizes: &[#(#sizes),*] })
        }
        ModelRule::PixelBounds {
            field,
            min_area,
            max_area,
            max_ratio,
            ..
        } => quote!(CrossRule::PixelBounds {
            field: #field, min_area: #min_area, max_area: #max_area, max_ratio: #max_ratio,
        }),
    })
}

fn when(condition: &Condition) -> TokenStream {
    let Condition { field, one_of } = condition;
    quote!(When { field: #field, one_of: &[#(#one_of),*] })
}

/// Generates the branch of each request that accepts any other model: its `model` has no enum.
fn unlisted(contract: &Value, rules: &mut Rules<'_>) -> Result<TokenStream> {
    let mut rows = TokenStream::new();
    for operation in operations(contract) {
        let at = format!(
            "{}/requestBody/content/application~1json/schema",
            operation.pointer()
        );
        let Ok((_, body)) = follow(contract, &at) else {
            continue;
        };
        for choice in pointer::items(body, "/oneOf") {
            let model = resolve(contract, choice)?.pointer("/properties/model");
            if model.is_some_and(|model| model.get("enum").is_none()) {
                let Some(branch) = reference(choice) else {
                    bail!("a branch without a name");
                };
                let (fields, id) = (rules.fields_of(branch)?, operation.id);
                rows.extend(quote!(UnknownModelRow { operation: #id, fields: rules::#fields },));
            }
        }
    }
    Ok(rows)
}
