//! When an answer is lost and no one can tell what became of it: keep the id, ask later, and pay twice only if you say so.
//!
//! `cargo run --example unknown_outcome`, with `TOAPIS_API_KEY` set, or what `cargo run -p toapis-cli -- sim` prints in another shell.

use std::time::Duration;

use toapis::{Client, SubmissionOutcome, Task};

/// Submits, and on a doubt asks once more some time later. `None` where it stays in doubt.
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
            // Still nothing is sent again. `prepared.resubmit()` would be the word for it.
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
        None => println!("Still in doubt. Look at the balance before you send it again."),
    }
    Ok(())
}
