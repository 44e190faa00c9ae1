//! What happens on the way, as it happens.
//!
//! `cargo run --example progress`, with `TOAPIS_API_KEY` set, or what `cargo run -p toapis-cli -- sim` prints in another shell.

use toapis::{Client, TaskUpdate};

/// Makes a picture and tells how it goes; gives what was told.
pub(crate) async fn run(client: Client) -> Result<Vec<String>, toapis::Error> {
    let mut told = Vec::new();
    let mut updates = client
        .images()
        .submit("A cat in a spacesuit")
        .await?
        .wait()
        .updates();
    while let Some(update) = updates.next().await {
        let line = match update? {
            TaskUpdate::Accepted(id) => format!("accepted as {id}"),
            TaskUpdate::Status(state) => format!("now {state}"),
            TaskUpdate::Progress(percent) => format!("{percent} %"),
            TaskUpdate::PollError(error) => format!("could not look ({error}); looking again"),
            TaskUpdate::Completed(done) => format!("there: {}", done.images()[0].url()),
            _ => continue,
        };
        println!("{line}");
        told.push(line);
    }
    Ok(told)
}

#[tokio::main]
async fn main() -> Result<(), toapis::Error> {
    run(Client::from_env()?).await.map(|_| ())
}
