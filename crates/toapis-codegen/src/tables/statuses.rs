//! `x-states`: the statuses of a task, and which are final.

use anyhow::{Context, Result};
use proc_macro2::TokenStream;
use quote::quote;
use serde_json::Value;
use toapis_openapi::extensions::{Extension as _, TaskStatuses};
use toapis_openapi::pointer;

use crate::error::{ResultExt as _, extension};
use crate::naming::{ident, variant_name};
use crate::open_enums::{enum_items, open_enum, values};
use crate::source::Source;

const STATUS: &str = "/components/schemas/TaskStatus";
const ABOUT: &str = "The status of a task.\n\nA status that the contract does not list is kept and is not final: the task is polled again.";

/// Generates the enum `TaskStatus` and its table.
pub(super) fn source(contract: &Value) -> Result<Source> {
    let statuses = extension(TaskStatuses::read(contract))?.0;
    let listed = contract.pointer(STATUS).map_or(Ok(Vec::new()), values);
    let listed = listed.at(STATUS, "TaskStatus")?;
    let rows = listed
        .iter()
        .map(|status| {
            let row = statuses
                .get(*status)
                .with_context(|| format!("x-states does not say whether `{status}` is final"))?;
            let is_final = row.is_final;
            let variant = ident(&variant_name(status))?;
            Ok(quote!(StatusRow {
                status: TaskStatus::#variant, is_final: #is_final },))
        })
        .collect::<Result<TokenStream>>()
        .at(STATUS, "TaskStatus")?;
    let values: Vec<_> = listed
        .iter()
        .map(|status| (*status, format!("`{status}`.")))
        .collect();
    let status = open_enum("TaskStatus", ABOUT, &values, None).at(STATUS, "TaskStatus")?;
    let tokens = quote! {
        use ::serde::{Deserialize, Serialize};
        use crate::catalog::{StatusRow, UnknownValue};

        #status

        /// All statuses of the contract.
        pub(crate) static STATUSES: &[StatusRow] = &[#rows];
    };
    let mut items = enum_items("TaskStatus", STATUS, &listed);
    items.extend(listed.iter().map(|status| {
        let at = pointer::join(TaskStatuses::POINTER, status);
        (at, format!("TaskStatus::{}", variant_name(status)))
    }));
    items.push((
        TaskStatuses::POINTER.to_owned(),
        "generated::statuses::STATUSES".to_owned(),
    ));
    let source = Source::new(
        "crates/toapis/src/generated/statuses.rs",
        "the statuses of a task.",
        tokens,
    )?;
    Ok(source.with_items(items))
}
