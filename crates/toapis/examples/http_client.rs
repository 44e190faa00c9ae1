//! Uses a proxy, and an HTTP client of the application.
//!
//! Run: `cargo run --example http_client -- http://proxy.example.com:3128`; the proxy is optional.
//! Set `TOAPIS_API_KEY`, or start the simulator with
//! `cargo run -p toapis-cli -- sim` and export the variables that it prints.

use toapis::reqwest::Proxy;
use toapis::{Balance, ClientBuilder};

/// Fetches the balance through a proxy. Without this setting, `HTTPS_PROXY` and `NO_PROXY` apply.
pub(crate) async fn through_proxy(
    builder: ClientBuilder,
    proxy: &str,
) -> Result<Balance, Box<dyn std::error::Error>> {
    let proxy = Proxy::all(proxy)?;
    // Only these settings change; TLS and redirects stay under control of the SDK.
    let client = builder
        .configure_http(|http| http.proxy(proxy).pool_max_idle_per_host(4))
        .build()?;
    Ok(client.balance().await?)
}

/// Fetches the balance with an HTTP client that the application uses elsewhere, too.
pub(crate) async fn shared(
    builder: ClientBuilder,
    http: toapis::reqwest::Client,
) -> Result<Balance, toapis::Error> {
    builder.http_client(http).build()?.balance().await
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    if let Some(proxy) = std::env::args().nth(1) {
        let balance = through_proxy(ClientBuilder::from_env(), &proxy).await?;
        println!("{balance:?}");
    }
    // An HTTP client of the application, with its own TLS.
    let http = toapis::reqwest::Client::builder().build()?;
    println!("{:?}", shared(ClientBuilder::from_env(), http).await?);
    Ok(())
}
