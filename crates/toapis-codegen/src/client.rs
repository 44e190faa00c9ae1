//! `toapis-client`, which progenitor generates from the lowered document.

use anyhow::{Context, Result};
use progenitor::{GenerationSettings, Generator, InterfaceStyle, TagStyle, TypeImpl};
use quote::quote;

use serde_json::Value;

use crate::client_items::client_items;
use crate::source::{Source, catch_generator_panic};
use crate::{lowering, name_collisions, postprocess, typed};

/// Generates the client and its types. Errors have places in `contract`.
pub(crate) fn source(contract: &Value, derived: &Value) -> Result<Source> {
    let spec = typed::read(derived).context("the lowered document")?;
    let mut generator = Generator::new(&settings(derived, "crate::open_enums"));
    let tokens = catch_generator_panic(|| Ok(generator.generate_tokens(&spec)?))
        .context("progenitor rejects the lowered document")?;
    let mut file: syn::File =
        syn::parse2(tokens).context("progenitor's tokens are not a Rust file")?;
    name_collisions::check(&file, contract)?;
    postprocess::client(&mut file)?;
    name_collisions::check(&file, contract)?;
    let items = client_items(&file, contract);
    Ok(Source::from_file(
        "crates/toapis-client/src/generated/client.rs",
        "the client, one function an operation, and its types.",
        file,
    )
    .with_items(items))
}

pub(crate) fn module() -> Result<Source> {
    let tokens = quote! {
        pub mod client;
        pub mod open_enums;
        pub mod operations;
    };
    Source::new(
        "crates/toapis-client/src/generated/mod.rs",
        "what the contract says of the wire.",
        tokens,
    )
}

/// Returns the settings that client and mocks share, so that their types are the same. `enums` is
/// the path of the module with the open enums.
pub(crate) fn settings(derived: &Value, enums: &str) -> GenerationSettings {
    let mut settings = GenerationSettings::new();
    settings
        // The compiler checks required arguments, and a call can be repeated since it borrows them.
        .with_interface(InterfaceStyle::Positional)
        .with_tag(TagStyle::Merged)
        .with_derive("PartialEq");
    for (name, _) in lowering::open_enums(derived) {
        let impls = [TypeImpl::Display, TypeImpl::FromStr].into_iter();
        settings.with_replacement(name, format!("{enums}::{name}"), impls);
    }
    settings
}
