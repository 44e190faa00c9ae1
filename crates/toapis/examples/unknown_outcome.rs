//! Handles a lost response whose outcome is unknown: keep the id, and look the task up later.
//!
//! Run: `cargo run --example unknown_outcome`. Set `TOAPIS_API_KEY`, or start the simulator with
//! `cargo run -p toapis-cli -- sim` and export the variables that it prints.

use std::time::Duration;

use toapis::{Client, SubmissionOutcome, Task};

/// Submits a request. If the outcome is unknown, looks the task up after `later`. Returns `None` if
/// the outcome is still unknown.
pub(crate) async fn run(client: Client, later: Duration) -> Result<Option<Task>, toapis::Error> {
    let prepared = client.images().prepare("A cat in a spacesuit")?;
    let error = match prepared.submit().await {
        Ok(task) => return Ok(Some(task)),
        Err(error) => error,
    };
    match error.outcome() {
        Some(SubmissionOutcome::Accepted(id)) => Ok(Some(client.task(id))),
        Some(SubmissionOutcome::Unknown(id)) => {
            eprintln!("{error}");
            tokio::time::sleep(later).await;
            // Nothing is sent again. `prepared.resubmit()` would do that.
            client.images().find_by_business_id(id).await
        }
        // No task was created and nothing was charged.
        _ => Err(error),
    }
}

#[tokio::main]
async fn main() -> Result<(), toapis::Error> {
    match run(Client::from_env()?, Duration::from_mins(5)).await? {
        Some(task) => println!("{}", task.id()),
        None => {
            println!("The outcome is still unknown. Check the balance before you submit again.");
        }
    }
    Ok(())
}
