//! Renders an image to a file:
//! `cargo run --release -p toapis-sim --example render -- out.png 1792x1024 7 "A prompt"`.

use std::{env, fs};

use toapis_sim::images::{ImageSpec, render};
use tokio::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = env::args().skip(1);
    let path = arguments.next().unwrap_or_else(|| "image.png".into());
    let size = arguments.next().unwrap_or_else(|| "1792x1024".into());
    let seed = arguments.next().map_or(Ok(0), |seed| seed.parse())?;
    let prompt = arguments
        .next()
        .unwrap_or_else(|| "A cat in a spacesuit walking on the moon".into());
    let (width, height) = size.split_once('x').ok_or("expected WIDTHxHEIGHT")?;
    let spec = ImageSpec::new(prompt, width.parse()?, height.parse()?)
        .model("gemini-2.5-flash-image-preview")
        .seed(seed);
    let started = Instant::now();
    let bytes = render(&spec);
    println!("{path}: {} bytes in {:?}", bytes.len(), started.elapsed());
    fs::write(path, bytes)?;
    Ok(())
}
