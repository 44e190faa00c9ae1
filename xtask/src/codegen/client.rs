//! `toapis-client`: progenitor on the derived document.

use anyhow::{Context, Result};
use progenitor::{GenerationSettings, Generator, InterfaceStyle, TagStyle, TypeImpl};
use quote::quote;

use super::source::{Source, guarded};
use super::{base, fields, requests, trim, unique};
use crate::contract::Contract;
use crate::{keywords, overlay};

/// The client and its types.
///
/// Refusals get their places from `contract`.
pub(super) fn source(contract: &Contract, derived: &Contract) -> Result<Source> {
    let spec = keywords::typed(derived).context("the derived document")?;
    let mut generator = Generator::new(&settings(derived, "crate::open_enums"));
    let tokens = guarded(|| Ok(generator.generate_tokens(&spec)?))
        .context("progenitor refuses the derived document")?;
    let mut file: syn::File =
        syn::parse2(tokens).context("progenitor's tokens are not a Rust file")?;
    unique::check(&file, contract)?;
    trim::client(&mut file)?;
    base::read_once(&mut file);
    requests::part(&mut file)?;
    fields::by_name(&mut file)?;
    unique::check(&file, contract)?;
    Ok(Source::from_file(
        "crates/toapis-client/src/generated/client.rs",
        "the client, one function an operation, and its types.",
        file,
    ))
}

pub(super) fn module() -> Result<Source> {
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

/// The settings that client and mocks share, so that their types are the same. `enums` is where the open enums stand.
pub(super) fn settings(derived: &Contract, enums: &str) -> GenerationSettings {
    let mut settings = GenerationSettings::new();
    settings
        // Required arguments are the compiler's to check, and a call can be repeated since it borrows them.
        .with_interface(InterfaceStyle::Positional)
        .with_tag(TagStyle::Merged)
        .with_derive("PartialEq");
    for (name, _) in overlay::open_enums(derived) {
        let impls = [TypeImpl::Display, TypeImpl::FromStr].into_iter();
        settings.with_replacement(name, format!("{enums}::{name}"), impls);
    }
    settings
}
