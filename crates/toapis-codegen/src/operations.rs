//! The operations of the contract as a table.

use anyhow::{Result, anyhow};
use quote::quote;
use serde_json::Value;

use toapis_openapi::operations::operations;

use crate::error::ResultExt as _;
use crate::naming::{function_name, ident};
use crate::source::Source;
use crate::tables::option;

/// Generates one constant for each operation, and the list of all.
pub(crate) fn source(contract: &Value) -> Result<Source> {
    let mut names = Vec::new();
    let mut items = Vec::new();
    let mut constants = Vec::new();
    for operation in operations(contract) {
        let function = function_name(operation.id);
        let name = ident(&function.to_uppercase())
            .at(&operation.pointer(), &format!("`{}`", operation.id))?;
        let method = match operation.method {
            "get" => quote!(Method::Get),
            "post" => quote!(Method::Post),
            "put" => quote!(Method::Put),
            "patch" => quote!(Method::Patch),
            "delete" => quote!(Method::Delete),
            other => {
                let error = anyhow!(
                    "toapis_client::Method has no name for the method `{other}`: give it one in crates/toapis-client/src/operation.rs, and in crates/toapis-codegen/src/operations.rs"
                );
                return Err(error).at(&operation.pointer(), &format!("`{}`", operation.id));
            }
        };
        let (id, path) = (operation.id, operation.path);
        let rate_limit = option(operation.rate_limit());
        let Some(is_idempotent) = operation
            .body
            .get("x-safe-to-repeat")
            .and_then(Value::as_bool)
        else {
            let error = anyhow!(
                "no `x-safe-to-repeat`: a retry must know whether the call may be repeated"
            );
            return Err(error).at(&operation.pointer(), &format!("`{id}`"));
        };
        let about = operation
            .body
            .get("summary")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let doc = format!("{about}: `{} {path}`.", operation.method.to_uppercase());
        constants.push(quote! {
            #[doc = #doc]
            pub const #name: Operation = Operation {
                id: #id,
                function: #function,
                method: #method,
                path: #path,
                rate_limit: #rate_limit,
                is_idempotent: #is_idempotent,
            };
        });
        items.push((operation.pointer(), name.to_string()));
        names.push(name);
    }
    let tokens = quote! {
        use crate::operation::{Method, Operation};

        /// Every operation of the contract.
        pub const OPERATIONS: &[Operation] = &[#(#names),*];

        #(#constants)*
    };
    let source = Source::new(
        "crates/toapis-client/src/generated/operations.rs",
        "what the contract says of each operation beside its types.",
        tokens,
    )?;
    Ok(source.with_items(items))
}
