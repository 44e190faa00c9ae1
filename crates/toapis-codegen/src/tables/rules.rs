//! JSON Schema as validation rules: one constant for each schema that a request uses.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;
use serde_json::{Map, Value};

use toapis_openapi::operations::SCHEMAS;
use toapis_openapi::pointer;
use toapis_openapi::reference::{reference, resolve};

use super::option;
use crate::error::ResultExt as _;
use crate::lowering::only_part;
use crate::naming::constant_name;

/// Keywords without a constraint, which any schema may have.
const ANNOTATIONS: [&str; 7] = [
    "type",
    "title",
    "description",
    "example",
    "deprecated",
    "x-source",
    "x-default",
];

/// Returns the constraints that a rule of a type supports. Any other keyword is an error: a
/// constraint that nothing enforces must not pass unnoticed.
fn keywords(kind: Option<&str>) -> &'static [&'static str] {
    match kind {
        Some("string") => &[
            "enum",
            "pattern",
            "minLength",
            "maxLength",
            "format",
            "x-ignore-case",
        ],
        Some("integer") => &[
            "enum",
            "minimum",
            "maximum",
            "exclusiveMinimum",
            "exclusiveMaximum",
            "format",
        ],
        Some("number") => &["minimum", "maximum"],
        Some("array") => &["items", "minItems", "maxItems"],
        Some("object") => &["properties", "required"],
        _ => &[],
    }
}

/// Checks that a rule supports all keywords of a schema.
fn check_keywords(map: &Map<String, Value>) -> Result<()> {
    let kind = map.get("type").and_then(Value::as_str);
    let supported = if map.contains_key("oneOf") {
        &["oneOf"]
    } else {
        keywords(kind)
    };
    // A constraint that holds for every value of the type.
    let is_no_limit = |keyword: &str| match (keyword, &map[keyword]) {
        ("format", Value::String(format)) => {
            kind == Some("number") && matches!(format.as_str(), "float" | "double")
        }
        (
            "nullable" | "uniqueItems" | "exclusiveMinimum" | "exclusiveMaximum",
            Value::Bool(set),
        ) => !set,
        // Objects are open, here and in JSON Schema.
        ("additionalProperties", Value::Bool(open)) => *open,
        ("additionalProperties", Value::Object(any)) => any.is_empty(),
        ("minItems" | "minProperties", least) => least == 0,
        _ => false,
    };
    let unknown = map.keys().find(|keyword| {
        let keyword = keyword.as_str();
        !ANNOTATIONS.contains(&keyword) && !supported.contains(&keyword) && !is_no_limit(keyword)
    });
    match unknown {
        None => Ok(()),
        Some(keyword) => {
            let of = match (map.contains_key("oneOf"), kind) {
                (true, _) => "beside `oneOf`".to_owned(),
                (false, Some(kind)) => format!("of type `{kind}`"),
                (false, None) => "without a type".to_owned(),
            };
            bail!(
                "the SDK's rules do not support `{keyword}` {of}: add it to crates/toapis-codegen/src/tables/rules.rs and crates/toapis/src/catalog.rs"
            )
        }
    }
}

/// Collects the rules of named schemas as they are used.
pub(super) struct Rules<'c> {
    contract: &'c Value,
    named: BTreeMap<String, TokenStream>,
}

impl<'c> Rules<'c> {
    pub(super) fn new(contract: &'c Value) -> Self {
        Self {
            contract,
            named: BTreeMap::new(),
        }
    }

    /// Returns the items of the file.
    pub(super) fn items(&self) -> Result<Vec<(String, String)>> {
        let names = self.named.keys();
        names
            .map(|name| {
                let path = format!("generated::rules::{}", constant_name(name)?);
                Ok((pointer::join(SCHEMAS, name), path))
            })
            .collect()
    }

    /// Returns all constants.
    pub(super) fn constants(self) -> TokenStream {
        self.named.into_values().collect()
    }

    /// Returns the constant with the fields of a named object schema.
    pub(super) fn fields_of(&mut self, schema_reference: &str) -> Result<Ident> {
        let name = pointer::last(schema_reference).to_owned();
        let ident = constant_name(&name)?;
        if !self.named.contains_key(&name) {
            let place = &*pointer::from_reference(schema_reference)
                .context("a schema outside of this document")?;
            let schema = self
                .contract
                .pointer(place)
                .with_context(|| format!("`{schema_reference}` leads nowhere"))?;
            let fields = self.branch(schema, place).at(place, &format!("`{name}`"))?;
            let doc = format!("The fields of `{name}`.");
            self.named.insert(
                name,
                quote! {
                    #[doc = #doc]
                    pub(crate) static #ident: &[Field] = &[#fields];
                },
            );
        }
        Ok(ident)
    }

    /// Returns a reference to the rule of the schema at the pointer `at`.
    fn rule_at(&mut self, schema: &Value, at: &str) -> Result<TokenStream> {
        if let Some(only) = only_part(schema) {
            return self.rule_at(only, &format!("{at}/allOf/0"));
        }
        let Some(target) = reference(schema) else {
            let rule = self.rule(schema, at)?;
            return Ok(quote!(&#rule));
        };
        let name = pointer::last(target).to_owned();
        let ident = constant_name(&name)?;
        if !self.named.contains_key(&name) {
            // Marked first: a schema may refer to itself.
            self.named.insert(name.clone(), TokenStream::new());
            let schema = resolve(self.contract, schema)?;
            let place = &*pointer::from_reference(target).unwrap_or_default();
            let rule = self.rule(schema, place).at(place, &format!("`{name}`"))?;
            let about = schema
                .get("description")
                .and_then(Value::as_str)
                .unwrap_or("A rule of the contract.");
            let doc = format!("`{name}`: {about}");
            self.named.insert(
                name,
                quote! {
                    #[doc = #doc]
                    pub(crate) static #ident: Rule = #rule;
                },
            );
        }
        Ok(quote!(&#ident))
    }

    fn rule(&mut self, schema: &Value, at: &str) -> Result<TokenStream> {
        let map = schema
            .as_object()
            .with_context(|| format!("{schema} is not a schema"))?;
        check_keywords(map)?;
        if let Some(choices) = map.get("oneOf") {
            let choices = choices.as_array().context("`oneOf` is not a list")?;
            let choices = choices
                .iter()
                .enumerate()
                .map(|(index, choice)| self.rule_at(choice, &format!("{at}/oneOf/{index}")))
                .collect::<Result<Vec<_>>>()?;
            return Ok(quote!(Rule::OneOf(&[#(#choices),*])));
        }
        Ok(match map.get("type").and_then(Value::as_str) {
            Some("string") => text(schema)?,
            Some("integer") => {
                let (min, max) = bounds(schema)?;
                let (min, max) = (option(min), option(max));
                let one_of = schema
                    .get("enum")
                    .and_then(Value::as_array)
                    .map(Vec::as_slice)
                    .unwrap_or_default();
                let one_of = one_of
                    .iter()
                    .map(|value| value.as_i64().context("not a whole number"))
                    .collect::<Result<Vec<_>>>()?;
                quote!(Rule::Integer { min: #min, max: #max, one_of: &[#(#one_of),*] })
            }
            Some("number") => {
                let bound = |key| {
                    option(
                        schema
                            .get(key)
                            .and_then(Value::as_f64)
                            .map(Literal::f64_unsuffixed),
                    )
                };
                let (min, max) = (bound("minimum"), bound("maximum"));
                quote!(Rule::Number { min: #min, max: #max })
            }
            Some("boolean") => quote!(Rule::Flag),
            Some("array") => {
                let item = map.get("items").context("an array without items")?;
                let item = self.rule_at(item, &format!("{at}/items"))?;
                let min = count(schema, "minItems")?.unwrap_or(0);
                let max = option(count(schema, "maxItems")?);
                quote!(Rule::List { min: #min, max: #max, item: #item })
            }
            Some("object") => {
                let fields = self.fields(schema, at)?;
                quote!(Rule::Object(&[#fields]))
            }
            None => quote!(Rule::Any),
            Some(other) => bail!("`{other}` is not a type"),
        })
    }

    /// Returns the fields of a branch, which may have no other constraints.
    fn branch(&mut self, schema: &Value, at: &str) -> Result<TokenStream> {
        let map = schema.as_object().context("it is not a schema")?;
        ensure!(
            map.get("type").and_then(Value::as_str) == Some("object"),
            "a request is of type `object`"
        );
        check_keywords(map)?;
        self.fields(schema, at)
    }

    fn fields(&mut self, schema: &Value, at: &str) -> Result<TokenStream> {
        let required = texts(schema, "required")?;
        let properties = schema.get("properties").and_then(Value::as_object);
        for name in &required {
            ensure!(
                properties.is_some_and(|properties| properties.contains_key(*name)),
                "`{name}` is required, but no property"
            );
        }
        properties
            .into_iter()
            .flatten()
            .map(|(name, property)| {
                // The model selects the rules, so it has none itself.
                let place = pointer::join(&format!("{at}/properties"), name);
                let rule = if name == "model" {
                    quote!(&Rule::Any)
                } else {
                    self.rule_at(property, &place)
                        .at(&place, &format!("`{name}`"))?
                };
                let required = required.contains(&name.as_str());
                Ok(quote!(Field { name: #name, required: #required, rule: #rule },))
            })
            .collect()
    }
}

fn text(schema: &Value) -> Result<TokenStream> {
    let min = count(schema, "minLength")?.unwrap_or(0);
    let max = option(count(schema, "maxLength")?);
    let one_of = texts(schema, "enum")?;
    let ignore_case = schema.get("x-ignore-case") == Some(&Value::Bool(true));
    let pattern = schema.get("pattern").and_then(Value::as_str);
    if let Some(pattern) = pattern {
        // The SDK ignores a pattern that its engine rejects.
        regex_lite::Regex::new(pattern).with_context(|| {
            format!("the regular expression engine of the SDK rejects the pattern `{pattern}`")
        })?;
    }
    let pattern = option(pattern);
    Ok(quote!(Rule::Text(Text {
        min_chars: #min,
        max_chars: #max,
        one_of: &[#(#one_of),*],
        ignore_case: #ignore_case,
        pattern: #pattern,
    })))
}

/// Returns the inclusive bounds of an integer, from its bounds and its format.
fn bounds(schema: &Value) -> Result<(Option<i64>, Option<i64>)> {
    let is_set = |key| schema.get(key) == Some(&Value::Bool(true));
    let (mut min, mut max) = (whole(schema, "minimum")?, whole(schema, "maximum")?);
    if is_set("exclusiveMinimum") {
        min = min.map(|min| min.saturating_add(1));
    }
    if is_set("exclusiveMaximum") {
        max = max.map(|max| max.saturating_sub(1));
    }
    let format = match schema.get("format").and_then(Value::as_str) {
        Some("int32") => Some((i64::from(i32::MIN), i64::from(i32::MAX))),
        Some("uint32") => Some((0, i64::from(u32::MAX))),
        Some("uint64" | "uint") => Some((0, i64::MAX)),
        None | Some("int64") => None,
        Some(other) => bail!("`{other}` is not a known integer format"),
    };
    if let Some((least, most)) = format {
        min = Some(min.map_or(least, |min| min.max(least)));
        max = Some(max.map_or(most, |max| max.min(most)));
    }
    Ok((min, max))
}

fn whole(schema: &Value, key: &str) -> Result<Option<i64>> {
    schema
        .get(key)
        .map(|value| {
            value
                .as_i64()
                .with_context(|| format!("`{key}` is not a whole number"))
        })
        .transpose()
}

fn count(schema: &Value, key: &str) -> Result<Option<u32>> {
    whole(schema, key)?
        .map(|value| {
            u32::try_from(value)
                .ok()
                .with_context(|| format!("`{key}` is out of range: {value}"))
        })
        .transpose()
}

/// Returns the list of strings at a key; empty if the key is missing.
fn texts<'v>(schema: &'v Value, key: &str) -> Result<Vec<&'v str>> {
    pointer::items(schema, &format!("/{key}"))
        .iter()
        .map(|item| {
            item.as_str()
                .with_context(|| format!("`{key}` contains {item}, which is not a string"))
        })
        .collect()
}
