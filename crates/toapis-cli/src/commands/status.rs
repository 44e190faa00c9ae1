//! `toapis status`: prints the status of a task once.

use crate::cli_error::Result;
use crate::client;
use crate::commands::wait::task_document;
use crate::console::Console;
use crate::json_output::TaskDocument;

/// Runs `toapis status ID`.
pub(crate) async fn status(console: Console, base_url: Option<&str>, id: &str) -> Result<()> {
    let snapshot = client::from_env(base_url)?.task(id).fetch().await?;
    console.print(&task_document(&snapshot), lines)
}

/// Returns the status, then the error or the image URLs.
fn lines(document: &TaskDocument) -> Vec<String> {
    let mut lines = vec![match document.progress {
        Some(progress) => format!("{} {progress} %", document.status),
        None => document.status.clone(),
    }];
    if let Some(failure) = &document.failure {
        lines.extend(
            [&failure.code, &failure.message]
                .into_iter()
                .flatten()
                .cloned(),
        );
    }
    lines.extend(document.images.iter().map(|image| image.url.clone()));
    lines
}
