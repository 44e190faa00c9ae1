//! `toapis contract URL`: tests a service against the contract.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use toapis_conformance::{Report, RunErrorKind, Suite};

use crate::args::Contract;
use crate::cli_error::{CliError, Result};
use crate::client;
use crate::console::Console;
use crate::exit_status::ExitStatus;

/// A service on loopback is polled this often, since polls there are free.
const LOOPBACK_POLL_INTERVAL: Duration = Duration::from_millis(250);

/// Prints the possible cost, runs every case and prints the report.
///
/// # Errors
///
/// [`ExitStatus::Error`] if a case fails.
pub(crate) async fn contract(console: Console, args: &Contract) -> Result<()> {
    let url = args.url.as_deref().unwrap_or_default();
    let mut suite = Suite::new(url, &client::api_key()?)
        .map_err(|error| CliError::usage(error.to_string()))?
        .max_tasks(args.max_tasks);
    if let Some(interval) = args.poll_interval {
        suite = suite.poll_interval(interval);
    } else if suite.is_local() {
        suite = suite.poll_interval(LOOPBACK_POLL_INTERVAL);
    }
    if let Some(timeout) = args.timeout {
        suite = suite.task_timeout(timeout);
    }
    let plan = suite.plan();
    console.status(format!("{} cases; {}", plan.len(), plan.estimate_cost()));
    if args.max_tasks == 0 {
        console.status("use `--max-tasks N` to allow creating tasks");
    }
    // Only slow cases are printed at once: there are more than a thousand, and the report has all.
    let report = plan
        .run(|case| {
            if case.milliseconds >= 1000 {
                console.status(format!("{} s  {}", case.milliseconds / 1000, case.name()));
            }
        })
        .await;
    if let Some(path) = &args.junit {
        write_atomic(path, &report.to_junit())?;
    }
    if let Some(path) = &args.sarif {
        write_atomic(path, &report.to_sarif())?;
    }
    console.print(&report, |report| {
        vec![report.to_string().trim_end().to_owned()]
    })?;
    if report.passed() {
        return Ok(());
    }
    Err(error_of(&report).already_printed())
}

/// Returns the error of a run that did not pass. A task that may be billed matters more than the
/// reason.
fn error_of(report: &Report) -> CliError {
    let unknown = report.summary.unknown_creates;
    if unknown > 0 {
        return CliError::new(
            ExitStatus::Unknown,
            match unknown {
                1 => "the outcome of a create is unknown; it may be billed".to_owned(),
                _ => format!("the outcome of {unknown} creates is unknown; each may be billed"),
            },
        )
        .hint("Compare the account's usage with the tasks of the report before another run.");
    }
    if let Some(error) = &report.error {
        let exit = match error.kind {
            RunErrorKind::Unauthorized => ExitStatus::Auth,
            _ => ExitStatus::Error,
        };
        return CliError::new(exit, error.message.clone());
    }
    CliError::new(
        ExitStatus::Error,
        format!(
            "{} of {} cases violate the contract",
            report.summary.failed,
            report.cases.len()
        ),
    )
}

/// Writes a file so that it is complete or does not exist.
fn write_atomic(path: &Path, text: &str) -> Result<()> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    // A temporary file is readable only by its owner by default; the report should obey the umask.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let written = builder.tempfile_in(directory).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)
    });
    written.map(drop).map_err(|error| {
        CliError::new(
            ExitStatus::Error,
            format!("cannot write `{}`", path.display()),
        )
        .caused_by(&error)
    })
}
