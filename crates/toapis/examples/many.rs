//! Generates many images, as fast as the account's rate limit allows.
//!
//! Run: `cargo run --example many`. Set `TOAPIS_API_KEY`, or start the simulator with
//! `cargo run -p toapis-cli -- sim` and export the variables that it prints.

use std::path::Path;

use futures_util::{StreamExt, stream};
use toapis::Client;

/// Generates an image for each prompt. Returns the number of saved images.
pub(crate) async fn run(client: Client, prompts: Vec<String>, dir: &Path) -> usize {
    let mut results = client
        .images()
        .generate_many(stream::iter(prompts))
        .max_in_flight(20)
        .as_completed();
    let mut saved = 0;
    while let Some((number, result)) = results.next().await {
        let result = match result {
            Ok(done) => {
                done.images()[0]
                    .save_in(dir, format!("image-{number}"))
                    .await
            }
            Err(error) => Err(error),
        };
        match result {
            Ok(file) => {
                saved += 1;
                println!("{number}: {}", file.path.display());
            }
            Err(error) => eprintln!("{number}: {error}"),
        }
    }
    saved
}

#[tokio::main]
async fn main() -> Result<(), toapis::Error> {
    let prompts = ["a cat", "a dog", "a newt"].map(|animal| format!("{animal} on the moon"));
    run(Client::from_env()?, prompts.into(), Path::new(".")).await;
    Ok(())
}
