//! `toapis upload`: local pictures get a URL that a request can refer to.

use std::path::PathBuf;

use toapis::Reference;

use crate::console::Console;
use crate::documents::{UploadDocument, UploadedDocument};
use crate::failure::Result;
use crate::service;

/// `toapis upload FILE...`.
pub(crate) async fn upload(
    console: Console,
    base_url: Option<&str>,
    files: &[PathBuf],
) -> Result<()> {
    let client = service::client(base_url)?;
    let mut uploads = Vec::with_capacity(files.len());
    for file in files {
        uploads.push(UploadedDocument {
            path: file.display().to_string(),
            url: client.upload_image(Reference::path(file)).await?,
        });
    }
    console.answer(&UploadDocument { uploads }, |document| {
        document
            .uploads
            .iter()
            .map(|upload| upload.url.clone())
            .collect()
    })
}
