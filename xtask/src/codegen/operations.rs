//! The operations of the contract as a table.

use anyhow::{Result, anyhow};
use quote::quote;
use serde_json::Value;

use super::located::Located as _;
use super::source::Source;
use super::tables::{ident, option};
use crate::contract::Contract;

/// One constant an operation, and the list of all.
pub(super) fn source(contract: &Contract) -> Result<Source> {
    let mut names = Vec::new();
    let mut constants = Vec::new();
    for operation in contract.operations() {
        let function = snake(operation.id);
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
                    "toapis_client::Method has no name for the method `{other}`: give it one in crates/toapis-client/src/operation.rs, and in xtask/src/codegen/operations.rs"
                );
                return Err(error).at(&operation.pointer(), &format!("`{}`", operation.id));
            }
        };
        let (id, path) = (operation.id, operation.path);
        let rate_limit = option(operation.body.get("x-rate-limit").and_then(Value::as_str));
        let Some(is_idempotent) = operation
            .body
            .get("x-safe-to-repeat")
            .and_then(Value::as_bool)
        else {
            let error = anyhow!("no `x-safe-to-repeat`: whoever sends it again must know");
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
        names.push(name);
    }
    let tokens = quote! {
        use crate::operation::{Method, Operation};

        /// Every operation of the contract.
        pub const OPERATIONS: &[Operation] = &[#(#names),*];

        #(#constants)*
    };
    Source::new(
        "crates/toapis-client/src/generated/operations.rs",
        "what the contract says of each operation beside its types.",
        tokens,
    )
}

/// `createImage` is `create_image`, as the generator names its functions.
#[must_use]
pub fn snake(id: &str) -> String {
    let mut name = String::new();
    for letter in id.chars() {
        if letter.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}
