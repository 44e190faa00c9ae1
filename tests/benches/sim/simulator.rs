//! The simulator in a separate process, as `toapis sim` starts it, but without rate limits.

use std::error::Error;

use toapis_sim::{Account, Key, Simulator};

use crate::{child, server_runtime};

/// The API key that all services of the bench accept.
pub(crate) const KEY: &str = "sk-bench";

/// Prints the base URL and serves until the parent ends.
pub(crate) fn run_role() -> Result<(), Box<dyn Error>> {
    server_runtime()?.block_on(async {
        let account = Account::new("bench").unlimited().key(Key::new(KEY));
        let simulator = Simulator::builder()
            .account(account)
            .rate_limits(false)
            .start()
            .await?;
        child::send_line(simulator.base_url())?;
        std::future::pending::<()>().await;
        Ok(())
    })
}
