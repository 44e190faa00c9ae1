//! `cargo xtask bench sdk`: what a call through the SDK costs beside the same call by hand, and what ten thousand waiting tasks do.

mod calls;
#[path = "../common/child.rs"]
mod child;
#[path = "../common/cpu.rs"]
mod cpu;
#[path = "../common/memory.rs"]
mod memory;
mod raw;
mod server;
#[path = "../common/spread.rs"]
mod spread;
mod stopwatch;
#[path = "../common/table.rs"]
mod table;
mod waiting;

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    match child::role() {
        None => {
            calls::run()?;
            waiting::run()
        }
        Some((role, arguments)) => match role.as_str() {
            "alone" => calls::alone(&arguments),
            "server" => server::play(),
            "waiting" => waiting::play(&arguments),
            other => Err(format!("there is no role {other:?}").into()),
        },
    }
}
