//! Changes to the code that progenitor writes, each for a reason.

mod base_url;
mod client;
mod field_access;
mod mock;
mod request_types;
mod split_requests;

use anyhow::Result;
use serde_json::Value;
use syn::File;

/// Changes the generated client.
pub(crate) fn client(file: &mut File) -> Result<()> {
    client::client(file)?;
    base_url::read_once(file);
    split_requests::part(file)?;
    field_access::by_name(file)
}

/// Changes the generated mocks. Their comments are taken from the contract.
pub(crate) fn mock(file: &mut File, contract: &Value) -> Result<()> {
    mock::mock(file, contract)
}
