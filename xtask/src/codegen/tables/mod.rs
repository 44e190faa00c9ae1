//! The tables of the SDK: `crates/toapis/src/generated/`, over the types of `crates/toapis/src/tables.rs`.

mod errors;
mod limits;
mod models;
mod read;
mod rules;
mod sizes;
mod states;

use anyhow::Result;
use quote::quote;

pub(super) use read::option;

use super::source::Source;
use crate::contract::Contract;

/// All tables, and the module that holds them.
pub(super) fn sources(contract: &Contract) -> Result<Vec<Source>> {
    let module = quote! {
        pub(crate) mod errors;
        pub(crate) mod limits;
        pub(crate) mod models;
        pub(crate) mod rules;
        pub(crate) mod sizes;
        pub(crate) mod states;
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
        states::source(contract)?,
    ])
}
