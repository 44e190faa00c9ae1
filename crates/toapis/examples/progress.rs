//! Prints the progress of a task.
//!
//! Run: `cargo run --example progress`. Set `TOAPIS_API_KEY`, or start the simulator with
//! `cargo run -p toapis-cli -- sim` and export the variables that it prints.

use toapis::{Client, TaskUpdate};

/// Generates an image and prints its progress. Returns the printed lines.
pub(crate) async fn run(client: Client) -> Result<Vec<String>, toapis::Error> {
    let mut lines = Vec::new();
    let mut updates = client
        .images()
        .submit("A cat in a spacesuit")
        .await?
        .wait()
        .updates();
    while let Some(update) = updates.next().await {
        let line = match update? {
            TaskUpdate::Accepted(id) => format!("accepted as {id}"),
            TaskUpdate::Status(status) => format!("now {status}"),
            TaskUpdate::Progress(percent) => format!("{percent} %"),
            TaskUpdate::PollError(error) => format!("poll failed ({error}); polling again"),
            TaskUpdate::Completed(done) => format!("completed: {}", done.images()[0].url()),
            _ => continue,
        };
        println!("{line}");
        lines.push(line);
    }
    Ok(lines)
}

#[tokio::main]
async fn main() -> Result<(), toapis::Error> {
    run(Client::from_env()?).await.map(|_| ())
}
