//! JSON Schema as rules that the SDK walks: one constant for each named schema that a request refers to.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;
use serde_json::{Map, Value};

use super::read;
use crate::codegen::located::Located as _;
use crate::contract::{Contract, reference};
use crate::pointer;

/// What constrains nothing, and may stand on any schema.
const NOTES: [&str; 7] = [
    "type",
    "title",
    "description",
    "example",
    "deprecated",
    "x-source",
    "x-default",
];

/// What a rule can say of a type besides. Any other keyword is an error: a constraint that nothing enforces must not pass in
/// silence.
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
        Some("integer") => &["enum", "minimum", "maximum"],
        Some("number") => &["minimum", "maximum"],
        Some("array") => &["items", "minItems", "maxItems"],
        Some("object") => &["properties", "required"],
        _ => &[],
    }
}

/// Makes sure that a schema says nothing that its rule does not.
fn sayable(map: &Map<String, Value>) -> Result<()> {
    let kind = map.get("type").and_then(Value::as_str);
    let sayable = if map.contains_key("oneOf") {
        &["oneOf"]
    } else {
        keywords(kind)
    };
    // A format that every value of its type has anyway.
    let is_no_limit = |keyword: &str| {
        let format = map.get("format").and_then(Value::as_str);
        keyword == "format"
            && matches!(
                (kind, format),
                (Some("integer"), Some("int64")) | (Some("number"), Some("float" | "double"))
            )
    };
    let unknown = map.keys().find(|keyword| {
        let keyword = keyword.as_str();
        !NOTES.contains(&keyword) && !sayable.contains(&keyword) && !is_no_limit(keyword)
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
                "the SDK's rules cannot say `{keyword}` {of}: teach xtask/src/codegen/tables/rules.rs and crates/toapis/src/tables.rs"
            )
        }
    }
}

/// Collects the rules of named schemas as they are referred to.
pub(super) struct Rules<'c> {
    contract: &'c Contract,
    named: BTreeMap<String, TokenStream>,
}

impl<'c> Rules<'c> {
    pub(super) fn new(contract: &'c Contract) -> Self {
        Self {
            contract,
            named: BTreeMap::new(),
        }
    }

    /// All constants.
    pub(super) fn constants(self) -> TokenStream {
        self.named.into_values().collect()
    }

    /// The constant with the fields of a named object schema.
    pub(super) fn fields_of(&mut self, schema_reference: &str) -> Result<Ident> {
        let name = pointer::last(schema_reference).to_owned();
        let ident = constant(&name)?;
        if !self.named.contains_key(&name) {
            let place = pointer::of_reference(schema_reference)
                .context("a schema outside of this document")?;
            let schema = self
                .contract
                .at(place)
                .with_context(|| format!("`{schema_reference}` leads nowhere"))?;
            let fields = self.branch(schema).at(place, &format!("`{name}`"))?;
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

    /// A reference to the rule of a schema, named or not.
    fn rule_at(&mut self, schema: &Value) -> Result<TokenStream> {
        let Some(target) = reference(schema) else {
            let rule = self.rule(schema)?;
            return Ok(quote!(&#rule));
        };
        let name = pointer::last(target).to_owned();
        let ident = constant(&name)?;
        if !self.named.contains_key(&name) {
            // Marks it first, so that a schema that refers to itself ends here.
            self.named.insert(name.clone(), TokenStream::new());
            let schema = self.contract.resolve(schema)?;
            let place = pointer::of_reference(target).unwrap_or_default();
            let rule = self.rule(schema).at(place, &format!("`{name}`"))?;
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

    fn rule(&mut self, schema: &Value) -> Result<TokenStream> {
        let map = schema
            .as_object()
            .with_context(|| format!("{schema} is not a schema"))?;
        sayable(map)?;
        if let Some(choices) = map.get("oneOf") {
            let choices = choices.as_array().context("`oneOf` is not a list")?;
            let choices = choices
                .iter()
                .map(|choice| self.rule_at(choice))
                .collect::<Result<Vec<_>>>()?;
            return Ok(quote!(Rule::OneOf(&[#(#choices),*])));
        }
        Ok(match map.get("type").and_then(Value::as_str) {
            Some("string") => text(schema)?,
            Some("integer") => {
                let (min, max) = (
                    read::option(whole(schema, "minimum")?),
                    read::option(whole(schema, "maximum")?),
                );
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
                    read::option(
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
                let item = self.rule_at(map.get("items").context("an array without items")?)?;
                let min = count(schema, "minItems")?.unwrap_or(0);
                let max = read::option(count(schema, "maxItems")?);
                quote!(Rule::List { min: #min, max: #max, item: #item })
            }
            Some("object") => {
                let fields = self.fields(schema)?;
                quote!(Rule::Object(&[#fields]))
            }
            None => quote!(Rule::Any),
            Some(other) => bail!("`{other}` is not a type"),
        })
    }

    /// The fields of a branch, of which nothing but its fields can be said.
    fn branch(&mut self, schema: &Value) -> Result<TokenStream> {
        let map = schema.as_object().context("it is not a schema")?;
        ensure!(
            map.get("type").and_then(Value::as_str) == Some("object"),
            "a request is of type `object`"
        );
        sayable(map)?;
        self.fields(schema)
    }

    fn fields(&mut self, schema: &Value) -> Result<TokenStream> {
        let required = read::texts(schema, "required")?;
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
                // The model is what chooses the rules, so it needs none of its own.
                let rule = if name == "model" { quote!(&Rule::Any) } else { self.rule_at(property).with_context(|| format!("`{name}`"))? };
                let resolved = self.contract.resolve(property)?;
                let inherited = |key: &str| property.get(key).or_else(|| resolved.get(key));
                let default = read::option(inherited("x-default").map(ToString::to_string));
                let source = read::source_named(inherited("x-source").and_then(Value::as_str).unwrap_or("docs"))?;
                let required = required.contains(&name.as_str());
                Ok(quote!(Field { name: #name, required: #required, rule: #rule, default: #default, source: #source },))
            })
            .collect()
    }
}

fn text(schema: &Value) -> Result<TokenStream> {
    let min = count(schema, "minLength")?.unwrap_or(0);
    let max = read::option(count(schema, "maxLength")?);
    let one_of = read::texts(schema, "enum")?;
    let ignore_case = schema.get("x-ignore-case") == Some(&Value::Bool(true));
    let pattern = schema.get("pattern").and_then(Value::as_str);
    if let Some(pattern) = pattern {
        // By the engine that the SDK has, which passes over what it cannot read.
        regex_lite::Regex::new(pattern).with_context(|| {
            format!("the SDK cannot read the pattern `{pattern}`, and would not hold anyone to it")
        })?;
    }
    let pattern = read::option(pattern);
    Ok(quote!(Rule::Text(Text {
        min_chars: #min,
        max_chars: #max,
        one_of: &[#(#one_of),*],
        ignore_case: #ignore_case,
        pattern: #pattern,
    })))
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
                .with_context(|| format!("`{key}` is no count that fits: {value}"))
        })
        .transpose()
}

fn constant(schema: &str) -> Result<Ident> {
    let mut name = String::new();
    let letters: Vec<char> = schema.chars().collect();
    for (index, letter) in letters.iter().enumerate() {
        let starts_word =
            letter.is_ascii_uppercase() && index > 0 && !letters[index - 1].is_ascii_uppercase();
        if starts_word {
            name.push('_');
        }
        name.push(letter.to_ascii_uppercase());
    }
    read::ident(&name)
}
