//! The Rust program of `README.md`; a test compares and runs it.

use toapis::{Client, ImageRequest, Size};

#[tokio::main]
async fn main() -> toapis::Result<()> {
    let client = Client::from_env()?; // TOAPIS_API_KEY, TOAPIS_BASE_URL
    let request =
        ImageRequest::new("A cat in a spacesuit walking on the moon").size(Size::Landscape16x9);
    let task = client.images().submit(request).await?; // returns the task id before waiting
    let done = task.wait().await?;
    done.images()[0].save("cat.png").await?;
    Ok(())
}
