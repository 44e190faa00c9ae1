//! `toapis-mock`: progenitor's httpmock generator on the document with its errors typed.

use anyhow::{Context, Result};
use progenitor::Generator;
use quote::quote;

use super::source::{Source, guarded};
use super::{client, trim_mock, unique};
use crate::contract::Contract;
use crate::keywords;

/// The typed mocks. Their comments are taken from `contract`.
pub(super) fn source(contract: &Contract, derived: &Contract) -> Result<Source> {
    let spec = keywords::typed(derived).context("the derived document")?;
    let mut generator = Generator::new(&client::settings(derived, "toapis_client::open_enums"));
    let tokens = guarded(|| Ok(generator.httpmock(&spec, "toapis_client")?))
        .context("progenitor refuses the derived document")?;
    let mut file: syn::File =
        syn::parse2(tokens).context("progenitor's tokens are not a Rust file")?;
    trim_mock::mock(&mut file, contract)?;
    unique::check(&file, contract)?;
    Ok(Source::from_file(
        "crates/toapis-mock/src/generated/mock.rs",
        "typed `when` and `then`, one pair an operation.",
        file,
    ))
}

pub(super) fn module() -> Result<Source> {
    Source::new(
        "crates/toapis-mock/src/generated/mod.rs",
        "the typed mocks.",
        quote!(
            pub(crate) mod mock;
        ),
    )
}
