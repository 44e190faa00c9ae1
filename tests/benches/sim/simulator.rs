//! The simulator in a process of its own, as `toapis sim` starts it but for its limits: they are not what is measured.

use std::error::Error;

use toapis_sim::{Account, Key, Simulator};

use crate::{child, runtime};

/// The key that every service of the bench takes.
pub(crate) const KEY: &str = "sk-bench";

/// Serves until the parent ends, after it has printed where.
pub(crate) fn play() -> Result<(), Box<dyn Error>> {
    runtime()?.block_on(async {
        let account = Account::new("bench").unlimited().key(Key::new(KEY));
        let simulator = Simulator::builder()
            .account(account)
            .rate_limits(false)
            .start()
            .await?;
        child::tell(simulator.base_url())?;
        std::future::pending::<()>().await;
        Ok(())
    })
}
