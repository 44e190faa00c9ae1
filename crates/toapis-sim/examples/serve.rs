//! Serves until it is interrupted, without rate limits: `cargo run --release -p toapis-sim --example serve -- 8080`.

use std::env;

use toapis_sim::{Account, Key, Simulator};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port = env::args().nth(1).map_or(Ok(0), |port| port.parse())?;
    let account = Account::new("main").unlimited().key(Key::new("sk-example"));
    let sim = Simulator::builder()
        .port(port)
        .rate_limits(false)
        .account(account)
        .start()
        .await?;
    println!("{sim}");
    std::future::pending().await
}
