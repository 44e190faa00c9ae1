//! Every example, run against the simulator.

use std::sync::Arc;
use std::time::Duration;

use toapis::{Client, ClientBuilder, WebhookVerifier};
use toapis_sim::{Account, Key, Simulator, Webhook};

macro_rules! example {
    ($($name:ident: $path:literal),*) => {
        $(
            #[path = $path]
            #[allow(dead_code, unreachable_pub, clippy::needless_pass_by_value, reason = "its `main` is not run here; it is written as a program")]
            mod $name;
        )*
    };
}

example!(
    first: "../../examples/first.rs",
    reference: "../../examples/reference.rs",
    progress: "../../examples/progress.rs",
    resume: "../../examples/resume.rs",
    many: "../../examples/many.rs",
    webhook: "../../examples/webhook.rs",
    http_client: "../../examples/http_client.rs",
    unknown_outcome: "../../examples/unknown_outcome.rs"
);

fn builder(sim: &Simulator) -> ClientBuilder {
    Client::builder()
        .api_key(sim.key())
        .base_url(sim.base_url())
}

async fn start() -> (Simulator, Client, tempfile::TempDir) {
    let sim = Simulator::start().await.unwrap();
    let client = builder(&sim).build().unwrap();
    (sim, client, tempfile::tempdir().unwrap())
}

fn is_png(path: &std::path::Path) -> bool {
    std::fs::read(path).is_ok_and(|bytes| bytes.starts_with(b"\x89PNG"))
}

#[tokio::test(start_paused = true)]
async fn first_example_saves_an_image() {
    let (_sim, client, dir) = start().await;
    first::run(client, dir.path()).await.unwrap();
    assert!(is_png(&dir.path().join("cat.png")));
}

#[tokio::test(start_paused = true)]
async fn reference_example_uploads_a_file() {
    let (_sim, client, dir) = start().await;
    first::run(client.clone(), dir.path()).await.unwrap();
    let file = dir.path().join("cat.png");
    reference::run(client, &file, None, dir.path())
        .await
        .unwrap();
    assert!(is_png(&dir.path().join("cat-in-space.png")));
}

#[tokio::test(start_paused = true)]
async fn progress_example_prints_every_update() {
    let (_sim, client, _dir) = start().await;
    let told = progress::run(client).await.unwrap();
    assert!(
        told[0].starts_with("accepted as ") && told.last().unwrap().starts_with("completed: http"),
        "{told:?}"
    );
    assert!(told.contains(&"now completed".to_owned()), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn resume_example_pays_once() {
    let (sim, client, dir) = start().await;
    // The first run is killed while it polls.
    let died = tokio::time::timeout(
        Duration::from_millis(50),
        resume::run(client.clone(), dir.path()),
    )
    .await;
    assert!(died.is_err() && sim.ledger().total.accepted == 1);
    resume::run(client.clone(), dir.path()).await.unwrap();
    assert!(is_png(&dir.path().join("cat.png")));
    resume::run(client, dir.path()).await.unwrap();
    assert_eq!(sim.ledger().total.accepted, 1);
}

#[tokio::test(start_paused = true)]
async fn many_example_isolates_a_failure() {
    let (sim, client, dir) = start().await;
    sim.inject_faults("create nth=2 => moderate").unwrap();
    let saved = many::run(
        client,
        (0..4).map(|number| format!("cat {number}")).collect(),
        dir.path(),
    )
    .await;
    assert_eq!(
        (saved, std::fs::read_dir(dir.path()).unwrap().count()),
        (3, 3)
    );
}

#[tokio::test(start_paused = true)]
async fn webhook_example_saves_the_image() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hooks/toapis", listener.local_addr().unwrap());
    let secret = [7_u8; 32];
    let account =
        Account::new("main").key(Key::new("sk-hooked").webhook(Webhook::new(url, secret)));
    let sim = Simulator::builder().account(account).start().await.unwrap();
    let client = Client::builder()
        .api_key("sk-hooked")
        .base_url(sim.base_url())
        .build()
        .unwrap();
    let dir = tempfile::tempdir().unwrap();
    let state = webhook::App {
        client: client.clone(),
        verifier: WebhookVerifier::new(secret),
        dir: dir.path().to_owned(),
        seen: Arc::default(),
    };
    tokio::spawn(async move { axum::serve(listener, webhook::app(state)).await });
    let task = client.images().submit("a cat").await.unwrap();
    let picture = dir.path().join(format!("{}.png", task.id()));
    for _ in 0..100 {
        if is_png(&picture) {
            break;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let deliveries = sim.deliveries();
    assert!(is_png(&picture), "{deliveries:?}");
}

#[tokio::test(start_paused = true)]
async fn http_client_example_uses_proxy_and_shared_client() {
    let (sim, _client, _dir) = start().await;
    let proxy = toapis_test_support::server::ScriptedServer::start(|_, request| {
        assert!(request.path.starts_with("http://"), "{}", request.path);
        toapis_test_support::server::json_response(
            200,
            serde_json::json!({"success": true, "remain_balance": 7.5, "unlimited_quota": false}),
        )
    })
    .await;
    let balance = http_client::through_proxy(builder(&sim), &proxy.url)
        .await
        .unwrap();
    assert_eq!(balance.remaining_usd, Some(7.5));
    let tls = rustls::ClientConfig::builder_with_provider(Arc::new(
        rustls::crypto::ring::default_provider(),
    ))
    .with_safe_default_protocol_versions()
    .unwrap()
    .with_root_certificates(rustls::RootCertStore::empty())
    .with_no_client_auth();
    let http = toapis::reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .build()
        .unwrap();
    assert!(
        http_client::shared(builder(&sim), http)
            .await
            .unwrap()
            .remaining_credits
            .is_some()
    );
}

#[tokio::test(start_paused = true)]
async fn unknown_outcome_example_recovers_the_task() {
    let (sim, client, _dir) = start().await;
    sim.inject_faults("create => lose-answer\nstatus nth=1..7 => status 500")
        .unwrap();
    let task = unknown_outcome::run(client, Duration::from_mins(5))
        .await
        .unwrap()
        .unwrap();
    assert!(task.was_recovered() && sim.ledger().total.accepted == 1);
}
