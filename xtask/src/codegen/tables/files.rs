//! All tables, and the module that holds them.

use anyhow::Result;
use quote::quote;

use super::{errors, limits, models, sizes, states};
use crate::codegen::source::Source;
use crate::contract::Contract;

/// The sources of all tables, and of the module that holds them.
pub(in crate::codegen) fn sources(contract: &Contract) -> Result<Vec<Source>> {
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
