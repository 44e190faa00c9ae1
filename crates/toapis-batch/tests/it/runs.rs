//! Pauses, limits and order of a run.

use std::future::pending;
use std::sync::Arc;

use toapis_batch::{
    BatchError, BatchEvent, BatchSettings, RowStatus, RunOptions, ServiceErrorKind, StopReason,
};
use tokio::sync::Notify;

use crate::scripted::{Create, Scripted, counts, run};
use crate::support::{create, create_with, prompts, results};

/// Signals when the intent of a row is recorded. A timer cannot: the paused clock advances while
/// the store's thread writes.
fn signal_at_intent(row: u64, options: RunOptions) -> (RunOptions, Arc<Notify>) {
    let signal = Arc::new(Notify::new());
    let sender = Arc::clone(&signal);
    let options = options.observer(move |event| {
        if *event == (BatchEvent::IntentRecorded { row }) {
            sender.notify_one();
        }
    });
    (options, signal)
}

#[tokio::test(start_paused = true)]
async fn missing_credits_stop_creates_and_paid_rows_are_finished() {
    let directory = tempfile::tempdir().unwrap();
    let batch = create(directory.path(), prompts(20));
    let broke = Create::NotCreated(ServiceErrorKind::InsufficientQuota);
    let service = Scripted::creates([Create::Accept, Create::Accept, broke, broke, broke, broke]);
    let summary = run(&batch, &service, RunOptions::new()).await;
    assert_eq!(summary.stopped, Some(StopReason::InsufficientQuota));
    assert_eq!(
        summary.status.count(RowStatus::Done) + summary.status.count(RowStatus::Ready),
        20
    );
    assert!(
        summary.status.count(RowStatus::Done) >= 2,
        "{:?}",
        summary.status
    );
    assert_eq!(summary.status.paused.as_deref(), Some("not enough credits"));
    // Money is back.
    let summary = run(&batch, &Scripted::default(), RunOptions::new()).await;
    assert_eq!(counts(&summary), [(RowStatus::Done, 20)].into());
    assert_eq!(summary.status.paused, None);
}

#[tokio::test(start_paused = true)]
async fn refused_api_key_stops_everything_and_keeps_rows_as_they_are() {
    let directory = tempfile::tempdir().unwrap();
    let batch = create(directory.path(), prompts(5));
    let service = Scripted::creates([
        Create::Accept,
        Create::NotCreated(ServiceErrorKind::Unauthorized),
    ]);
    let summary = run(&batch, &service, RunOptions::new().max_creates(1)).await;
    assert_eq!(summary.stopped, Some(StopReason::Unauthorized));
    assert_eq!(service.count("create"), 2);
    assert_eq!(
        summary.status.count(RowStatus::Ready),
        4,
        "{:?}",
        summary.status
    );
}

#[tokio::test(start_paused = true)]
async fn budget_is_never_exceeded_and_failed_rows_are_refunded() {
    let directory = tempfile::tempdir().unwrap();
    let settings = BatchSettings::new(directory.path().join("images")).budget(50, 10);
    let batch = create_with(settings, directory.path(), prompts(20));
    let service = Scripted::creates([Create::Refuse, Create::AcceptAndLose]);
    let summary = run(&batch, &service, RunOptions::new()).await;
    assert_eq!(summary.stopped, Some(StopReason::BudgetExhausted));
    assert_eq!(summary.status.count(RowStatus::Done), 5);
    assert_eq!(
        summary.status.count(RowStatus::Rejected),
        1,
        "a refused row costs nothing"
    );
    assert_eq!((summary.status.spent, summary.status.reserved), (50, 0));
}

#[tokio::test(start_paused = true)]
async fn reported_cost_replaces_the_expected_one() {
    let directory = tempfile::tempdir().unwrap();
    let settings = BatchSettings::new(directory.path().join("images")).budget(100, 10);
    let batch = create_with(settings, directory.path(), prompts(3));
    let service = Scripted {
        credits: Some(7),
        ..Scripted::default()
    };
    let summary = run(&batch, &service, RunOptions::new()).await;
    assert_eq!((summary.status.spent, summary.status.reserved), (21, 0));
    assert_eq!(results(&batch)[0].credits, 7);
}

#[tokio::test(start_paused = true)]
async fn creates_on_the_wire_are_limited_and_429_sends_the_row_again() {
    let directory = tempfile::tempdir().unwrap();
    let batch = create(directory.path(), prompts(30));
    let limited = Create::NotCreated(ServiceErrorKind::RateLimited);
    let service = Scripted::creates([limited, Create::Accept, limited, limited]);
    let summary = run(&batch, &service, RunOptions::new().max_creates(3)).await;
    assert_eq!(counts(&summary), [(RowStatus::Done, 30)].into());
    assert_eq!(service.count("create"), 33);
    assert_eq!(service.max_creates_at_once(), 3);
}

#[tokio::test(start_paused = true)]
async fn interrupted_rows_are_finished_before_anything_is_created() {
    let directory = tempfile::tempdir().unwrap();
    let batch = create(directory.path(), prompts(8));
    let service = Scripted::default();
    let (options, sixth) = signal_at_intent(6, RunOptions::new().max_creates(2));
    // Dropping the future leaves rows as a crash would: creates, tasks and downloads are under way.
    tokio::select! {
        _ = batch.run(&service, options.min_free_bytes(0), pending()) => panic!("it was not interrupted"),
        () = sixth.notified() => {}
    }
    let status = batch.status().unwrap();
    assert!(status.count(RowStatus::Ready) > 0, "{status:?}");
    assert!(status.count(RowStatus::Sending) > 0, "{status:?}");
    let before = service.log().len();
    let summary = run(&batch, &service, RunOptions::new()).await;
    let done = summary.status.count(RowStatus::Done);
    let unknown = summary.status.count(RowStatus::Unknown);
    assert_eq!(done + unknown, 8);
    let log = service.log();
    let first_create = log[before..]
        .iter()
        .position(|line| line.starts_with("create"))
        .unwrap();
    let look_ups = log[before..before + first_create]
        .iter()
        .filter(|line| !line.starts_with("create"));
    assert!(look_ups.count() > 0, "{log:?}");
}

#[tokio::test(start_paused = true)]
async fn shutdown_finishes_creates_on_the_wire_and_leaves_the_rest() {
    let directory = tempfile::tempdir().unwrap();
    let batch = create(directory.path(), prompts(50));
    let service = Scripted::default();
    let (options, sixth) = signal_at_intent(6, RunOptions::new().max_creates(2));
    let summary = batch
        .run(&service, options.min_free_bytes(0), sixth.notified())
        .await
        .unwrap();
    assert_eq!(summary.stopped, Some(StopReason::Requested));
    assert_eq!(
        summary.status.count(RowStatus::Sending),
        0,
        "no row is in doubt"
    );
    assert!(summary.status.count(RowStatus::Ready) >= 40);
    assert_eq!(
        service.count("create") as u64,
        50 - summary.status.count(RowStatus::Ready)
    );
}

#[tokio::test(start_paused = true)]
async fn images_that_expired_are_reported_and_not_paid_again() {
    let directory = tempfile::tempdir().unwrap();
    let batch = create(directory.path(), prompts(1));
    let service = Scripted {
        expired: true,
        ..Scripted::default().download_errors([ServiceErrorKind::Expired])
    };
    let summary = run(&batch, &service, RunOptions::new()).await;
    assert_eq!(counts(&summary), [(RowStatus::Expired, 1)].into());
    assert_eq!(service.count("create"), 1);
}

#[tokio::test(start_paused = true)]
async fn image_that_cannot_be_written_stops_the_run() {
    let directory = tempfile::tempdir().unwrap();
    let batch = create(directory.path(), prompts(9));
    let service = Scripted::default().download_errors([ServiceErrorKind::LocalIo]);
    let summary = run(&batch, &service, RunOptions::new().max_creates(1)).await;
    assert_eq!(summary.stopped, Some(StopReason::OutputFailed));
    assert!(
        summary.status.count(RowStatus::Completed) >= 1,
        "it is downloaded by the next run"
    );
    let summary = run(&batch, &service, RunOptions::new()).await;
    assert_eq!(counts(&summary), [(RowStatus::Done, 9)].into());
}

#[tokio::test(start_paused = true)]
async fn full_disk_stops_creates() {
    let directory = tempfile::tempdir().unwrap();
    let batch = create(directory.path(), prompts(3));
    let service = Scripted::default();
    let options = RunOptions::new().min_free_bytes(u64::MAX);
    let summary = batch.run(&service, options, pending()).await.unwrap();
    assert_eq!(summary.stopped, Some(StopReason::DiskSpace));
    assert_eq!(service.count("create"), 0);
}

#[tokio::test(start_paused = true)]
async fn many_unknown_rows_stop_creates() {
    let directory = tempfile::tempdir().unwrap();
    let batch = create(directory.path(), prompts(40));
    let service = Scripted::creates([Create::Lose; 40]);
    let summary = run(&batch, &service, RunOptions::new().max_unknown(3)).await;
    assert_eq!(summary.stopped, Some(StopReason::TooManyUnknown));
    assert!(summary.status.count(RowStatus::Ready) > 0);
}

#[tokio::test(start_paused = true)]
async fn batch_is_not_run_twice_at_the_same_time() {
    let directory = tempfile::tempdir().unwrap();
    let batch = create(directory.path(), prompts(1));
    let service = Scripted::default();
    let options = || RunOptions::new().min_free_bytes(0);
    let first = batch.run(&service, options(), pending());
    let second = async {
        tokio::task::yield_now().await;
        batch.run(&service, options(), pending()).await
    };
    let (first, second) = tokio::join!(first, second);
    assert_eq!(first.unwrap().status.count(RowStatus::Done), 1);
    assert!(matches!(second.unwrap_err(), BatchError::AlreadyRunning));
}

#[tokio::test(start_paused = true)]
async fn window_bounds_the_rows_in_memory() {
    let directory = tempfile::tempdir().unwrap();
    let batch = create(directory.path(), prompts(600));
    let service = Scripted::default();
    let summary = run(&batch, &service, RunOptions::new().window(7)).await;
    assert_eq!(counts(&summary), [(RowStatus::Done, 600)].into());
    assert_eq!(service.count("create"), 600);
}

#[tokio::test(start_paused = true)]
async fn no_ready_row_is_passed_over_after_an_interruption() {
    let directory = tempfile::tempdir().unwrap();
    let batch = create(directory.path(), prompts(1));
    let service = Scripted {
        hangs_in_prepare: true,
        ..Scripted::default()
    };
    let options = RunOptions::new().min_free_bytes(0);
    // The row was fed, and the feed has looked for further rows, but nothing is recorded about it.
    let interruption = async {
        service.preparing.notified().await;
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        batch.retry_failed(1).await.unwrap();
    };
    tokio::select! {
        _ = batch.run(&service, options, pending()) => panic!("it was not interrupted"),
        () = interruption => {}
    }
    let summary = run(&batch, &Scripted::default(), RunOptions::new()).await;
    assert_eq!(counts(&summary), [(RowStatus::Done, 1)].into());
}

#[tokio::test(start_paused = true)]
async fn row_that_is_ready_again_is_found_by_the_next_run() {
    let directory = tempfile::tempdir().unwrap();
    let batch = create(directory.path(), prompts(3));
    let broke = Create::NotCreated(ServiceErrorKind::InsufficientQuota);
    // All three are on the wire, so that the feed has passed them, when the first becomes ready
    // again.
    let service = Scripted::creates([broke]);
    run(&batch, &service, RunOptions::new()).await;
    let summary = run(&batch, &Scripted::default(), RunOptions::new()).await;
    assert_eq!(counts(&summary), [(RowStatus::Done, 3)].into());
}
