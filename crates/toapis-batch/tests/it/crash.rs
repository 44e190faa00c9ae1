//! A process that is killed at each step of a row, under each fault of the service, judged by the
//! simulator's books.
//!
//! The kills are by number and not by chance, so that a failure can be repeated.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::channel;
use std::time::Duration;

use toapis_batch::{Batch, BatchEvent, RowStatus};
use toapis_sim::Simulator;
use toapis_store::rusqlite::Connection;

use crate::support::{Verdict, client, create, judge, options, prompts, results, simulator};

const WORKER_VARIABLE: &str = "TOAPIS_BATCH_TEST_WORKER";
const ROWS: u64 = 5;
/// Every create takes a while, so that a process can be killed during it.
const SLOW_CREATES: &str = "create => delay 40ms";
/// The part of that after which it is killed.
const DURING_SEND: Duration = Duration::from_millis(8);

/// Where a process is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum KillPoint {
    IntentRecorded,
    BeforeSend,
    DuringSend,
    ResponseReceived,
    Polling,
    CompletedRecorded,
    FileSaved,
}

impl KillPoint {
    const ALL: [Self; 7] = [
        Self::IntentRecorded,
        Self::BeforeSend,
        Self::DuringSend,
        Self::ResponseReceived,
        Self::Polling,
        Self::CompletedRecorded,
        Self::FileSaved,
    ];

    fn is_at(self, event: &BatchEvent) -> bool {
        match (self, event) {
            (Self::IntentRecorded, BatchEvent::IntentRecorded { .. })
            | (Self::BeforeSend | Self::DuringSend, BatchEvent::Sending { .. })
            | (Self::ResponseReceived, BatchEvent::Responded { .. })
            | (Self::Polling, BatchEvent::Polling { .. })
            | (Self::FileSaved, BatchEvent::Saved { .. }) => true,
            (Self::CompletedRecorded, BatchEvent::Status { status, .. }) => {
                *status == RowStatus::Completed
            }
            _ => false,
        }
    }
}

/// Runs a batch in a process of its own, with up to `creates` creates on the wire. Returns true if
/// it was killed at its point.
fn run_worker(
    sim: &Simulator,
    directory: &Path,
    creates: u32,
    kill: Option<(KillPoint, u64)>,
) -> bool {
    let point = kill.map_or_else(
        || "none 0".to_owned(),
        |(point, occurrence)| format!("{point:?} {occurrence}"),
    );
    let worker = format!(
        "{} {} {} {creates} {point}",
        directory.display(),
        sim.base_url(),
        sim.key()
    );
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::worker", "--quiet"])
        .env(WORKER_VARIABLE, worker)
        .stdout(Stdio::null())
        .status()
        .unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt as _;
        if status.signal() == Some(9) {
            return true;
        }
    }
    assert!(status.success(), "the worker failed: {status}");
    false
}

/// Not a test of its own: the body of the process that is killed.
#[tokio::test]
async fn worker() {
    let Ok(worker) = std::env::var(WORKER_VARIABLE) else {
        return;
    };
    let parts: Vec<&str> = worker.split(' ').collect();
    let [directory, base_url, key, creates, point, occurrence] = parts[..] else {
        panic!("{worker}")
    };
    let point = KillPoint::ALL
        .into_iter()
        .find(|known| format!("{known:?}") == point);
    let occurrence: u64 = occurrence.parse().unwrap();
    let occurrences = AtomicU64::new(0);
    let max_creates = creates.parse().unwrap();
    let options = options().max_creates(max_creates).observer(move |event| {
        if let Some(point) = point.filter(|point| point.is_at(event))
            && occurrences.fetch_add(1, Ordering::Relaxed) + 1 == occurrence
        {
            match point {
                KillPoint::DuringSend => drop(std::thread::spawn(|| {
                    let (_held, timer) = channel::<()>();
                    let _ = timer.recv_timeout(DURING_SEND);
                    kill_myself();
                })),
                _ => kill_myself(),
            }
        }
    });
    let batch = Batch::open(Path::new(directory).join("batch.db")).unwrap();
    let client = client(base_url, key);
    batch
        .run(&client, options, std::future::pending())
        .await
        .unwrap();
}

/// Ends this process by SIGKILL: nothing is flushed, nothing is dropped.
fn kill_myself() {
    let id = std::process::id().to_string();
    Command::new("kill").args(["-KILL", &id]).status().unwrap();
    loop {
        std::thread::park();
    }
}

/// Kills a process where it gets to a point first and another where it does so the second time,
/// lets a third finish, and judges. Returns how many were killed.
fn check(sim: &Simulator, point: KillPoint, faults: &str, finds_tasks: bool) -> u32 {
    let case = format!("{point:?} under `{faults}`");
    let directory = tempfile::tempdir().unwrap();
    sim.reset();
    sim.clear_faults();
    sim.inject_faults(SLOW_CREATES).unwrap();
    sim.inject_faults(faults).unwrap();
    drop(create(directory.path(), prompts(ROWS)));
    let mut kills = 0;
    for occurrence in [1, 2] {
        kills += u32::from(run_worker(
            sim,
            directory.path(),
            2,
            Some((point, occurrence)),
        ));
    }
    assert!(!run_worker(sim, directory.path(), 2, None), "{case}");
    let batch = Batch::open(directory.path().join("batch.db")).unwrap();
    assert_eq!(judge(&batch, sim), Verdict::default(), "{case}");
    for row in results(&batch) {
        let has_task = sim.accepted_by_business_id(&row.business_id) > 0;
        match row.status {
            RowStatus::Done | RowStatus::Failed => {
                assert!(has_task, "{case}: {row:?}");
            }
            RowStatus::Unknown => assert!(
                !finds_tasks || !has_task,
                "{case}: the task exists and could have been found: {row:?}"
            ),
            _ => panic!("{case}: not finished: {row:?}"),
        }
    }
    kills
}

/// One test for each fault, so that they run side by side.
macro_rules! crash_matrix {
    ($($name:ident: $faults:literal, finds_tasks: $finds_tasks:literal;)*) => {$(
        #[tokio::test(flavor = "multi_thread")]
        #[cfg(unix)]
        async fn $name() {
            let sim = simulator("").await;
            let mut kills = 0;
            for point in KillPoint::ALL {
                kills += check(&sim, point, $faults, $finds_tasks);
            }
            // Rows that a fault or an earlier kill ended do not reach the later points.
            assert!(kills >= 11, "only {kills} of 14 kills happened");
        }
    )*};
}

crash_matrix! {
    killed_without_faults: "", finds_tasks: true;
    killed_while_responses_are_lost: "create nth=2 => lose-answer", finds_tasks: true;
    killed_while_a_gateway_fails_after_the_create: "create nth=2 => html 502 accepted", finds_tasks: true;
    killed_while_a_gateway_fails_before_the_create: "create nth=2 => html 502", finds_tasks: true;
    killed_while_creates_are_limited: "create nth=2 => status 429 rate_limit_exceeded", finds_tasks: true;
    killed_while_the_limiter_fails: "create nth=2 => status 503 rate_limit_unavailable", finds_tasks: true;
    killed_while_connections_are_reset: "create nth=2 => reset early", finds_tasks: true;
    killed_while_polls_fail: "status nth=2 => html 503; status nth=4 => reset", finds_tasks: true;
    killed_while_files_are_cut_short: "file nth=1 => truncate", finds_tasks: true;
    killed_while_tasks_fail: "create nth=2 => fail", finds_tasks: true;
    killed_at_a_host_that_finds_no_business_ids:
        "create nth=2 => lose-answer; status => no-business-id", finds_tasks: false;
}

/// The control: the same kills, but rows whose intent was recorded are sent again, as an engine
/// does that repeats a step. The judge must object.
#[tokio::test(flavor = "multi_thread")]
#[cfg(unix)]
async fn judge_objects_without_the_gate() {
    let sim = simulator(SLOW_CREATES).await;
    let directory = tempfile::tempdir().unwrap();
    drop(create(directory.path(), prompts(ROWS)));
    let killed = run_worker(
        &sim,
        directory.path(),
        2,
        Some((KillPoint::ResponseReceived, 1)),
    );
    assert!(killed);
    Connection::open(directory.path().join("batch.db"))
        .unwrap()
        .execute_batch(
            "UPDATE row SET status = 0, intent = NULL WHERE status = 1;
             UPDATE batch SET cursor = 0;",
        )
        .unwrap();
    run_worker(&sim, directory.path(), 2, None);
    let batch = Batch::open(directory.path().join("batch.db")).unwrap();
    let verdict = judge(&batch, &sim);
    assert!(!verdict.paid_twice.is_empty(), "{verdict:?}");
}

#[tokio::test(flavor = "multi_thread")]
#[cfg(unix)]
async fn crash_leaves_no_more_rows_in_doubt_than_creates_on_the_wire() {
    let sim = simulator(SLOW_CREATES).await;
    let directory = tempfile::tempdir().unwrap();
    drop(create(directory.path(), prompts(20)));
    let killed = run_worker(&sim, directory.path(), 4, Some((KillPoint::DuringSend, 12)));
    assert!(killed);
    let batch = Batch::open(directory.path().join("batch.db")).unwrap();
    let in_doubt = batch.status().unwrap().count(RowStatus::Sending);
    assert!((1..=4).contains(&in_doubt), "{in_doubt} rows are in doubt");
}
