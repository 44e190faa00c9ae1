//! `toapis_contract::suite` against the simulator, which keeps the contract in every case.

use std::time::Duration;

use toapis_contract::suite::Suite;
use toapis_sim::Simulator;

#[tokio::test(start_paused = true)]
async fn the_simulator_keeps_the_contract_in_every_case_that_the_contract_gives() {
    let sim = Simulator::builder()
        .rate_limits(false)
        .start()
        .await
        .unwrap();
    let suite = Suite::new(sim.base_url(), sim.key())
        .unwrap()
        .max_tasks(10_000)
        .poll_interval(Duration::from_secs(5));
    let report = suite.plan().run(|_| {}).await;
    assert!(report.passed(), "{report}");
    assert!(report.summary.passed > 1000, "{report}");
    assert_eq!(report.summary.skipped, 0, "{report}");
}
