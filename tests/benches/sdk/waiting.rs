//! 10,000 tasks polled at once: memory per task, and CPU time of the polls.

use std::{error::Error, time::Duration};

use toapis::{Client, ImageRequest, RateLimits};
use tokio::task::JoinSet;

use crate::{
    child::{self, RoleProcess},
    memory::resident,
    stopwatch::Stopwatch,
    table::Table,
};

const TASKS: u32 = 10_000;
/// Concurrent creates: typical for a user's process, and few enough that connections do not affect
/// the measured memory.
const AT_ONCE: u32 = 50;
/// Duration of the observation.
const WATCHED: Duration = Duration::from_secs(20);

pub(crate) fn run() -> Result<(), Box<dyn Error>> {
    let mut server = RoleProcess::start("server", &[])?;
    let url = server.read_line()?;
    let mut table = Table::new([
        "rate limits",
        "bytes a task",
        "polls a second",
        "share of a core",
    ]);
    for group in ["default", "svip", "none"] {
        eprintln!("{TASKS} waiting, rate limits {group} ...");
        let mut child = RoleProcess::start("waiting", &[&url, group])?;
        let line = child.read_line()?;
        let cells = line.split('\t').map(str::to_owned);
        table.row(std::iter::once(group.to_owned()).chain(cells));
    }
    println!(
        "{TASKS} tasks polled by the default policy, observed for {} s of wall time. Goals: under 8,192 bytes a task, under 5 % of a core.\n\n{table}",
        WATCHED.as_secs()
    );
    Ok(())
}

/// Runs in a separate process, so that its memory is only that of the tasks.
pub(crate) fn run_role(arguments: &[String]) -> Result<(), Box<dyn Error>> {
    let [url, group] = arguments else {
        return Err("role `waiting` needs the server's URL and a group of rate limits".into());
    };
    let limits = RateLimits::for_group(group).unwrap_or(RateLimits::unlimited());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let client = Client::builder()
            .api_key("sk-bench")
            .base_url(url.as_str())
            // Creates are not measured here, so they are not limited.
            .rate_limits(limits.with_submit(None))
            .build()?;
        // Connections, TLS and the allocator's pools must exist before the first reading.
        let warm = submit(&client, AT_ONCE).await?;
        for task in &warm {
            task.fetch().await?;
        }
        drop(warm);
        let own = std::process::id();
        let before = resident(own)?;
        let mut tasks = Vec::new();
        for _ in 0..TASKS / AT_ONCE {
            tasks.extend(submit(&client, AT_ONCE).await?);
        }
        for task in tasks.drain(..) {
            tokio::spawn(async move { task.wait().await.map(|_| ()) });
        }
        drop(tasks);
        tokio::time::sleep(Duration::from_secs(1)).await;
        let polls = client.metrics().attempts;
        let watch = Stopwatch::start();
        tokio::time::sleep(WATCHED).await;
        let cost = watch.stop();
        let polls = client.metrics().attempts - polls;
        let bytes = resident(own)?.saturating_sub(before) / u64::from(TASKS);
        let seconds = cost.wall.as_secs();
        child::send_line(&format!(
            "{bytes}\t{}\t{:.2} %",
            polls / seconds.max(1),
            cost.cpu.as_secs_f64() / cost.wall.as_secs_f64() * 100.0
        ))?;
        Ok(())
    })
}

async fn submit(client: &Client, count: u32) -> Result<Vec<toapis::Task>, toapis::Error> {
    let mut running = JoinSet::new();
    for _ in 0..count {
        let submit = client.images().submit(ImageRequest::new("A cat"));
        running.spawn(async move { submit.await });
    }
    running.join_all().await.into_iter().collect()
}
