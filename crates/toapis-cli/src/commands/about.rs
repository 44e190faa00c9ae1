//! What the command tells about itself: schemas, completions, manual pages.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::args::Cli;
use crate::console::{data, document};
use crate::documents;
use crate::exit::Exit;
use crate::failure::{Failure, Result};

/// `toapis schema [NAME]`.
pub(crate) fn schema(name: Option<&str>) -> Result<()> {
    let schemas = documents::schemas();
    let Some(name) = name else {
        return schemas.iter().try_for_each(|(name, _)| data(name));
    };
    if let Some((_, schema)) = schemas.iter().find(|(known, _)| *known == name) {
        return document(schema);
    }
    let known: Vec<_> = schemas.iter().map(|(name, _)| *name).collect();
    Err(
        Failure::usage(format!("there is no document named {name:?}"))
            .hint(format!("There are: {}.", known.join(", "))),
    )
}

/// `toapis completions SHELL`.
pub(crate) fn completions(shell: Shell) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "toapis", &mut script);
    data(String::from_utf8_lossy(&script).trim_end())
}

/// `toapis man [COMMAND]`.
pub(crate) fn man(command: Option<&str>) -> Result<()> {
    let mut whole = Cli::command();
    whole.build();
    let page = match command {
        None => whole,
        Some(name) => whole
            .find_subcommand(name)
            .cloned()
            .ok_or_else(|| Failure::usage(format!("there is no command named {name:?}")))?,
    };
    let mut text = Vec::new();
    clap_mangen::Man::new(page)
        .render(&mut text)
        .map_err(|error| {
            Failure::new(Exit::Error, "cannot write the manual page").caused_by(&error)
        })?;
    data(String::from_utf8_lossy(&text).trim_end())
}
