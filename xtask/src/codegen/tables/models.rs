//! `x-models`: every known model with its rules.

use anyhow::{Context, Result, anyhow, bail, ensure};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::Value;

use super::rules::Rules;
use super::{read, sizes};
use crate::codegen::located::Located as _;
use crate::codegen::open_enums::open_enum;
use crate::codegen::source::Source;
use crate::contract::{Contract, reference};
use crate::pointer;

const ABOUT: &str = "A model that makes pictures.\n\n\
    The known ones and their rules are the contract's (`x-models`). Any other name is legal: the list of models grows \
    without notice, and the server judges it.";

/// The two files that come of the models.
pub(super) struct Models {
    pub(super) table: Source,
    pub(super) rules: Source,
}

/// The enum `Model`, its table, and the rules that the table refers to.
pub(super) fn source(contract: &Contract) -> Result<Models> {
    let mut rules = Rules::new(contract);
    let mut values = Vec::new();
    let mut names = Vec::new();
    let mut rows = TokenStream::new();
    let mut default = None;
    for (model, row) in contract.entries("/x-models") {
        let place = pointer::join("/x-models", model);
        let what = format!("x-models, `{model}`");
        let name = sizes::rust_name(row).at(&place, &what)?;
        rows.extend(model_row(contract, &mut rules, model, row).at(&place, &what)?);
        values.push((model.as_str(), comment(contract, model, row)?));
        names.push(name);
        if row.get("default") == Some(&Value::Bool(true))
            && let Some(other) = default.replace(name)
        {
            let error = anyhow!("one model is the `default`, and `{other}` is it already");
            return Err(error).at(&place, &what);
        }
    }
    let default = default
        .context("no model is the `default: true`, which a request that names none is for")
        .at("/x-models", "x-models")?;
    let default = format_ident!("{default}");
    let unlisted = unlisted(contract, &mut rules)?;
    let model = open_enum("Model", ABOUT, &values, Some(&names)).at("/x-models", "x-models")?;
    let tokens = quote! {
        use ::serde::{Deserialize, Serialize};

        use super::rules;
        use super::sizes::Size;
        use crate::catalog::{ModelRow, ReferenceForm, References, Resolution, CrossRule, Source, UnknownValue, Unlisted, When};

        #model

        /// The model of a request that names none: the one of the page that the contract began with.
        #[allow(clippy::derivable_impls, reason = "the default is data, and the enum is derived from other data")]
        impl Default for Model {
            fn default() -> Self {
                Self::#default
            }
        }

        /// Every known model (`x-models`).
        pub(crate) static MODELS: &[ModelRow] = &[#rows];

        /// What a model that is not known is held to.
        pub(crate) static UNLISTED: &[Unlisted] = &[#unlisted];
    };
    let constants = rules.constants();
    let rules = quote! {
        use crate::catalog::{Field, Rule, Source, Text};

        #constants
    };
    Ok(Models {
        table: Source::new(
            "crates/toapis/src/generated/models.rs",
            "the models.",
            tokens,
        )?,
        rules: Source::new(
            "crates/toapis/src/generated/rules.rs",
            "the rules of requests.",
            rules,
        )?,
    })
}

fn comment(contract: &Contract, model: &str, row: &Value) -> Result<String> {
    let place = read::text(row, "schema")?.trim_start_matches('#');
    let about = contract
        .at(place)
        .and_then(|schema| schema.get("description"))
        .and_then(Value::as_str)
        .unwrap_or_default();
    Ok(format!("`{model}`: {about}"))
}

fn model_row(
    contract: &Contract,
    rules: &mut Rules<'_>,
    model: &str,
    row: &Value,
) -> Result<TokenStream> {
    let schema = read::text(row, "schema")?;
    let fields = rules.fields_of(schema)?;
    let body = contract
        .at(schema.trim_start_matches('#'))
        .context("its schema leads nowhere")?;
    let names = read::texts(
        body.pointer("/properties/model")
            .context("its schema has no `model`")?,
        "enum",
    )?;
    let aliases = read::texts(row, "aliases")?;
    for name in aliases.iter().chain([&model]) {
        ensure!(
            names.contains(name),
            "`{name}` is not in the enum of `model` in {schema}"
        );
    }
    let operation = read::text(row, "operation")?;
    contract.operation(operation)?;
    let variant = format_ident!("{}", read::text(row, "name")?);
    let (references, resolution) = (
        references(contract, body, row)?,
        resolution(contract, body, row)?,
    );
    let sizes = match body.pointer("/properties/size") {
        Some(size) => enum_values(contract, size)?,
        None => Vec::new(),
    };
    let sizes = sizes
        .into_iter()
        .map(|size| sizes::variant(contract, size))
        .collect::<Result<Vec<_>>>()?;
    let cross = row
        .get("rules")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let cross = cross
        .map(|rule| cross_rule(contract, rule))
        .collect::<Result<Vec<_>>>()?;
    let sources = row
        .get("sources")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .map(|(field, source)| {
            let source = read::source_named(source.as_str().unwrap_or_default())?;
            Ok(quote!((#field, #source)))
        })
        .collect::<Result<Vec<_>>>()?;
    let notes = read::option(row.get("notes").and_then(Value::as_str));
    Ok(quote!(ModelRow {
        model: Model::#variant,
        name: #model,
        aliases: &[#(#aliases),*],
        operation: #operation,
        fields: rules::#fields,
        sizes: &[#(#sizes),*],
        references: #references,
        resolution: #resolution,
        rules: &[#(#cross),*],
        sources: &[#(#sources),*],
        notes: #notes,
    },))
}

fn references(contract: &Contract, body: &Value, row: &Value) -> Result<TokenStream> {
    let Some(row) = row.get("references") else {
        return Ok(quote!(None));
    };
    let (field, also, source) = (
        read::text(row, "field")?,
        read::texts(row, "also")?,
        read::source(row)?,
    );
    for field in also.iter().chain([&field]) {
        property(contract, body, field)?;
    }
    let form = match read::text(row, "form")? {
        "object" => quote!(ReferenceForm::Object),
        "string" => quote!(ReferenceForm::String),
        other => bail!("the form of a reference is object or string, not `{other}`"),
    };
    Ok(
        quote!(Some(References { field: #field, also: &[#(#also),*], form: #form, source: #source })),
    )
}

fn resolution(contract: &Contract, body: &Value, row: &Value) -> Result<TokenStream> {
    let Some(row) = row.get("resolution") else {
        return Ok(quote!(None));
    };
    let field = read::text(row, "field")?;
    let values = enum_values(contract, property(contract, body, field)?)?;
    let default = read::option(row.get("default").and_then(Value::as_str));
    Ok(quote!(Some(Resolution { field: #field, values: &[#(#values),*], default: #default })))
}

/// The schema of a field such as `metadata.resolution`.
fn property<'c>(contract: &'c Contract, body: &'c Value, path: &str) -> Result<&'c Value> {
    path.split('.').try_fold(body, |schema, name| {
        contract
            .resolve(schema)?
            .get("properties")
            .and_then(|properties| properties.get(name))
            .with_context(|| format!("its schema has no `{path}`"))
    })
}

/// The values of an enum, or of all enums of a `oneOf`.
fn enum_values<'c>(contract: &'c Contract, schema: &'c Value) -> Result<Vec<&'c str>> {
    let schema = contract.resolve(schema)?;
    match schema.get("oneOf").and_then(Value::as_array) {
        Some(choices) => {
            let lists = choices
                .iter()
                .map(|choice| enum_values(contract, choice))
                .collect::<Result<Vec<_>>>()?;
            Ok(lists.concat())
        }
        None => read::texts(schema, "enum"),
    }
}

fn cross_rule(contract: &Contract, rule: &Value) -> Result<TokenStream> {
    let source = read::source(rule)?;
    Ok(match read::text(rule, "rule")? {
        "sum_max" => {
            let (fields, max) = (read::texts(rule, "fields")?, read::small(rule, "max")?);
            quote!(CrossRule::SumMax { fields: &[#(#fields),*], max: #max, source: #source })
        }
        "requires" => {
            let (when, field) = (when(rule)?, read::text(rule, "field")?);
            quote!(CrossRule::Requires { when: #when, field: #field, source: #source })
        }
        "only_sizes" => {
            let when = when(rule)?;
            let sizes = read::texts(rule, "sizes")?;
            let sizes = sizes
                .into_iter()
                .map(|size| sizes::variant(contract, size))
                .collect::<Result<Vec<_>>>()?;
            quote!(CrossRule::OnlySizes { when: #when, sizes: &[#(#sizes),*], source: #source })
        }
        "pixel_bounds" => {
            let field = read::text(rule, "field")?;
            let (min_area, max_area) = (
                read::number(rule, "min_area")?,
                read::number(rule, "max_area")?,
            );
            let max_ratio = read::small(rule, "max_ratio")?;
            quote!(CrossRule::PixelBounds {
                field: #field, min_area: #min_area, max_area: #max_area, max_ratio: #max_ratio, source: #source,
            })
        }
        other => bail!(
            "`{other}` is not a rule: teach xtask/src/codegen/tables/models.rs and crates/toapis/src/catalog.rs"
        ),
    })
}

fn when(rule: &Value) -> Result<TokenStream> {
    let when = rule
        .get("when")
        .and_then(Value::as_object)
        .context("no `when`")?;
    let mut entries = when.iter();
    let (Some((field, _)), None) = (entries.next(), entries.next()) else {
        bail!("`when` is not one field")
    };
    let one_of = read::texts(&rule["when"], field)?;
    Ok(quote!(When { field: #field, one_of: &[#(#one_of),*] }))
}

/// The branch of each request that takes any other model: the one whose `model` has no enum.
fn unlisted(contract: &Contract, rules: &mut Rules<'_>) -> Result<TokenStream> {
    let mut rows = TokenStream::new();
    for operation in contract.operations() {
        let Some(body) = operation
            .body
            .get("requestBody")
            .and_then(|body| body.pointer("/content/application~1json/schema"))
        else {
            continue;
        };
        let choices = contract
            .resolve(body)?
            .get("oneOf")
            .and_then(Value::as_array);
        for choice in choices.into_iter().flatten() {
            let model = contract.resolve(choice)?.pointer("/properties/model");
            if model.is_some_and(|model| model.get("enum").is_none()) {
                let fields =
                    rules.fields_of(reference(choice).context("a branch without a name")?)?;
                let id = operation.id;
                rows.extend(quote!(Unlisted { operation: #id, fields: rules::#fields },));
            }
        }
    }
    Ok(rows)
}
