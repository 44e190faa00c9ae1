//! Many at once: as fast as the account may, one that fails failing alone.
//!
//! `cargo run --example many`, with `TOAPIS_API_KEY` set, or what `cargo run -p toapis-cli -- sim` prints in another shell.

use std::path::Path;

use futures_util::{StreamExt, stream};
use toapis::Client;

/// Makes a picture of each prompt; gives how many there are in the end.
pub(crate) async fn run(client: Client, prompts: Vec<String>, folder: &Path) -> usize {
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
                    .save_in(folder, format!("picture-{number}"))
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
