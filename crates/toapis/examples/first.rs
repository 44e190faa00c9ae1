//! Generates an image and saves it.
//!
//! Run: `cargo run --example first`. Set `TOAPIS_API_KEY`, or start the simulator with
//! `cargo run -p toapis-cli -- sim` and export the variables that it prints.

use std::path::Path;
use std::time::Duration;

use toapis::{Client, ImageRequest, Size};

/// Generates an image and saves it in a directory.
pub(crate) async fn run(client: Client, dir: &Path) -> Result<(), toapis::Error> {
    let request =
        ImageRequest::new("A cat in a spacesuit walking on the moon").size(Size::Landscape16x9);
    let task = client.images().submit(request).await?;
    println!("{}", task.id());
    let done = task.wait().timeout(Duration::from_mins(5)).await?;
    let saved = done.images()[0].save(dir.join("cat.png")).await?;
    println!("{}", saved.path.display());
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), toapis::Error> {
    run(Client::from_env()?, Path::new(".")).await
}
