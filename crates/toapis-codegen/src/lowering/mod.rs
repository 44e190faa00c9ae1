//! Lowers `openapi.yaml` to the document that progenitor gets: one function for each transform.
//!
//! The contract is written for its readers and for other tools, not for the generator. What the
//! generator rejects, or would turn into a type that fails at run time, is changed in memory, only
//! here. A transform returns every place that it changed, so that a test can compare the list with
//! the real differences. A transform that finds nothing to change is an error: a name is misspelt,
//! or the transform is no longer needed.

mod operations;
mod request;
mod response;

use anyhow::{Context, Result, anyhow};

use serde_json::Value;
use toapis_openapi::operations::SCHEMAS;
use toapis_openapi::pointer::entries;

use crate::error::ResultExt as _;

/// The crate that a lowered document is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// `toapis-client`.
    Client,
    /// `toapis-mock`: the types of the client, and typed errors.
    Mock,
}

/// A transform of the document.
pub struct Transform {
    /// The name in tests and messages.
    pub name: &'static str,
    /// Why the generator cannot use the contract as written.
    pub reason: &'static str,
    /// The crates whose documents need it.
    pub targets: &'static [Target],
    /// Transforms the second document; the first is the original. Returns the JSON pointers of all
    /// changed, removed and added places.
    apply: fn(&Value, &mut Value) -> Result<Vec<String>>,
}

const BOTH: &[Target] = &[Target::Client, Target::Mock];

/// All transforms, in the order of their application.
pub const TRANSFORMS: &[Transform] = &[
    Transform {
        name: "drop multipart operations",
        reason: "progenitor refuses the whole document for one multipart body; the operation is written by hand in \
                 crates/toapis-client/src/upload.rs, and toapis_client::HAND_WRITTEN names it",
        targets: &[Target::Client],
        apply: operations::drop_multipart_operations,
    },
    Transform {
        name: "drop multipart bodies",
        reason: "progenitor refuses the whole document for one multipart body; a mock matches such an upload by method \
                 and path, and by whatever its inner httpmock value offers",
        targets: &[Target::Mock],
        apply: operations::drop_multipart_bodies,
    },
    Transform {
        name: "hide errors",
        reason: "a typed error turns an HTML 502, an empty 404 and JSON of another shape into a parse error that has lost \
                 status and headers; unlisted, every failed call is UnexpectedResponse with the raw response in it",
        targets: &[Target::Client],
        apply: operations::hide_errors,
    },
    Transform {
        name: "flatten requests",
        reason: "a oneOf becomes an untagged enum with a struct for each family of models; a request is one struct with \
                 the fields of all branches, and which of them a model takes is checked from the generated tables",
        targets: BOTH,
        apply: request::flatten_requests,
    },
    Transform {
        name: "free request scalars",
        reason: "a length, pattern or enum becomes a newtype or a closed enum that refuses what an unlisted model takes, \
                 while bounds of numbers and arrays are dropped in silence; all of them are checked in one place, from \
                 the generated tables",
        targets: BOTH,
        apply: request::free_request_scalars,
    },
    Transform {
        name: "free parameters",
        reason: "as for request scalars: a parameter is a plain string, and the guard in crates/toapis-client/src/hooks.rs \
                 keeps a path parameter in its place",
        targets: &[Target::Client],
        apply: request::free_parameters,
    },
    Transform {
        name: "free parameters of mocks",
        reason: "as for the client; and a list is matched by one of its items, since the generator would match it as one \
                 text, which a list has none of",
        targets: &[Target::Mock],
        apply: request::free_mock_parameters,
    },
    Transform {
        name: "name open enums",
        reason: "only a named schema can be replaced by a type of ours",
        targets: BOTH,
        apply: response::name_open_enums,
    },
    Transform {
        name: "relax responses",
        reason: "one missing field, one null, one value out of range or one new enum value would fail the whole answer of \
                 a task that is paid",
        targets: BOTH,
        apply: response::relax_responses,
    },
    Transform {
        name: "drop unused schemas",
        reason: "the branches of the flattened requests would each become a type that nothing uses",
        targets: BOTH,
        apply: operations::drop_unused_schemas,
    },
];

/// A lowered document, and the changes to it.
#[derive(Debug)]
pub struct LoweredDocument {
    /// The input of the generator.
    pub document: Value,
    /// The name of each transform with the places that it changed, in order.
    pub touched: Vec<(&'static str, Vec<String>)>,
}

/// Lowers the contract for `target`.
///
/// # Errors
///
/// A transform names something that the contract does not have, or finds nothing to change.
pub fn lower(contract: &Value, target: Target) -> Result<LoweredDocument> {
    let mut lowered = LoweredDocument {
        document: contract.clone(),
        touched: Vec::new(),
    };
    for transform in TRANSFORMS
        .iter()
        .filter(|transform| transform.targets.contains(&target))
    {
        let touched = (transform.apply)(contract, &mut lowered.document)
            .with_context(|| format!("lowering: cannot {}", transform.name))?;
        if touched.is_empty() {
            let error = anyhow!(
                "lowering: `{}` finds nothing to change; remove it from crates/toapis-codegen/src/lowering, and its hand-written counterpart: {}",
                transform.name,
                transform.reason
            );
            return Err(error).at("/paths", "openapi.yaml");
        }
        lowered.touched.push((transform.name, touched));
    }
    Ok(lowered)
}

/// Returns the open enums of a lowered document: each has a name, and its schema.
pub fn open_enums(derived: &Value) -> impl Iterator<Item = (&String, &serde_json::Value)> {
    entries(derived, SCHEMAS).filter(|(_, schema)| response::is_open_enum(schema))
}

/// Returns the ids of the operations with a body that the generator rejects.
#[must_use]
pub fn multipart_operations(contract: &Value) -> Vec<String> {
    operations::multipart(contract)
        .map(|operation| operation.id.to_owned())
        .collect()
}

/// Returns the value at a pointer, to change.
///
/// # Errors
///
/// The document has no such value: a misspelt name must not pass unnoticed.
fn value_mut<'d>(document: &'d mut Value, pointer: &str) -> Result<&'d mut Value> {
    document
        .pointer_mut(pointer)
        .with_context(|| format!("openapi.yaml has nothing at `{pointer}`"))
}

pub(crate) use request::only_part;
