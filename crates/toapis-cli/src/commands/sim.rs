//! `toapis sim`: the local service, until it is interrupted.

use toapis_sim::Simulator;

use crate::args::Sim;
use crate::console::Console;
use crate::documents::SimDocument;
use crate::exit::Exit;
use crate::failure::{Failure, Result};

/// Prints where it is and what to set, then serves until Ctrl-C or the signal to terminate.
pub(crate) async fn sim(console: Console, args: &Sim) -> Result<()> {
    if !(args.speed.is_finite() && args.speed > 0.0) {
        return Err(Failure::usage(format!(
            "the speed must be a number above 0, not {}",
            args.speed
        )));
    }
    let simulator = Simulator::builder()
        .port(args.port)
        .files_port(args.files_port)
        .seed(args.seed)
        .speed(args.speed)
        .start()
        .await
        .map_err(|error| {
            Failure::new(Exit::Error, "the simulator cannot start")
                .caused_by(&error)
                .hint("Choose another port with --port, or 0 for a free one.")
        })?;
    let document = SimDocument {
        base_url: simulator.base_url().to_owned(),
        files_url: simulator.files_url().to_owned(),
        key: simulator.key().to_owned(),
    };
    console.answer(&document, |document| {
        vec![
            format!("export TOAPIS_BASE_URL={}", document.base_url),
            format!("export TOAPIS_API_KEY={}", document.key),
        ]
    })?;
    console.say("a simulator: nothing here costs anything; Ctrl-C ends it");
    interrupted().await;
    simulator.shutdown().await;
    console.say("ended");
    Ok(())
}

/// Until Ctrl-C, or on Unix the signal that service managers send.
async fn interrupted() {
    #[cfg(unix)]
    if let Ok(mut terminate) =
        tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
    {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        return;
    }
    // Without a handler there is nothing to wait for but the end of the process itself.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
