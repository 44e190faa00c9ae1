//! Reading the extensions of the contract: each look-up names what it did not find.

use anyhow::{Context, Result, bail};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use serde_json::Value;

use crate::contract::Contract;

/// The sources that a fact can have, with their names in `crate::catalog::Source`.
const SOURCES: [(&str, &str); 6] = [
    ("page", "Page"),
    ("docs", "Docs"),
    ("late", "Late"),
    ("live", "Live"),
    ("seen", "Seen"),
    ("inferred", "Inferred"),
];

/// A string.
pub(super) fn text<'v>(value: &'v Value, key: &str) -> Result<&'v str> {
    value
        .get(key)
        .and_then(Value::as_str)
        .with_context(|| format!("`{key}` is missing, or is not a string, in {value}"))
}

/// A number that is not negative.
pub(super) fn number(value: &Value, key: &str) -> Result<u64> {
    value
        .get(key)
        .and_then(Value::as_u64)
        .with_context(|| format!("`{key}` is missing, or is not a whole number, in {value}"))
}

/// The same, narrower.
pub(super) fn small(value: &Value, key: &str) -> Result<u32> {
    let number = number(value, key)?;
    u32::try_from(number).with_context(|| format!("`{key}` is too large: {number}"))
}

/// A list of strings; empty where the key is missing.
pub(super) fn texts<'v>(value: &'v Value, key: &str) -> Result<Vec<&'v str>> {
    let Some(list) = value.get(key) else {
        return Ok(Vec::new());
    };
    let list = list
        .as_array()
        .with_context(|| format!("`{key}` is not a list in {value}"))?;
    list.iter()
        .map(|item| {
            item.as_str()
                .with_context(|| format!("`{key}` holds {item}, which is not a string"))
        })
        .collect()
}

/// A list of whole numbers.
pub(super) fn numbers(value: &Value, key: &str) -> Result<Vec<u64>> {
    let list = value
        .get(key)
        .and_then(Value::as_array)
        .with_context(|| format!("`{key}` is missing, or is not a list, in {value}"))?;
    list.iter()
        .map(|item| {
            item.as_u64()
                .with_context(|| format!("`{key}` holds {item}, which is not a whole number"))
        })
        .collect()
}

/// What stands at a key of the root level.
pub(super) fn root<'c>(contract: &'c Contract, key: &str) -> Result<&'c Value> {
    contract
        .document()
        .get(key)
        .with_context(|| format!("openapi.yaml has no `{key}`"))
}

/// A name in Rust.
pub(in crate::codegen) fn ident(name: &str) -> Result<Ident> {
    syn::parse_str(name).with_context(|| format!("`{name}` is not a Rust name"))
}

/// `Some(..)` or `None` as tokens.
pub(in crate::codegen) fn option<T: quote::ToTokens>(value: Option<T>) -> TokenStream {
    value.map_or_else(|| quote!(None), |value| quote!(Some(#value)))
}

/// The `source` of a row of a table. Where nothing is said, the contract means `docs`.
pub(super) fn source(row: &Value) -> Result<TokenStream> {
    source_named(row.get("source").and_then(Value::as_str).unwrap_or("docs"))
}

/// A source by its name.
pub(super) fn source_named(name: &str) -> Result<TokenStream> {
    let Some((_, variant)) = SOURCES.iter().find(|(known, _)| *known == name) else {
        bail!("`{name}` is not a source; the contract's description lists them");
    };
    let variant = format_ident!("{variant}");
    Ok(quote!(Source::#variant))
}
