//! CPU time to render one image, from the spec to the encoded bytes, without caches.

use std::error::Error;

use toapis_sim::images::{ImageFormat, ImageSpec, render};

use crate::{
    child::{self, RoleProcess},
    cpu::own_cpu,
    spread::Spread,
    table::Table,
};

/// Number of processes that render their first image.
const PROCESSES: usize = 15;
/// Number of further, different images in one process.
const FURTHER: u64 = 15;

pub(crate) fn run() -> Result<(), Box<dyn Error>> {
    eprintln!("images ...");
    let mut first = Vec::new();
    for _ in 0..PROCESSES {
        let mut child = RoleProcess::start("render", &[])?;
        first.push(child.read_line()?.parse::<f64>()?);
    }
    let mut table = Table::new(["1792 x 1024, CPU ms", "median (minimum to maximum)", "goal"]);
    table.row([
        "PNG, first image of a process",
        &format!("{:.1}", Spread::from_samples(first)),
        "under 40",
    ]);
    for (name, format) in [
        ("PNG", ImageFormat::Png),
        ("JPEG", ImageFormat::Jpeg),
        ("WebP", ImageFormat::Webp),
    ] {
        let times = (1..=FURTHER).map(|seed| milliseconds(seed, format));
        let goal = if format == ImageFormat::Png {
            "under 40"
        } else {
            ""
        };
        table.row([name, &format!("{:.1}", Spread::from_samples(times)), goal]);
    }
    println!("{table}");
    Ok(())
}

/// Renders one image and prints its CPU time.
pub(crate) fn run_role() -> Result<(), Box<dyn Error>> {
    child::send_line(&milliseconds(0, ImageFormat::Png).to_string())?;
    Ok(())
}

fn milliseconds(seed: u64, format: ImageFormat) -> f64 {
    let spec = ImageSpec::new("A cat in a spacesuit walking on the moon", 1792, 1024)
        .model("gemini-2.5-flash-image-preview")
        .seed(seed)
        .format(format);
    let before = own_cpu();
    std::hint::black_box(render(&spec));
    own_cpu().saturating_sub(before).as_secs_f64() * 1e3
}
