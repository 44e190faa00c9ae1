//! Ten thousand tasks that wait at once: what each holds, and what looking after all of them takes.

use std::{error::Error, time::Duration};

use toapis::{Client, ImageRequest, RateLimits};
use tokio::task::JoinSet;

use crate::{
    child::{self, Role},
    memory::resident,
    stopwatch::Stopwatch,
    table::Table,
};

const TASKS: u32 = 10_000;
/// Creates at once: as many as a user's process would send, and few enough connections to be no part of the memory.
const AT_ONCE: u32 = 50;
/// How long they are watched.
const WATCHED: Duration = Duration::from_secs(20);

pub(crate) fn run() -> Result<(), Box<dyn Error>> {
    let mut server = Role::start("server", &[])?;
    let url = server.line()?;
    let mut table = Table::new([
        "rate limits",
        "bytes a task",
        "polls a second",
        "share of a core",
    ]);
    for group in ["default", "svip", "none"] {
        eprintln!("{TASKS} waiting, rate limits {group} ...");
        let mut child = Role::start("waiting", &[&url, group])?;
        let told = child.line()?;
        let cells = told.split('\t').map(str::to_owned);
        table.row(std::iter::once(group.to_owned()).chain(cells));
    }
    println!(
        "{TASKS} tasks polled by the default policy, observed for {} s of wall time. Goals: under 8,192 bytes a task, under 5 % of a core.\n\n{table}",
        WATCHED.as_secs()
    );
    Ok(())
}

/// In a process of its own, so that its memory is nothing but theirs.
pub(crate) fn play(arguments: &[String]) -> Result<(), Box<dyn Error>> {
    let [url, group] = arguments else {
        return Err("waiting wants the address of the server and a group of rate limits".into());
    };
    let limits = RateLimits::for_group(group).unwrap_or(RateLimits::unlimited());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let client = Client::builder()
            .api_key("sk-bench")
            .base_url(url.as_str())
            // Creates are not what is measured here: they go as fast as they can.
            .rate_limits(limits.with_submit(None))
            .build()?;
        // What is there once and for all comes about before the first reading: connections, TLS, the allocator's pools.
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
        let looks = client.metrics().attempts;
        let watch = Stopwatch::start();
        tokio::time::sleep(WATCHED).await;
        let cost = watch.stop();
        let looks = client.metrics().attempts - looks;
        let bytes = resident(own)?.saturating_sub(before) / u64::from(TASKS);
        let seconds = cost.wall.as_secs();
        child::tell(&format!(
            "{bytes}\t{}\t{:.2} %",
            looks / seconds.max(1),
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
