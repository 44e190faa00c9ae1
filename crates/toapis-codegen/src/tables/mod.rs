//! The tables of the SDK: `crates/toapis/src/generated/`, of the types in
//! `crates/toapis/src/catalog.rs`.

mod errors;
mod limits;
mod models;
mod rules;
mod sizes;
mod statuses;

use anyhow::Result;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use serde_json::Value;

use crate::source::Source;

/// Generates all tables, and the module that holds them.
pub(crate) fn sources(contract: &Value) -> Result<Vec<Source>> {
    let module = quote! {
        pub(crate) mod errors;
        pub(crate) mod limits;
        pub(crate) mod models;
        pub(crate) mod rules;
        pub(crate) mod sizes;
        pub(crate) mod statuses;
    };
    let models = models::source(contract)?;
    Ok(vec![
        Source::new(
            "crates/toapis/src/generated/mod.rs",
            "what the contract knows, as tables.",
            module,
        )?,
        errors::source(contract)?,
        limits::source(contract)?,
        models.table,
        models.rules,
        sizes::source(contract)?,
        statuses::source(contract)?,
    ])
}

/// Returns `Some(..)` or `None` as tokens.
pub(crate) fn option<T: ToTokens>(value: Option<T>) -> TokenStream {
    value.map_or_else(|| quote!(None), |value| quote!(Some(#value)))
}

/// Returns an item with the place that it is generated from.
fn item(pointer: &str, path: &str) -> (String, String) {
    (pointer.to_owned(), path.to_owned())
}
