//! Creates SDK clients: of the service, or of a simulator inside the process.

use toapis::Client;
use toapis_sim::Simulator;

use crate::cli_error::{CliError, Result};
use crate::exit_status::ExitStatus;

/// Creates a client from the environment and `--base-url`.
///
/// # Errors
///
/// [`ExitStatus::Auth`] without an API key, [`ExitStatus::Usage`] if the key or the URL is invalid.
pub(crate) fn from_env(base_url: Option<&str>) -> Result<Client> {
    let mut builder = Client::builder().api_key(api_key()?);
    let from_env = std::env::var("TOAPIS_BASE_URL")
        .ok()
        .filter(|url| !url.is_empty());
    if let Some(url) = base_url.map(str::to_owned).or(from_env) {
        builder = builder.base_url(url);
    }
    Ok(builder.build()?)
}

/// Returns the API key of the environment.
///
/// # Errors
///
/// [`ExitStatus::Auth`] if it is missing.
pub(crate) fn api_key() -> Result<String> {
    let key = std::env::var("TOAPIS_API_KEY").unwrap_or_default();
    if key.is_empty() {
        return Err(
            CliError::new(ExitStatus::Auth, "no API key: `TOAPIS_API_KEY` is not set").hint(
                "Set `TOAPIS_API_KEY` to a key from the service's console, \
                 or add `--sim` to `toapis generate`, which needs no key.",
            ),
        );
    }
    Ok(key)
}

/// Speed of the simulator inside the process: an image takes about 1 s instead of 20 s.
const SPEED: f64 = 20.0;

/// Starts a simulator on loopback and creates a client for it.
///
/// # Errors
///
/// [`ExitStatus::Error`] if no port is available.
pub(crate) async fn simulated() -> Result<(Simulator, Client)> {
    let simulator = Simulator::builder()
        .speed(SPEED)
        .start()
        .await
        .map_err(|error| {
            CliError::new(ExitStatus::Error, "cannot start the simulator").caused_by(&error)
        })?;
    let client = Client::builder()
        .api_key(simulator.key())
        .base_url(simulator.base_url())
        // A proxy of the environment cannot reach this host's loopback.
        .configure_http(toapis::reqwest::ClientBuilder::no_proxy)
        .build()?;
    Ok((simulator, client))
}
