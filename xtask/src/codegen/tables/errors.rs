//! `x-errors`, `x-error-messages`, `x-task-errors`: what a refusal means.

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail};
use proc_macro2::TokenStream;
use quote::quote;
use serde_json::Value;

use super::read;
use crate::codegen::located::Located as _;
use crate::codegen::open_enums::pascal;
use crate::codegen::source::Source;
use crate::contract::Contract;

/// The enum of meanings and the three tables.
pub(super) fn source(contract: &Contract) -> Result<Source> {
    let errors = rows(contract, "x-errors")?;
    let messages = rows(contract, "x-error-messages")?;
    let tasks = rows(contract, "x-task-errors")?;

    let mut kinds = BTreeSet::new();
    for row in errors.iter().chain(messages).chain(tasks) {
        kinds.extend(row.get("kind").and_then(Value::as_str));
    }
    let errors = table("x-errors", errors, |row| {
        let status = u16::try_from(read::number(row, "status")?)?;
        let (code, kind, source) = (read::text(row, "code")?, kind(row)?, read::source(row)?);
        let task_made = match row.get("task_made") {
            Some(Value::Bool(made)) => quote!(Some(#made)),
            Some(Value::String(text)) if text == "unknown" => quote!(None),
            other => bail!("`task_made` is true, false or unknown, not {other:?}"),
        };
        let resend = match read::text(row, "resend")? {
            "never" => quote!(Resend::Never),
            "reads" => quote!(Resend::Reads),
            "after_wait" => quote!(Resend::AfterWait),
            other => bail!("`resend` is never, reads or after_wait, not `{other}`"),
        };
        Ok(quote!(ErrorRow {
            status: #status, code: #code, meaning: #kind, task_made: #task_made, resend: #resend, source: #source,
        },))
    })?;
    let messages = table("x-error-messages", messages, |row| {
        let (message, kind, source) = (read::text(row, "message")?, kind(row)?, read::source(row)?);
        Ok(quote!(MessageRow { message: #message, meaning: #kind, source: #source },))
    })?;
    let tasks = table("x-task-errors", tasks, |row| {
        let (code, kind, source) = (read::text(row, "code")?, kind(row)?, read::source(row)?);
        Ok(quote!(TaskErrorRow { code: #code, meaning: #kind, source: #source },))
    })?;

    let meanings = kinds
        .iter()
        .map(|kind| {
            let (name, doc) = (read::ident(&pascal(kind))?, format!("`{kind}`."));
            Ok(quote!(#[doc = #doc] #name,))
        })
        .collect::<Result<Vec<_>>>()?;

    let tokens = quote! {
        use crate::catalog::{ErrorRow, MessageRow, Resend, Source, TaskErrorRow};

        /// What a refusal means: every `kind` of the contract's error tables.
        ///
        /// Closed on purpose: a kind that the contract gains makes the compiler point at the match that must decide it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(crate) enum Meaning { #(#meanings)* }

        /// Codes of refusals (`x-errors`).
        pub(crate) static ERRORS: &[ErrorRow] = &[#errors];

        /// Messages that tell more than the code they come with (`x-error-messages`).
        pub(crate) static MESSAGES: &[MessageRow] = &[#messages];

        /// Codes of tasks that failed (`x-task-errors`). Others occur.
        pub(crate) static TASK_ERRORS: &[TaskErrorRow] = &[#tasks];
    };
    Source::new(
        "crates/toapis/src/generated/errors.rs",
        "what a refusal means.",
        tokens,
    )
}

fn rows<'c>(contract: &'c Contract, key: &str) -> Result<&'c [Value]> {
    read::root(contract, key)?
        .as_array()
        .map(Vec::as_slice)
        .with_context(|| format!("`{key}` is not a list"))
}

fn table(
    key: &str,
    rows: &[Value],
    row: impl Fn(&Value) -> Result<TokenStream>,
) -> Result<TokenStream> {
    rows.iter()
        .enumerate()
        .map(|(index, value)| {
            row(value).at(&format!("/{key}/{index}"), &format!("{key}, row {value}"))
        })
        .collect()
}

fn kind(row: &Value) -> Result<TokenStream> {
    let name = read::ident(&pascal(read::text(row, "kind")?))?;
    Ok(quote!(Meaning::#name))
}
