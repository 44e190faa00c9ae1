//! The conformance suite and the proxy against the simulator, with and without faults.

use std::time::Duration;

use toapis_conformance::{Report, Suite, proxy::ProxyBuilder};
use toapis_sim::Simulator;

/// Runs the suite against `url`.
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
async fn simulator_passes_every_case() {
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
async fn suite_waits_for_the_rate_limit_and_validates_429() {
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
async fn each_fault_preset_fails_with_a_reason_and_a_line() {
    for toapis_sim::faults::Preset { name: preset, .. } in toapis_sim::faults::presets() {
        let sim = Simulator::builder()
            .rate_limits(false)
            .start()
            .await
            .unwrap();
        sim.inject_faults(&format!("preset {preset}")).unwrap();
        let report = run(sim.base_url(), &sim, 100).await;
        assert!(!report.passed(), "{preset} was not detected");
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
async fn suite_passes_through_the_proxy_which_counts_every_exchange() {
    let sim = Simulator::builder()
        .rate_limits(false)
        .start()
        .await
        .unwrap();
    let proxy = ProxyBuilder::new(sim.base_url())
        .unwrap()
        .record_last(5)
        .start()
        .await
        .unwrap();
    let report = run(&proxy.base_url(), &sim, 100).await;
    assert!(report.passed(), "{report}");
    let stats = proxy.stats();
    let seen: u64 = stats.operations.values().map(|row| row.exchanges).sum();
    assert_eq!(seen, report.summary.requests, "{stats}");
    assert!(
        stats
            .operations
            .values()
            .all(|row| row.invalid_responses == 0),
        "{stats}"
    );
    // The suite's forbidden requests are invalid for the proxy too.
    assert!(
        stats.operations["createImage"].invalid_requests > 10,
        "{stats}"
    );
    assert_eq!(proxy.recording().exchanges().len(), 5);
    assert!(!proxy.recording().to_har().contains(sim.key()));
}
