//! Files that are truncated, expired or endless, and keys sent to a file host.

use toapis_sim::Simulator;
use tokio::time::Instant;

use super::{completed_task, image_url};
use crate::common::{TestClient, fetch, http};

#[tokio::test(start_paused = true)]
async fn files_are_truncated_expired_mislabelled_or_padded() {
    let sim = Simulator::start().await.unwrap();
    let client = TestClient::new(&sim);
    let id = completed_task(&sim, &client).await;
    let url = image_url(&client, &id).await;
    let whole = fetch(&url).await.bytes().await.unwrap();
    assert_eq!(sim.ledger().total.downloaded, 1);

    sim.inject_faults(
        "file nth=1 => truncate 30%; file nth=2 => truncate framed; file nth=3 => reset body",
    )
    .unwrap();
    let broken = fetch(&url).await;
    assert_eq!(broken.content_length(), Some(whole.len() as u64));
    assert!(broken.bytes().await.is_err());
    assert_eq!(
        fetch(&url).await.bytes().await.unwrap().len(),
        whole.len() / 2
    );
    assert!(fetch(&url).await.bytes().await.is_err());
    sim.clear_faults();

    sim.inject_faults("file nth=1 => expire 410; file nth=2 => content-type text/html; file nth=3 => oversize 20MB").unwrap();
    assert_eq!(fetch(&url).await.status(), 410);
    let odd = fetch(&url).await;
    assert_eq!(odd.headers()["content-type"], "text/html");
    assert_eq!(odd.bytes().await.unwrap(), whole);
    let large = fetch(&url).await.bytes().await.unwrap();
    assert_eq!(
        (large.len(), &large[..whole.len()]),
        (20_000_000, &whole[..])
    );
    sim.clear_faults();

    sim.inject_faults("file => drip 100kB 1s").unwrap_err();
    sim.inject_faults("file => drip 100000 1s").unwrap();
    let begun = Instant::now();
    assert_eq!(fetch(&url).await.bytes().await.unwrap(), whole);
    assert_eq!(
        begun.elapsed().as_secs(),
        whole.len().div_ceil(100_000) as u64
    );
    // The mislabelled and the slow file were complete.
    assert_eq!(sim.ledger().total.downloaded, 3);
}

#[tokio::test(start_paused = true)]
async fn keys_sent_to_a_file_host_are_counted() {
    let sim = Simulator::start().await.unwrap();
    let client = TestClient::new(&sim);
    let id = completed_task(&sim, &client).await;
    let url = image_url(&client, &id).await;
    assert_eq!(
        http()
            .get(&url)
            .bearer_auth(sim.key())
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
    assert_eq!(sim.ledger().total.keys_leaked, 1);
    let seen = sim.exchanges().pop().unwrap();
    assert!(seen.authorized && seen.port == "files");
    assert!(!format!("{seen:?}").contains(sim.key()), "keys are masked");
}
