//! `toapis sim`: the local service, until it is interrupted.

use toapis_sim::{Account, Key, Simulator, SimulatorBuilder};

use crate::args::Sim;
use crate::commands::end::told_to_end;
use crate::console::Console;
use crate::documents::SimDocument;
use crate::exit::Exit;
use crate::failure::{Failure, Result};

/// Prints where it is and what to set, then serves until Ctrl-C or the signal to terminate.
pub(crate) async fn sim(console: Console, args: &Sim) -> Result<()> {
    let end = told_to_end();
    let simulator = builder(args)?
        .start()
        .await
        .map_err(|error| Failure::usage("the simulator cannot start").caused_by(&error))?;
    let document = SimDocument {
        base_url: simulator.base_url().to_owned(),
        files_url: simulator.files_url().to_owned(),
        admin_url: simulator.admin_url().map(str::to_owned),
        key: simulator.key().to_owned(),
    };
    console.answer(&document, |document| {
        vec![
            format!("export TOAPIS_BASE_URL={}", document.base_url),
            format!("export TOAPIS_API_KEY={}", document.key),
        ]
    })?;
    if let Some(url) = simulator.admin_url() {
        console.say(format!("look inside at {url}"));
    }
    console.say("a simulator: nothing here costs anything; Ctrl-C ends it");
    end.await;
    simulator.shutdown().await;
    console.say("ended");
    Ok(())
}

fn builder(args: &Sim) -> Result<SimulatorBuilder> {
    let mut builder = Simulator::builder()
        .port(args.port)
        .files_port(args.files_port)
        .seed(args.seed)
        .speed(args.speed)
        .rate_limits(!args.no_rate_limits)
        .accept_any_key(args.any_key)
        .accept_unknown_models(args.any_model);
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
            Failure::new(Exit::Usage, format!("cannot read {}", path.display())).caused_by(&error)
        })?;
        builder = builder.faults(rules);
    }
    for rule in &args.fault {
        builder = builder.faults(rule.as_str());
    }
    Ok(builder)
}
