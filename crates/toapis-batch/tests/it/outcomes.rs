//! Unknown outcomes, lost responses and failed rows.

use toapis_batch::{BatchError, BatchSettings, RowStatus, RunOptions, ServiceErrorKind};

use crate::scripted::{Create, Scripted, counts, run};
use crate::support::{create, create_with, prompts, results};

#[tokio::test(start_paused = true)]
async fn unknown_row_keeps_its_credits_reserved() {
    let directory = tempfile::tempdir().unwrap();
    let settings = BatchSettings::new(directory.path().join("images")).budget(30, 10);
    let batch = create_with(settings, directory.path(), prompts(5));
    let service = Scripted {
        hides_business_ids: true,
        ..Scripted::creates([Create::AcceptAndLose])
    };
    let summary = run(&batch, &service, RunOptions::new()).await;
    assert_eq!(summary.status.count(RowStatus::Unknown), 1);
    assert_eq!((summary.status.spent, summary.status.reserved), (20, 10));
}

#[tokio::test(start_paused = true)]
async fn lost_response_is_looked_up_and_never_sent_again() {
    let directory = tempfile::tempdir().unwrap();
    let batch = create(directory.path(), prompts(3));
    let service = Scripted::creates([Create::AcceptAndLose, Create::Lose]);
    let summary = run(&batch, &service, RunOptions::new()).await;
    assert_eq!(
        counts(&summary),
        [(RowStatus::Done, 2), (RowStatus::Unknown, 1)].into()
    );
    assert_eq!(service.count("create"), 3);
    let unknown = batch.unknown_after(0).unwrap();
    assert_eq!(unknown.len(), 1);
    assert_eq!(unknown[0].error.as_deref(), Some("Transient"));
    // The next run looks again, once, and does not send.
    run(&batch, &service, RunOptions::new()).await;
    assert_eq!(service.count("create"), 3);
}

#[tokio::test(start_paused = true)]
async fn person_decides_about_unknown_rows() {
    let directory = tempfile::tempdir().unwrap();
    let batch = create(directory.path(), prompts(3));
    let service = Scripted {
        hides_business_ids: true,
        ..Scripted::creates([Create::AcceptAndLose, Create::AcceptAndLose, Create::Lose])
    };
    let options = || RunOptions::new().max_creates(1);
    run(&batch, &service, options()).await;
    let before = results(&batch);
    batch
        .adopt("1", &format!("task-{}", before[0].business_id))
        .await
        .unwrap();
    batch.drop_row("2").await.unwrap();
    batch.resend("3").await.unwrap();
    let error = batch.resend("2").await.unwrap_err();
    assert!(matches!(error, BatchError::InvalidEvent(_)), "{error}");
    let error = batch.resend("4").await.unwrap_err();
    assert!(matches!(error, BatchError::RowNotFound(_)), "{error}");
    let summary = run(&batch, &service, options()).await;
    assert_eq!(
        counts(&summary),
        [(RowStatus::Done, 2), (RowStatus::Dropped, 1)].into()
    );
    let after = results(&batch);
    assert_eq!(after[0].business_id, before[0].business_id);
    assert_ne!(
        after[2].business_id, before[2].business_id,
        "each attempt has its own"
    );
}

#[tokio::test(start_paused = true)]
async fn task_of_an_attempt_that_was_sent_again_is_reported_as_extra() {
    let directory = tempfile::tempdir().unwrap();
    let batch = create(directory.path(), prompts(1));
    run(
        &batch,
        &Scripted::creates([Create::Lose]),
        RunOptions::new(),
    )
    .await;
    batch.resend("1").await.unwrap();
    run(&batch, &Scripted::default(), RunOptions::new()).await;
    // A person finds the task of the first attempt after all.
    batch.adopt("1", "task-found-late").await.unwrap();
    let status = batch.status().unwrap();
    assert_eq!((status.count(RowStatus::Done), status.extra_tasks), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn failed_rows_are_retried_up_to_the_given_number_of_attempts() {
    let directory = tempfile::tempdir().unwrap();
    let batch = create(directory.path(), prompts(2));
    run(
        &batch,
        &Scripted::creates([Create::Refuse, Create::Refuse]),
        RunOptions::new(),
    )
    .await;
    assert_eq!(batch.retry_failed(2).await.unwrap(), 2);
    assert_eq!(
        batch.retry_failed(2).await.unwrap(),
        0,
        "they are ready already"
    );
    let service = Scripted::creates([Create::Refuse]);
    let summary = run(&batch, &service, RunOptions::new()).await;
    assert_eq!(
        counts(&summary),
        [(RowStatus::Done, 1), (RowStatus::Rejected, 1)].into()
    );
    assert_eq!(
        batch.retry_failed(2).await.unwrap(),
        0,
        "two attempts were made"
    );
}

#[tokio::test(start_paused = true)]
async fn failed_polls_and_downloads_are_repeated() {
    use ServiceErrorKind::{NotFound, RateLimited, Transient};
    let directory = tempfile::tempdir().unwrap();
    let batch = create(directory.path(), prompts(1));
    let service = Scripted::default()
        .fetch_errors([Transient, NotFound, RateLimited])
        .download_errors([Transient, Transient]);
    let summary = run(&batch, &service, RunOptions::new()).await;
    assert_eq!(counts(&summary), [(RowStatus::Done, 1)].into());
    assert_eq!(
        (
            service.count("create"),
            service.count("fetch"),
            service.count("download")
        ),
        (1, 4, 3)
    );
}

#[tokio::test(start_paused = true)]
async fn task_that_is_not_found_is_left_for_the_next_run() {
    let directory = tempfile::tempdir().unwrap();
    let batch = create(directory.path(), prompts(1));
    let service = Scripted::default().fetch_errors([ServiceErrorKind::NotFound; 10]);
    let summary = run(&batch, &service, RunOptions::new()).await;
    assert_eq!(counts(&summary), [(RowStatus::Running, 1)].into());
    let summary = run(&batch, &service, RunOptions::new()).await;
    assert_eq!(counts(&summary), [(RowStatus::Done, 1)].into());
    assert_eq!(service.count("create"), 1);
}
