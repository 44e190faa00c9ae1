//! `toapis upload`: uploads local images for use as references.

use std::path::PathBuf;

use toapis::Reference;

use crate::cli_error::Result;
use crate::client;
use crate::console::Console;
use crate::json_output::{UploadDocument, UploadedDocument};

/// Runs `toapis upload FILE...`.
pub(crate) async fn upload(
    console: Console,
    base_url: Option<&str>,
    files: &[PathBuf],
) -> Result<()> {
    let client = client::from_env(base_url)?;
    let mut uploads = Vec::with_capacity(files.len());
    for file in files {
        uploads.push(UploadedDocument {
            path: file.display().to_string(),
            url: client.upload_image(Reference::path(file)).await?,
        });
    }
    console.print(&UploadDocument { uploads }, |document| {
        document
            .uploads
            .iter()
            .map(|upload| upload.url.clone())
            .collect()
    })
}
