//! A crash between submitting and saving loses nothing: the id is on disk before anything is waited for.
//!
//! `cargo run --example resume`, as often as it takes, with `TOAPIS_API_KEY` set, or what `cargo run -p toapis-cli -- sim` prints
//! in another shell.

use std::path::Path;

use toapis::{BusinessId, Client};

/// Goes on where the last run stopped, whether that came to submit, to wait or to save.
pub(crate) async fn run(client: Client, folder: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let (note, picture) = (folder.join("task.json"), folder.join("cat.png"));
    if picture.exists() {
        return Ok(());
    }
    let task = if let Ok(written) = std::fs::read_to_string(&note) {
        // The id was written before the first byte was sent. If the service knows it, that is the task, and it is paid.
        let id: BusinessId = serde_json::from_str(&written)?;
        let found = client.images().find_by_business_id(&id).await?;
        found.ok_or("the service knows no such task; remove the note to submit anew")?
    } else {
        let prepared = client.images().prepare("A cat in a spacesuit")?;
        std::fs::write(&note, serde_json::to_string(prepared.business_id())?)?;
        prepared.submit().await?
    };
    let done = task.wait().await?;
    let saved = done.images()[0].save(&picture).await?;
    println!("{}", saved.path.display());
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    run(Client::from_env()?, Path::new(".")).await
}
