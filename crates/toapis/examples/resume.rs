//! Survives a crash at any point: the id is on disk before the request is sent.
//!
//! Run: `cargo run --example resume`, repeatedly. Set `TOAPIS_API_KEY`, or start the simulator with
//! `cargo run -p toapis-cli -- sim` and export the variables that it prints.

use std::path::Path;

use toapis::{BusinessId, Client};

/// Continues where the last run stopped: submits, waits or saves.
pub(crate) async fn run(client: Client, dir: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let (record, image) = (dir.join("task.json"), dir.join("cat.png"));
    if image.exists() {
        return Ok(());
    }
    let task = if let Ok(stored) = std::fs::read_to_string(&record) {
        // The id was stored before the request was sent. If the service knows it, the task is paid.
        let id: BusinessId = serde_json::from_str(&stored)?;
        let found = client.images().find_by_business_id(&id).await?;
        found.ok_or("the service knows no such task; remove task.json to submit again")?
    } else {
        let prepared = client.images().prepare("A cat in a spacesuit")?;
        std::fs::write(&record, serde_json::to_string(prepared.business_id())?)?;
        prepared.submit().await?
    };
    let done = task.wait().await?;
    let saved = done.images()[0].save(&image).await?;
    println!("{}", saved.path.display());
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    run(Client::from_env()?, Path::new(".")).await
}
