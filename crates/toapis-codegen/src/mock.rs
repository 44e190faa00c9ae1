//! `toapis-mock`: progenitor's httpmock generator on the document with its errors typed.

use anyhow::{Context, Result};
use progenitor::Generator;
use quote::quote;

use serde_json::Value;

use crate::client_items::mock_items;
use crate::source::{Source, catch_generator_panic};
use crate::{client, name_collisions, postprocess, typed};

/// Generates the typed mocks. Their comments are taken from `contract`.
pub(crate) fn source(contract: &Value, derived: &Value) -> Result<Source> {
    let spec = typed::read(derived).context("the lowered document")?;
    let mut generator = Generator::new(&client::settings(derived, "toapis_client::open_enums"));
    let tokens = catch_generator_panic(|| Ok(generator.httpmock(&spec, "toapis_client")?))
        .context("progenitor rejects the lowered document")?;
    let mut file: syn::File =
        syn::parse2(tokens).context("progenitor's tokens are not a Rust file")?;
    postprocess::mock(&mut file, contract)?;
    name_collisions::check(&file, contract)?;
    let items = mock_items(&file, contract);
    Ok(Source::from_file(
        "crates/toapis-mock/src/generated/mock.rs",
        "typed `when` and `then`, one pair an operation.",
        file,
    )
    .with_items(items))
}

pub(crate) fn module() -> Result<Source> {
    Source::new(
        "crates/toapis-mock/src/generated/mod.rs",
        "the typed mocks.",
        quote!(
            pub(crate) mod mock;
        ),
    )
}
