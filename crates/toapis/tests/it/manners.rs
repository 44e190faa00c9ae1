//! How the SDK behaves while things go wrong: how long, how often and in which form it asks.

use std::time::Duration;

use serde_json::json;
use toapis::{ErrorKind, ImageRequest, PollingPolicy, TaskUpdate};
use tokio::time::Instant;

use crate::script::{Act, Script, answer, html, json as reply};

#[tokio::test(start_paused = true)]
async fn references_are_sent_in_the_other_form_only_where_their_form_is_what_was_refused() {
    let about = |status: u16, field: &str| {
        let error = json!({"error": {"code": "invalid_request", "message": "bad", "param": field}});
        reply(status, error)
    };
    let plain = ImageRequest::new("a cat");
    let with_one = plain.clone().reference("https://example.com/a.png");
    for (request, status, field, creates) in [
        (with_one.clone(), 400, "image_urls", 2),
        (with_one.clone(), 422, "image_urls", 1),
        (with_one, 400, "prompt", 1),
        (plain, 400, "image_urls", 1),
    ] {
        let script = Script::start(move |_, _| about(status, field)).await;
        let error = script.client().images().submit(request).await.unwrap_err();
        assert!(error.outcome().unwrap().is_rejected());
        assert_eq!(script.creates(), creates, "{status} {field}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_not_asked_for_again_where_the_key_is_refused() {
    let script = Script::start(|_, asked| {
        if asked.is_create() {
            Act::Drop
        } else {
            reply(401, json!({"error": {"code": 401, "message": "no"}}))
        }
    })
    .await;
    let error = script.client().images().submit("a cat").await.unwrap_err();
    assert!(error.outcome().unwrap().is_unknown());
    assert_eq!(script.asked().len(), 2, "a create and one look");
    assert!(error.message().contains("asked 1 times"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_create_that_is_refused_for_its_speed_is_tried_no_longer_than_the_policy_says() {
    let script =
        Script::start(|_, _| reply(429, json!({"error": {"code": "rate_limit_exceeded"}}))).await;
    let total = Duration::from_secs(10);
    let policy = toapis::RetryPolicy::default()
        .max_attempts(1000)
        .max_elapsed(total);
    let client = script.builder().retry_policy(policy).build().unwrap();
    let start = Instant::now();
    let submit = client
        .images()
        .submit("a cat")
        .timeout(Duration::from_mins(5));
    let error = submit.await.unwrap_err();
    assert!(error.kind() == ErrorKind::RateLimited && error.outcome().unwrap().is_rejected());
    assert!(error.attempts() > 1 && start.elapsed() <= total, "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_asked_for_as_patiently_as_the_service_wants_and_no_longer_than_was_said()
{
    let script = Script::start(|_, asked| {
        if asked.is_create() {
            Act::Drop
        } else {
            answer(429, &[("retry-after", "7")], "{}")
        }
    })
    .await;
    let client = script
        .builder()
        .reconcile_timeout(Duration::from_secs(30))
        .build()
        .unwrap();
    let start = Instant::now();
    let submit = client
        .images()
        .submit("a cat")
        .timeout(Duration::from_mins(10));
    assert!(submit.await.unwrap_err().outcome().unwrap().is_unknown());
    assert!(
        start.elapsed() <= Duration::from_secs(31),
        "{:?}",
        start.elapsed()
    );
    let looks: Vec<_> = script
        .asked()
        .iter()
        .skip(1)
        .map(|asked| asked.at)
        .collect();
    assert!(looks.len() > 2);
    for pair in looks.windows(2) {
        assert!(pair[1] - pair[0] >= Duration::from_secs(7), "{looks:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_task_that_is_not_found_now_and_then_between_other_troubles_is_not_given_up() {
    let script = Script::start(|before, _| match before {
        9 => reply(
            200,
            json!({"id": "t", "status": "completed", "url": "https://f/a.png"}),
        ),
        number if number % 3 == 2 => html(502),
        _ => reply(
            404,
            json!({"error": {"code": 404, "message": "no such task"}}),
        ),
    })
    .await;
    let every = PollingPolicy::fixed(Duration::from_secs(4));
    let done = script
        .client()
        .task("t")
        .wait()
        .polling_policy(every)
        .await
        .unwrap();
    assert_eq!(done.polls(), 10);
}

#[tokio::test(start_paused = true)]
async fn a_service_in_trouble_is_asked_less_and_less_often() {
    let script = Script::start(|_, _| html(502)).await;
    let every = PollingPolicy::fixed(Duration::from_secs(1));
    let wait = script.client().task("t").wait().polling_policy(every);
    wait.timeout(Duration::from_mins(2)).await.unwrap_err();
    let looks = script.asked().len();
    assert!((4..20).contains(&looks), "{looks} looks in two minutes");
}

#[tokio::test(start_paused = true)]
async fn looks_that_fail_are_counted_in_a_row_and_one_that_works_begins_anew() {
    let script = Script::start(|before, _| match before {
        20 => reply(
            200,
            json!({"id": "t", "status": "completed", "url": "https://f/a.png"}),
        ),
        number if number % 2 == 0 => html(502),
        _ => reply(200, json!({"id": "t", "status": "in_progress"})),
    })
    .await;
    let done = script
        .client()
        .task("t")
        .wait()
        .max_consecutive_errors(3)
        .await
        .unwrap();
    assert_eq!(done.polls(), 21);
}

#[tokio::test(start_paused = true)]
async fn a_gateways_own_403_is_not_taken_for_the_services_word() {
    let script = Script::start(|before, _| match before {
        6 => reply(
            200,
            json!({"id": "t", "status": "completed", "url": "https://f/a.png"}),
        ),
        _ => html(403),
    })
    .await;
    let every = PollingPolicy::fixed(Duration::from_secs(4));
    let done = script
        .client()
        .task("t")
        .wait()
        .polling_policy(every)
        .await
        .unwrap();
    assert_eq!(done.polls(), 7);
}

#[tokio::test(start_paused = true)]
async fn a_progress_that_falls_is_told_and_believed_no_more_than_it_deserves() {
    let script = Script::start(|before, _| match [50, 20, 20, 60].get(before) {
        Some(progress) => reply(
            200,
            json!({"id": "t", "status": "in_progress", "progress": progress}),
        ),
        None => reply(
            200,
            json!({"id": "t", "status": "completed", "url": "https://f/a.png"}),
        ),
    })
    .await;
    let mut updates = script.client().task("t").updates();
    let mut told = Vec::new();
    while let Some(update) = updates.next().await {
        if let TaskUpdate::Progress(progress) = update.unwrap() {
            told.push(progress);
        }
    }
    assert_eq!(told, [50, 20, 60]);
}
