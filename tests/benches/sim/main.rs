//! `cargo xtask bench sim`: the simulator's requests per second beside Prism's mock and a bare axum handler, and what it holds.

mod bare;
#[path = "../common/child.rs"]
mod child;
#[path = "../common/cpu.rs"]
mod cpu;
mod footprint;
mod load;
#[path = "../common/memory.rs"]
mod memory;
mod picture;
mod prism;
#[path = "../common/processor.rs"]
mod processor;
mod simulator;
#[path = "../common/spread.rs"]
mod spread;
#[path = "../common/table.rs"]
mod table;
mod throughput;

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    match child::role() {
        None => {
            throughput::run()?;
            footprint::run()?;
            picture::run()
        }
        Some((role, arguments)) => match role.as_str() {
            "simulator" => simulator::play(),
            "bare" => bare::play(&arguments),
            "picture" => picture::play(),
            other => Err(format!("there is no role {other:?}").into()),
        },
    }
}

/// A runtime as a client needs it: one thread.
fn alone() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
}

/// A runtime as a server has it: all cores.
fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    // A child left alone would serve for ever.
    std::thread::spawn(|| {
        child::until_the_parent_ends();
        std::process::exit(0);
    });
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
}
