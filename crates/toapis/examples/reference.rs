//! Generates an image from reference images: a local file, which is uploaded first, and a URL.
//!
//! Run: `cargo run --example reference -- cat.png`. Set `TOAPIS_API_KEY`, or start the simulator
//! with `cargo run -p toapis-cli -- sim` and export the variables that it prints.

use std::path::Path;

use toapis::{Client, ImageRequest, Reference};

/// Generates an image from a file and an optional second reference.
pub(crate) async fn run(
    client: Client,
    file: &Path,
    more: Option<Reference>,
    dir: &Path,
) -> Result<(), toapis::Error> {
    let request = ImageRequest::new("The same cat, in a spacesuit")
        .reference(file)
        .references(more);
    let done = client.images().generate(request).await?;
    let saved = done.images()[0].save_in(dir, "cat-in-space").await?;
    println!(
        "{} ({} bytes of {})",
        saved.path.display(),
        saved.size,
        saved.format
    );
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::args().nth(1).ok_or("which file?")?;
    run(Client::from_env()?, Path::new(&file), None, Path::new(".")).await?;
    Ok(())
}
