//! `x-states`: the states of a task, and which are final.

use anyhow::{Context, Result};
use proc_macro2::TokenStream;
use quote::quote;
use serde_json::Value;

use super::read;
use crate::codegen::located::Located as _;
use crate::codegen::open_enums::{open_enum, variant};
use crate::codegen::source::Source;
use crate::contract::Contract;

const STATUS: &str = "/components/schemas/TaskStatus";
const ABOUT: &str = "Where a task stands.\n\nA state that the contract does not list is kept, and is not final: the task is asked for again.";

/// The enum `TaskStatus` and its table.
pub(super) fn source(contract: &Contract) -> Result<Source> {
    let schema = contract
        .at(STATUS)
        .with_context(|| format!("openapi.yaml has nothing at `{STATUS}`, which xtask/src/codegen/tables/states.rs reads"))
        .at("/components/schemas", "the states of a task")?;
    let states = read::texts(schema, "enum")?;
    let rows = states
        .iter()
        .map(|state| {
            let row = schema
                .get("x-states")
                .and_then(|rows| rows.get(state))
                .with_context(|| format!("x-states does not say whether `{state}` is final"))?;
            let is_final = row.get("final").and_then(Value::as_bool).with_context(|| format!("`final` of `{state}`"))?;
            let (variant, source) = (read::ident(&variant(state))?, read::source(row)?);
            Ok(quote!(StateRow { state: TaskStatus::#variant, is_final: #is_final, source: #source },))
        })
        .collect::<Result<TokenStream>>()
        .at(STATUS, "TaskStatus")?;
    let values: Vec<_> = states
        .iter()
        .map(|state| (*state, format!("`{state}`.")))
        .collect();
    let state = open_enum("TaskStatus", ABOUT, &values, None).at(STATUS, "TaskStatus")?;
    let tokens = quote! {
        use ::serde::{Deserialize, Serialize};
        use crate::catalog::{Source, StateRow, UnknownValue};

        #state

        /// Every state of the contract.
        pub(crate) static STATES: &[StateRow] = &[#rows];
    };
    Source::new(
        "crates/toapis/src/generated/states.rs",
        "the states of a task.",
        tokens,
    )
}
