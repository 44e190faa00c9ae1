//! The `toapis` command as a library, so that tests can build it under a name of their own. Only [`main`] is for others.

mod args;
mod commands;
mod console;
mod documents;
mod exit;
mod failure;
mod interrupt;
mod output;
mod service;

use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command, Contract, ContractCommand};
use console::Console;
use exit::Exit;
use failure::{Failure, Result};
use interrupt::UnderWay;

/// Reads the command line, does what it says and tells how it ended; the exit codes stand in `toapis --help`.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let console = Console {
        json: cli.global.json,
        quiet: cli.global.quiet,
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            let failure = Failure::new(Exit::Error, "cannot start").caused_by(&error);
            console.fail(&failure);
            return failure.exit().into();
        }
    };
    let ended = runtime.block_on(interruptible(cli, console));
    // Someone may still be typing the prompt that an interruption made needless.
    runtime.shutdown_background();
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            console.fail(&failure);
            failure.exit().into()
        }
    }
}

async fn interruptible(cli: Cli, console: Console) -> Result<()> {
    // A server ends by an interruption; for everything else it is a failure that must tell what goes on.
    match &cli.command {
        Command::Sim(sim) => return commands::sim(console, sim).await,
        Command::Contract(Contract {
            command: Some(ContractCommand::Proxy(proxy)),
            ..
        }) => {
            return commands::proxy(console, proxy).await;
        }
        _ => {}
    }
    let under_way = UnderWay::default();
    tokio::select! {
        // First the handler of the signal, and only then anything that an interruption has to tell of.
        biased;
        Ok(()) = tokio::signal::ctrl_c() => Err(under_way.interrupted()),
        ended = run(cli, console, &under_way) => ended,
    }
}

async fn run(cli: Cli, console: Console, under_way: &UnderWay) -> Result<()> {
    let base_url = cli.global.base_url.as_deref();
    match cli.command {
        Command::Generate(generate) => {
            commands::generate(console, under_way, base_url, &generate).await
        }
        Command::Status(status) => commands::status(console, base_url, &status.id).await,
        Command::Wait(wait) => commands::wait(console, under_way, base_url, &wait).await,
        Command::Sim(sim) => commands::sim(console, &sim).await,
        Command::Upload(upload) => commands::upload(console, base_url, &upload.files).await,
        Command::Models => commands::models(console, base_url).await,
        Command::Balance(balance) => commands::balance(console, base_url, balance.account).await,
        Command::Contract(args) => commands::contract(console, &args).await,
        Command::Schema(schema) => commands::schema(schema.name.as_deref()),
        Command::Completions { shell } => commands::completions(shell),
        Command::Man { command } => commands::man(command.as_deref()),
    }
}
