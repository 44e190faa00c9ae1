//! `cargo xtask bench sdk`: CPU time of a call through the SDK compared with raw reqwest, and the
//! cost of 10,000 tasks that are polled at once.

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
            "server" => server::run_role(),
            "waiting" => waiting::run_role(&arguments),
            other => Err(format!("unknown role `{other}`").into()),
        },
    }
}
