//! Whom the command talks to: the service, or a simulator of its own.

use toapis::Client;
use toapis_sim::Simulator;

use crate::exit::Exit;
use crate::failure::{Failure, Result};

/// A client of the service, by the environment and `--base-url`.
///
/// # Errors
///
/// [`Exit::Auth`] without a key, [`Exit::Usage`] if the key or the URL cannot be used.
pub(crate) fn client(base_url: Option<&str>) -> Result<Client> {
    let mut builder = Client::builder().api_key(key()?);
    let from_env = std::env::var("TOAPIS_BASE_URL")
        .ok()
        .filter(|url| !url.is_empty());
    if let Some(url) = base_url.map(str::to_owned).or(from_env) {
        builder = builder.base_url(url);
    }
    Ok(builder.build()?)
}

/// The key, which the environment alone knows.
///
/// # Errors
///
/// [`Exit::Auth`] if there is none.
pub(crate) fn key() -> Result<String> {
    let key = std::env::var("TOAPIS_API_KEY").unwrap_or_default();
    if key.is_empty() {
        return Err(Failure::new(Exit::Auth, "there is no key: TOAPIS_API_KEY is not set").hint(
            "Set TOAPIS_API_KEY to a key from the service's console, or try `toapis generate ... --sim`, which needs none.",
        ));
    }
    Ok(key)
}

/// How many times faster than the service the command's own simulator is: a picture takes a second, not twenty.
const SPEED: f64 = 20.0;

/// A simulator on loopback, and a client that knows its key.
///
/// # Errors
///
/// [`Exit::Error`] if no port can be had.
pub(crate) async fn simulated() -> Result<(Simulator, Client)> {
    let simulator = Simulator::builder()
        .speed(SPEED)
        .start()
        .await
        .map_err(|error| {
            Failure::new(Exit::Error, "the simulator cannot start").caused_by(&error)
        })?;
    let client = Client::builder()
        .api_key(simulator.key())
        .base_url(simulator.base_url())
        // A proxy of the environment would be asked for this machine's own loopback.
        .configure_http(toapis::reqwest::ClientBuilder::no_proxy)
        .build()?;
    Ok((simulator, client))
}
