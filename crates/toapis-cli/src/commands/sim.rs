//! `toapis sim`: runs the simulator until a signal.

use toapis_sim::{Account, Key, Simulator, SimulatorBuilder};

use crate::args::Sim;
use crate::cli_error::{CliError, Result};
use crate::commands::shutdown::shutdown_signal;
use crate::console::Console;
use crate::json_output::SimDocument;

/// Prints the environment variables for clients, then serves until Ctrl-C or SIGTERM.
pub(crate) async fn sim(console: Console, args: &Sim) -> Result<()> {
    let shutdown = shutdown_signal();
    let simulator = builder(args)?
        .start()
        .await
        .map_err(|error| CliError::usage("cannot start the simulator").caused_by(&error))?;
    let document = SimDocument {
        base_url: simulator.base_url().to_owned(),
        files_url: simulator.files_url().to_owned(),
        admin_url: simulator.admin_url().map(str::to_owned),
        key: simulator.key().to_owned(),
    };
    console.print(&document, |document| {
        vec![
            format!("export TOAPIS_BASE_URL={}", document.base_url),
            format!("export TOAPIS_API_KEY={}", document.key),
        ]
    })?;
    if let Some(url) = simulator.admin_url() {
        console.status(format!("inspector: {url}"));
    }
    console.status("simulator running; nothing is billed; press Ctrl-C to stop");
    shutdown.await;
    simulator.shutdown().await;
    console.status("stopped");
    Ok(())
}

fn builder(args: &Sim) -> Result<SimulatorBuilder> {
    let mut builder = Simulator::builder()
        .port(args.port)
        .files_port(args.files_port)
        .speed(args.speed)
        .rate_limits(!args.no_rate_limits)
        .accept_any_key(args.accept_any_key)
        .accept_unknown_models(args.accept_unknown_models);
    if let Some(seed) = args.seed {
        builder = builder.seed(seed);
    }
    if let Some(port) = args.admin_port {
        builder = builder.admin_port(port);
    }
    if args.credits.is_some() || args.group.is_some() {
        let mut account = Account::new("main").key(Key::generated());
        if let Some(credits) = args.credits {
            account = account.credits(credits);
        }
        if let Some(group) = &args.group {
            account = account.group(group);
        }
        builder = builder.account(account);
    }
    for preset in &args.preset {
        builder = builder.faults(format!("preset {preset}"));
    }
    if let Some(path) = &args.faults {
        let rules = std::fs::read_to_string(path).map_err(|error| {
            CliError::usage(format!("cannot read `{}`", path.display())).caused_by(&error)
        })?;
        builder = builder.faults(rules);
    }
    for rule in &args.fault {
        builder = builder.faults(rule.as_str());
    }
    Ok(builder)
}
