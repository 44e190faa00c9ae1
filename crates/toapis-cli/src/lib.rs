//! The `toapis` command as a library, so that tests can build it as a program of their own.

mod args;
mod cli_error;
mod client;
mod commands;
mod console;
mod exit_status;
mod in_flight;
mod json_output;
mod output;

use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command, Contract, ContractCommand};
use cli_error::{CliError, Result};
use console::Console;
use exit_status::ExitStatus;
use in_flight::InFlight;

/// Runs the command line of this process and returns its exit code.
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
            let error = CliError::new(ExitStatus::Error, "cannot start").caused_by(&error);
            console.error(&error);
            return error.exit().into();
        }
    };
    let result = runtime.block_on(run_interruptible(cli, console));
    // A blocking read of standard input would otherwise delay the exit after an interruption.
    runtime.shutdown_background();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            console.error(&error);
            error.exit().into()
        }
    }
}

async fn run_interruptible(cli: Cli, console: Console) -> Result<()> {
    // An interruption is the normal end of a server, and an error of every other command.
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
    let in_flight = InFlight::default();
    tokio::select! {
        // The signal handler must be installed before the command can create a task.
        biased;
        Ok(()) = tokio::signal::ctrl_c() => Err(in_flight.interrupted()),
        result = run(cli, console, &in_flight) => result,
    }
}

async fn run(cli: Cli, console: Console, in_flight: &InFlight) -> Result<()> {
    let base_url = cli.global.base_url.as_deref();
    match cli.command {
        Command::Generate(generate) => {
            commands::generate(console, in_flight, base_url, &generate).await
        }
        Command::Status(status) => commands::status(console, base_url, &status.id).await,
        Command::Wait(wait) => commands::wait(console, in_flight, base_url, &wait).await,
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
