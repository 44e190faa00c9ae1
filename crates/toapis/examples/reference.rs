//! A picture from pictures: a local file, which is uploaded first, beside one that the service fetches itself.
//!
//! `cargo run --example reference -- cat.png`, the picture of the example `first`, with `TOAPIS_API_KEY` set, or what
//! `cargo run -p toapis-cli -- sim` prints in another shell.

use std::path::Path;

use toapis::{Client, ImageRequest, Reference};

/// Makes a picture of the one in this file.
pub(crate) async fn run(
    client: Client,
    file: &Path,
    more: Option<Reference>,
    folder: &Path,
) -> Result<(), toapis::Error> {
    let request = ImageRequest::new("The same cat, in a spacesuit")
        .reference(file)
        .references(more);
    let done = client.images().generate(request).await?;
    let saved = done.images()[0].save_in(folder, "cat-in-space").await?;
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
