//! The SDK against the simulator and its faults; the simulator's ledger counts what was paid.

use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use toapis::{Client, ImageRequest, SubmissionOutcome};
use toapis_sim::Simulator;

fn client(sim: &Simulator) -> Client {
    Client::builder()
        .api_key(sim.key())
        .base_url(sim.base_url())
        .build()
        .unwrap()
}

#[tokio::test(start_paused = true)]
async fn create_faults_never_pay_twice() {
    for fault in [
        "create nth=1 => lose-answer",
        "create nth=1 => hang",
        "create nth=1 => hang early",
        "create nth=1 => reset",
        "create nth=1 => reset early",
        "create nth=1 => reset body",
        "create nth=1 => status 500 accepted",
        "create nth=1 => status 500",
        "create nth=1 => html accepted",
        "create nth=1 => html 503",
        "create nth=1 => empty accepted",
        "create nth=1 => status 429 retry-after=2",
        "create nth=1 => status 503",
        "create nth=1 => truncate 50%",
        "create nth=1 => truncate 10%",
        "create nth=1 => drip",
        "create nth=1 => wrong-type",
        "create nth=1 => wrong-type status",
        "create nth=1 => unknown-status",
        "create nth=1 => id-under",
        "create nth=1 => moderate",
    ] {
        for lookup in ["", "\nstatus => no-business-id", "\nstatus => status 500"] {
            let sim = Simulator::builder()
                .rate_limits(false)
                .start()
                .await
                .unwrap();
            sim.inject_faults(&format!("{fault}{lookup}")).unwrap();
            let result = client(&sim).images().submit("a cat").await;
            let accepted = sim.ledger().total.accepted;
            let cell = format!("{fault}{lookup}: {result:?}");
            assert!(accepted <= 1, "{accepted} {cell}");
            match result {
                Ok(_) => assert_eq!(accepted, 1, "{cell}"),
                Err(error) => match error.outcome().unwrap() {
                    SubmissionOutcome::Rejected => assert_eq!(accepted, 0, "{cell}"),
                    SubmissionOutcome::Accepted(_) => assert_eq!(accepted, 1, "{cell}"),
                    SubmissionOutcome::Unknown(_) => assert!(
                        accepted == 0 || !lookup.is_empty(),
                        "it could have been found: {cell}"
                    ),
                    other => panic!("unknown outcome {other:?}"),
                },
            }
            sim.shutdown().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn image_is_saved_despite_poll_and_file_faults() {
    for fault in [
        "status nth=1..3 => html",
        "status nth=2 => reset",
        "status nth=1 => hang",
        "status nth=1..2 => truncate",
        "status nth=1 => status 429 retry-after=3",
        "status => unknown-status",
        "status => flap",
        "status => wrong-type",
        "status => missing 3x",
        "status => result-in result.url",
        "status => result-in url",
        "status => result-in data",
        "status => result-in output",
        "file nth=1 => truncate 50%",
        "file nth=1 => truncate 50% framed",
        "file nth=1..2 => status 503",
        "file nth=1 => reset body",
        "file => drip 4096 10ms",
        "file => content-type text/plain",
        "preset flaky",
    ] {
        let sim = Simulator::builder()
            .rate_limits(false)
            .start()
            .await
            .unwrap();
        sim.inject_faults(fault).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.png");
        let done = client(&sim)
            .images()
            .generate(ImageRequest::new("a cat").size("1:1"))
            .await;
        let done = done.unwrap_or_else(|error| panic!("{fault}: {error}"));
        done.images()[0]
            .save(&path)
            .await
            .unwrap_or_else(|error| panic!("{fault}: {error}"));
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "{fault}");
        assert_eq!(sim.ledger().total.accepted, 1, "{fault}");
        sim.shutdown().await;
    }
}

#[tokio::test(start_paused = true)]
async fn documented_rate_limits_are_never_exceeded() {
    let sim = Simulator::start().await.unwrap();
    let client = client(&sim);
    let prompts = stream::iter((0..120).map(|number| format!("cat {number}")));
    let tasks = client
        .images()
        .generate_many(prompts)
        .max_in_flight(120)
        .submit_only();
    let tasks: Vec<_> = tasks.collect().await;
    assert!(tasks.iter().all(Result::is_ok));
    assert_eq!(
        (sim.ledger().total.accepted, client.metrics().retries),
        (120, 0)
    );
    tokio::time::advance(Duration::from_mins(2)).await;
}
