//! `toapis_contract::suite` and `proxy` against the simulator: it keeps the contract, and with each fault preset it does not.

use std::time::Duration;

use toapis_contract::{
    proxy::Proxy,
    suite::{Report, Suite},
};
use toapis_sim::Simulator;

/// Runs the suite against `url`; the waiting costs nothing under a paused clock.
async fn run(url: &str, sim: &Simulator, tasks: u64) -> Report {
    Suite::new(url, sim.key())
        .unwrap()
        .max_tasks(tasks)
        .poll_interval(Duration::from_secs(5))
        .plan()
        .run(|_| {})
        .await
}

#[tokio::test(start_paused = true)]
async fn the_simulator_keeps_the_contract_in_every_case_that_the_contract_gives() {
    let sim = Simulator::builder()
        .rate_limits(false)
        .start()
        .await
        .unwrap();
    let report = run(sim.base_url(), &sim, 10_000).await;
    assert!(report.passed(), "{report}");
    assert!(report.summary.passed > 1000, "{report}");
    assert_eq!(report.summary.skipped, 0, "{report}");
    assert_eq!(
        report.summary.tasks,
        sim.ledger().total.accepted,
        "{report}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_limited_service_is_waited_for_and_its_429_is_judged() {
    let sim = Simulator::start().await.unwrap();
    let report = run(sim.base_url(), &sim, 60).await;
    assert!(report.passed(), "{report}");
    let table = report.to_string();
    let create = table
        .lines()
        .find(|line| line.starts_with("createImage "))
        .unwrap();
    assert!(create.contains(" 429 "), "{table}");
}

#[tokio::test(start_paused = true)]
async fn with_each_fault_preset_it_fails_and_names_operation_place_and_line() {
    for toapis_sim::faults::Preset { name: preset, .. } in toapis_sim::faults::presets() {
        let sim = Simulator::builder()
            .rate_limits(false)
            .start()
            .await
            .unwrap();
        sim.inject_faults(&format!("preset {preset}")).unwrap();
        let report = run(sim.base_url(), &sim, 100).await;
        assert!(!report.passed(), "{preset} went unseen");
        for case in report.failures() {
            assert!(
                case.message.is_some() || !case.violations.is_empty(),
                "{preset}: {case}"
            );
            assert!(
                case.source.line.is_some_and(|line| line > 1),
                "{preset}: {case}"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn through_the_proxy_the_simulator_is_the_same_and_the_proxy_saw_all_of_it() {
    let sim = Simulator::builder()
        .rate_limits(false)
        .start()
        .await
        .unwrap();
    let proxy = Proxy::to(sim.base_url())
        .unwrap()
        .record(5)
        .start()
        .await
        .unwrap();
    let report = run(&proxy.base_url(), &sim, 100).await;
    assert!(report.passed(), "{report}");
    let tally = proxy.tally();
    let seen: u64 = tally.operations.values().map(|row| row.exchanges).sum();
    assert_eq!(seen, report.summary.requests, "{tally}");
    assert!(
        tally.operations.values().all(|row| row.bad_answers == 0),
        "{tally}"
    );
    // What the suite sends wrongly on purpose, the proxy sees as wrong.
    assert!(tally.operations["createImage"].bad_requests > 10, "{tally}");
    assert_eq!(proxy.recording().exchanges().len(), 5);
    assert!(!proxy.recording().to_har().contains(sim.key()));
}
