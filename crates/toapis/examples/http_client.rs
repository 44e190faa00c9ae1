//! A proxy, and a client whose HTTP is your own.
//!
//! `cargo run --example http_client -- http://proxy.example.com:3128`, or without a proxy the second half alone, with `TOAPIS_API_KEY`
//! set, or what `cargo run -p toapis-cli -- sim` prints in another shell.

use toapis::reqwest::Proxy;
use toapis::{Balance, ClientBuilder};

/// Asks for the balance through a proxy. Where nothing is said, `HTTPS_PROXY` and `NO_PROXY` hold.
pub(crate) async fn through_proxy(
    builder: ClientBuilder,
    proxy: &str,
) -> Result<Balance, Box<dyn std::error::Error>> {
    let proxy = Proxy::all(proxy)?;
    // This crate's TLS and its rules stay; only what is said here changes.
    let client = builder
        .configure_http(|http| http.proxy(proxy).pool_max_idle_per_host(4))
        .build()?;
    Ok(client.balance().await?)
}

/// Asks for the balance over connections that the program shares with other things.
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
    // A client of the program's own, which brings its own TLS.
    let http = toapis::reqwest::Client::builder().build()?;
    println!("{:?}", shared(ClientBuilder::from_env(), http).await?);
    Ok(())
}
