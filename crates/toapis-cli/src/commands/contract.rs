//! `toapis contract URL`: a service is run through its contract.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use toapis_contract::suite::{Report, RunErrorKind, Suite};

use crate::args::Contract;
use crate::console::Console;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::service;

/// A service on this machine is asked for a task so often; nobody pays for a look there.
const LOCAL_POLL: Duration = Duration::from_millis(250);

/// Says what it may cost, runs every case, and tells what was found; a case that failed is a failure of the command.
pub(crate) async fn contract(console: Console, args: &Contract) -> Result<()> {
    let url = args.url.as_deref().unwrap_or_default();
    let mut suite = Suite::new(url, &service::key()?)
        .map_err(|error| Failure::usage(error.to_string()))?
        .max_tasks(args.max_tasks);
    if let Some(seconds) = args.poll {
        suite = suite.poll_interval(Duration::from_secs(seconds));
    } else if suite.is_local() {
        suite = suite.poll_interval(LOCAL_POLL);
    }
    if let Some(seconds) = args.deadline {
        suite = suite.task_deadline(Duration::from_secs(seconds));
    }
    let plan = suite.plan();
    console.say(format!("{} cases; {}", plan.len(), plan.estimate_cost()));
    if args.max_tasks == 0 {
        console.say("allow tasks with --max-tasks N");
    }
    // Only what takes its time is told on the way: there are more than a thousand cases, and the report has them all.
    let report = plan
        .run(|case| {
            if case.milliseconds >= 1000 {
                console.say(format!("{} s  {}", case.milliseconds / 1000, case.name()));
            }
        })
        .await;
    if let Some(path) = &args.junit {
        write_whole(path, &report.to_junit())?;
    }
    if let Some(path) = &args.sarif {
        write_whole(path, &report.to_sarif())?;
    }
    console.answer(&report, |report| {
        vec![report.to_string().trim_end().to_owned()]
    })?;
    if report.passed() {
        return Ok(());
    }
    Err(failure(&report).after_the_answer())
}

/// Returns the error of a run that did not pass. What may be billed takes precedence over why the run failed.
fn failure(report: &Report) -> Failure {
    let unknown = report.summary.unknown_creates;
    if unknown > 0 {
        return Failure::new(
            Exit::Unknown,
            format!("the outcome of {unknown} creates is unknown; each may be billed"),
        )
        .hint("compare the account's usage with the tasks of the report before another run");
    }
    if let Some(error) = &report.error {
        let exit = match error.kind {
            RunErrorKind::Unauthorized => Exit::Auth,
            _ => Exit::Error,
        };
        return Failure::new(exit, error.message.clone());
    }
    Failure::new(
        Exit::Error,
        format!(
            "{} of {} cases break the contract",
            report.summary.failed,
            report.cases.len()
        ),
    )
}

/// A report is there whole or not at all.
fn write_whole(path: &Path, text: &str) -> Result<()> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    // Readable as any other file is; a temporary one is its owner's alone unless told.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let written = builder.tempfile_in(folder).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)
    });
    written.map(drop).map_err(|error| {
        Failure::new(Exit::Error, format!("cannot write {}", path.display())).caused_by(&error)
    })
}
