//! `cargo xtask bench sim`: the simulator's requests per second, compared with Prism's mock and a
//! bare axum handler, and its memory.

mod bare;
#[path = "../common/child.rs"]
mod child;
#[path = "../common/cpu.rs"]
mod cpu;
mod footprint;
mod load;
#[path = "../common/memory.rs"]
mod memory;
mod prism;
#[path = "../common/processor.rs"]
mod processor;
mod render;
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
            render::run()
        }
        Some((role, arguments)) => match role.as_str() {
            "simulator" => simulator::run_role(),
            "bare" => bare::run_role(&arguments),
            "render" => render::run_role(),
            other => Err(format!("unknown role `{other}`").into()),
        },
    }
}

/// Creates a runtime with one thread, for clients.
fn client_runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
}

/// Creates a runtime on all cores, for servers.
fn server_runtime() -> std::io::Result<tokio::runtime::Runtime> {
    // Ends this process with its parent.
    std::thread::spawn(|| {
        child::wait_for_parent_exit();
        std::process::exit(0);
    });
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
}
