//! `toapis status` and `toapis wait`: tasks that were made before.

use crate::args::Wait;
use crate::commands::waiting::{self, Patience};
use crate::console::Console;
use crate::documents::TaskDocument;
use crate::failure::Result;
use crate::interrupt::UnderWay;
use crate::output::Output;
use crate::service;

/// `toapis status ID`.
pub(crate) async fn status(console: Console, base_url: Option<&str>, id: &str) -> Result<()> {
    let snapshot = service::client(base_url)?.task(id).fetch().await?;
    console.answer(&waiting::document(&snapshot), lines)
}

/// The state, then what it led to.
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

/// `toapis wait ID`.
pub(crate) async fn wait(
    console: Console,
    under_way: &UnderWay,
    base_url: Option<&str>,
    args: &Wait,
) -> Result<()> {
    let output = Output::check(&args.waiting, 1)?;
    let task = service::client(base_url)?.task(&args.id);
    under_way.task(task.id());
    waiting::wait(
        console,
        &task,
        Patience::of(&args.waiting),
        output.as_ref(),
        false,
    )
    .await
}
