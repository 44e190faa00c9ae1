//! From a prompt to a picture on disk, in five lines.
//!
//! `cargo run --example first`, with `TOAPIS_API_KEY` set, or what `cargo run -p toapis-cli -- sim` prints in another shell.

use std::path::Path;
use std::time::Duration;

use toapis::{Client, ImageRequest, Size};

/// Makes a picture and saves it in a folder.
pub(crate) async fn run(client: Client, folder: &Path) -> Result<(), toapis::Error> {
    let request =
        ImageRequest::new("A cat in a spacesuit walking on the moon").size(Size::Landscape16x9);
    let task = client.images().submit(request).await?;
    println!("{}", task.id());
    let done = task.wait().timeout(Duration::from_mins(5)).await?;
    let saved = done.images()[0].save(folder.join("cat.png")).await?;
    println!("{}", saved.path.display());
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), toapis::Error> {
    run(Client::from_env()?, Path::new(".")).await
}
