//! Memory and startup time of the simulator.

use std::{error::Error, time::Duration};

use tokio::time::Instant;

use crate::{
    child::RoleProcess,
    load::{self, Request},
    memory::resident,
    spread::Spread,
    table::Table,
};

const TASKS: u32 = 100_000;
const STARTS: usize = 15;

pub(crate) fn run() -> Result<(), Box<dyn Error>> {
    let mut table = Table::new(["what", "measured", "goal"]);
    eprintln!("{TASKS} tasks ...");
    let mut simulator = RoleProcess::start("simulator", &[])?;
    let url = simulator.read_line()?;
    let id = load::send_one(&url, Request::Create)?["id"].to_string();
    let empty = resident(simulator.process_id())?;
    let round = load::round(&url, Request::Create, TASKS, Duration::from_mins(2))?;
    if round.responses < TASKS {
        return Err(format!("only {} tasks in two minutes", round.responses).into());
    }
    // The first task still exists: the simulator has not evicted any.
    load::send_one(&url, Request::Status(id.trim_matches('"')))?;
    let full = resident(simulator.process_id())?;
    let megabytes = |bytes: u64| {
        format!(
            "{:.0} MB",
            f64::from(u32::try_from(bytes >> 10).unwrap_or(u32::MAX)) * 1.024e-3
        )
    };
    table.row([
        "memory of a fresh simulator".to_owned(),
        megabytes(empty),
        String::new(),
    ]);
    table.row([
        format!("memory with {TASKS} tasks"),
        megabytes(full),
        "under 300 MB".to_owned(),
    ]);
    drop(simulator);

    eprintln!("starts ...");
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        let start = Instant::now();
        let mut simulator = RoleProcess::start("simulator", &[])?;
        let url = simulator.read_line()?;
        load::send_one(&url, Request::Create)?;
        starts.push(start.elapsed().as_secs_f64() * 1e3);
    }
    table.row([
        "from process start to the first response (a create), ms".to_owned(),
        format!("{:.1}", Spread::from_samples(starts)),
        "under 50".to_owned(),
    ]);
    println!("{table}");
    Ok(())
}
