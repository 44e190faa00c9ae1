//! `x-errors`, `x-error-messages`, `x-task-errors`: the meaning of errors.

use std::collections::BTreeSet;

use anyhow::Result;
use proc_macro2::TokenStream;
use quote::quote;
use serde_json::Value;
use toapis_openapi::extensions::{
    ErrorMessages, Errors, Extension as _, Resend, TaskCreated, TaskErrors,
};

use super::{item, option};
use toapis_openapi::pointer;

use crate::error::{ResultExt as _, extension};
use crate::naming::{ident, type_name};
use crate::source::Source;

/// Generates the enum of categories and the three tables.
pub(super) fn source(contract: &Value) -> Result<Source> {
    let errors = extension(Errors::read(contract))?.0;
    let messages = extension(ErrorMessages::read(contract))?.0;
    let tasks = extension(TaskErrors::read(contract))?.0;

    let kinds = errors.iter().map(|row| &row.kind);
    let kinds = kinds.chain(messages.iter().map(|row| &row.kind));
    let kinds: BTreeSet<&String> = kinds.chain(tasks.iter().map(|row| &row.kind)).collect();

    let errors = table("x-errors", &errors, |row| {
        let (status, code) = (row.status, &row.code);
        let kind = category(&row.kind)?;
        let task_made = option(match row.task_created {
            TaskCreated::Yes => Some(true),
            TaskCreated::No => Some(false),
            TaskCreated::Unknown => None,
        });
        let retry_rule = match row.resend {
            Resend::Never => quote!(RetryRule::Never),
            Resend::Reads => quote!(RetryRule::Reads),
            Resend::AfterWait => quote!(RetryRule::AfterWait),
        };
        Ok(quote!(ErrorRow {
            status: #status, code: #code, category: #kind, task_made: #task_made, retry_rule: #retry_rule,
        },))
    })?;
    let messages = table("x-error-messages", &messages, |row| {
        let (message, kind) = (&row.message, category(&row.kind)?);
        Ok(quote!(MessageRow { message: #message, category: #kind },))
    })?;
    let tasks = table("x-task-errors", &tasks, |row| {
        let (code, kind) = (&row.code, category(&row.kind)?);
        Ok(quote!(TaskErrorRow { code: #code, category: #kind },))
    })?;

    let categories = kinds
        .iter()
        .map(|kind| {
            let (name, doc) = (ident(&type_name(kind))?, format!("`{kind}`."));
            Ok(quote!(#[doc = #doc] #name,))
        })
        .collect::<Result<Vec<_>>>()?;

    let tokens = quote! {
        use crate::catalog::{ErrorRow, MessageRow, RetryRule, TaskErrorRow};

        /// The category of an error: every `kind` in the error tables of the contract.
        ///
        /// Exhaustive: a new kind in the contract is a compile error where it must be handled.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(crate) enum ErrorCategory { #(#categories)* }

        /// The error codes of responses (`x-errors`).
        pub(crate) static ERRORS: &[ErrorRow] = &[#errors];

        /// Messages that are more specific than their code (`x-error-messages`).
        pub(crate) static MESSAGES: &[MessageRow] = &[#messages];

        /// The error codes of failed tasks (`x-task-errors`). Others occur.
        pub(crate) static TASK_ERRORS: &[TaskErrorRow] = &[#tasks];
    };
    let mut items = vec![
        item(Errors::POINTER, "generated::errors::ErrorCategory"),
        item(Errors::POINTER, "generated::errors::ERRORS"),
        item(ErrorMessages::POINTER, "generated::errors::MESSAGES"),
        item(TaskErrors::POINTER, "generated::errors::TASK_ERRORS"),
    ];
    for table in [Errors::POINTER, ErrorMessages::POINTER, TaskErrors::POINTER] {
        for (index, row) in pointer::items(contract, table).iter().enumerate() {
            let kind = type_name(row["kind"].as_str().unwrap_or_default());
            let path = format!("generated::errors::ErrorCategory::{kind}");
            items.push((format!("{table}/{index}/kind"), path));
        }
    }
    let source = Source::new(
        "crates/toapis/src/generated/errors.rs",
        "the meaning of errors.",
        tokens,
    )?;
    Ok(source.with_items(items))
}

fn table<T>(key: &str, rows: &[T], row: impl Fn(&T) -> Result<TokenStream>) -> Result<TokenStream> {
    rows.iter()
        .enumerate()
        .map(|(index, value)| row(value).at(&format!("/{key}/{index}"), key))
        .collect()
}

fn category(kind: &str) -> Result<TokenStream> {
    let name = ident(&type_name(kind))?;
    Ok(quote!(ErrorCategory::#name))
}
