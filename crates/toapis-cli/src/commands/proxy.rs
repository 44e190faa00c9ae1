//! `toapis contract proxy`: validates live traffic until a signal.

use std::net::{Ipv4Addr, SocketAddr};

use crate::args::Proxy;
use crate::cli_error::{CliError, Result};
use crate::commands::shutdown::shutdown_signal;
use crate::console::{Console, print_line};
use crate::exit_status::ExitStatus;

/// The recording drops the oldest exchanges above this number.
const MAX_RECORDED_EXCHANGES: usize = 10_000;

/// Prints the base URL for clients, each exchange on stderr, and the counts at the end.
pub(crate) async fn proxy(console: Console, args: &Proxy) -> Result<()> {
    let shutdown = shutdown_signal();
    let usage = |error: toapis_conformance::proxy::ProxyError| CliError::usage(error.to_string());
    let mut proxy = toapis_conformance::proxy::ProxyBuilder::new(&args.target)
        .map_err(usage)?
        .bind(SocketAddr::from((Ipv4Addr::LOCALHOST, args.port)))
        .on_exchange(move |exchange| console.status(exchange));
    if args.har.is_some() {
        proxy = proxy.record_last(MAX_RECORDED_EXCHANGES);
    }
    let proxy = proxy.start().await.map_err(usage)?;
    if console.json {
        console.status(format!("listening on {}", proxy.base_url()));
    } else {
        print_line(format!("export TOAPIS_BASE_URL={}", proxy.base_url()))?;
    }
    shutdown.await;
    if let Some(path) = &args.har {
        proxy.recording().write(path).map_err(|error| {
            CliError::new(
                ExitStatus::Error,
                format!("cannot write `{}`", path.display()),
            )
            .caused_by(&error)
        })?;
    }
    let stats = proxy.stats();
    console.print(&stats, |stats| vec![stats.to_string()])?;
    if stats.is_ok() {
        return Ok(());
    }
    Err(CliError::new(ExitStatus::Error, "some exchanges violate the contract").already_printed())
}
