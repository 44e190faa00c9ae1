//! `toapis schema`, `completions` and `man`: descriptions of the command itself.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::args::Cli;
use crate::cli_error::{CliError, Result};
use crate::console::{print_json, print_line};
use crate::exit_status::ExitStatus;
use crate::json_output;

/// Runs `toapis schema [NAME]`.
pub(crate) fn schema(name: Option<&str>) -> Result<()> {
    let schemas = json_output::schemas();
    let Some(name) = name else {
        return schemas.iter().try_for_each(|(name, _)| print_line(name));
    };
    if let Some((_, schema)) = schemas.iter().find(|(known, _)| *known == name) {
        return print_json(schema);
    }
    let known: Vec<_> = schemas.iter().map(|(name, _)| *name).collect();
    Err(CliError::usage(format!("unknown document `{name}`"))
        .hint(format!("Known documents: {}.", known.join(", "))))
}

/// Runs `toapis completions SHELL`.
pub(crate) fn completions(shell: Shell) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "toapis", &mut script);
    print_line(String::from_utf8_lossy(&script).trim_end())
}

/// Runs `toapis man [COMMAND]`.
pub(crate) fn man(command: Option<&str>) -> Result<()> {
    let mut whole = Cli::command();
    whole.build();
    let page = match command {
        None => whole,
        Some(name) => whole
            .find_subcommand(name)
            .cloned()
            .ok_or_else(|| CliError::usage(format!("unknown command `{name}`")))?,
    };
    let mut text = Vec::new();
    clap_mangen::Man::new(page)
        .render(&mut text)
        .map_err(|error| {
            CliError::new(ExitStatus::Error, "cannot write the manual page").caused_by(&error)
        })?;
    print_line(String::from_utf8_lossy(&text).trim_end())
}
