//! Generates the Rust code of the workspace from `openapi.yaml`.
//!
//! | file, below `crates/` | content | by |
//! | --- | --- | --- |
//! | `toapis-client/src/generated/client.rs` | client, types | progenitor, then `postprocess` |
//! | `toapis-client/src/generated/open_enums.rs` | enums that may grow | `open_enums` |
//! | `toapis-client/src/generated/operations.rs` | paths, rates, repeatability | `operations` |
//! | `toapis-mock/src/generated/mock.rs` | typed mocks | progenitor, then `postprocess` |
//! | `toapis/src/generated/*.rs` | sizes, models, limits, errors, statuses | `tables` |
//! | `toapis-contract/contract/*` | copies of the contract for the package | `artifacts` |
//!
//! progenitor reads the document that [`lowering`] derives from the contract. [`artifacts`] returns
//! these files, and [`apply`] writes them or compares them with those on
//! disk. The same contract always generates the same bytes, formatted as `cargo fmt` formats them.

mod artifacts;
mod client;
mod client_items;
mod contract_text;
mod deprecation;
mod error;
mod format;
mod item_map;
pub mod lowering;
mod mock;
mod name_collisions;
pub mod naming;
mod open_enums;
mod operations;
mod postprocess;
pub mod public_surface;
mod source;
mod syntax;
mod tables;
mod typed;
pub mod unsupported;

use std::path::Path;

use anyhow::Result;
use serde_json::Value;
use toapis_openapi::operations::inline_components;
use toapis_openapi::{Document, ReadError, overlay, read_text};

pub use artifacts::{Artifact, Change, DIRECTORIES, Mode, Outcome, apply, artifacts, write_atomic};
pub use error::SpecError;
pub use item_map::{ItemMap, RustItem};
use lowering::Target;
pub use source::{Items, Source};
pub use typed::unknown_keys;

/// Reads `openapi.yaml` of a workspace with its overlays. Returns its text and the document.
///
/// # Errors
///
/// A file cannot be read, or [`Document::parse_with_overlays`] rejects it.
pub fn read_contract(root: &Path) -> Result<(String, Document), ReadError> {
    let (file, name) = (root.join("openapi.yaml"), "openapi.yaml");
    let yaml = read_text(&file, name)?;
    let overlays = overlay::read_beside(&file)?;
    let document = Document::parse_with_overlays(&yaml, name, &overlays)?;
    Ok((yaml, document))
}

/// Generates all Rust files of a contract, not yet formatted.
///
/// # Errors
///
/// No code can be generated from the contract. If the error is about a place in the contract, it
/// has a [`SpecError`] as context.
pub fn sources(contract: &Value) -> Result<Vec<Source>> {
    typed::read(contract)?;
    unsupported::check(contract)?;
    let contract = contract_text::escape_texts(inline_components(contract)?);
    let contract = &deprecation::annotate_deprecated(contract);

    let for_client = lowering::lower(contract, Target::Client)?.document;
    let for_mock = lowering::lower(contract, Target::Mock)?.document;
    let mut sources = vec![
        client::source(contract, &for_client)?,
        client::module()?,
        open_enums::source(contract, &for_client)?,
        operations::source(contract)?,
        mock::source(contract, &for_mock)?,
        mock::module()?,
    ];
    sources.extend(tables::sources(contract)?);
    Ok(sources)
}
