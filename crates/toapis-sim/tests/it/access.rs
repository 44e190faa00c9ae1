//! Who may call the simulator: keys, host names, and web pages of other origins.

use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use toapis_sim::Simulator;

use crate::common::{TestClient, http, read};

async fn send(request: RequestBuilder) -> Response {
    request.send().await.unwrap()
}

fn header<'r>(response: &'r Response, name: &str) -> Option<&'r str> {
    response.headers().get(name)?.to_str().ok()
}

#[tokio::test(start_paused = true)]
async fn unauthorized_responses_say_what_is_missing() {
    let sim = Simulator::start().await.unwrap();
    let request = || http().get(format!("{}/v1/balance", sim.base_url()));
    let mut messages = Vec::new();
    for request in [
        request(),
        request().header("authorization", sim.key()),
        request().bearer_auth("sk-other"),
        request()
            .bearer_auth("sk-other")
            .header("accept-language", "zh"),
    ] {
        let (status, body) = read(send(request).await).await;
        assert_eq!(status, 401);
        messages.push(body["error"]["message"].as_str().unwrap().to_owned());
    }
    insta::assert_snapshot!(messages.join("\n"), @r"
    Invalid API key: the `Authorization` header is missing; send `Authorization: Bearer KEY`
    Invalid API key: the `Authorization` header must be `Bearer KEY`
    Invalid API key: the key is not one of this simulator's keys
    无效的 API 密钥：该密钥不属于此模拟器
    ");
    assert!(
        sim.exchanges()
            .iter()
            .all(|one| one.response_violations.is_empty())
    );
}

#[tokio::test(start_paused = true)]
async fn wrong_content_type_is_rejected_with_the_expected_one() {
    let sim = Simulator::start().await.unwrap();
    let create = http()
        .post(format!("{}/v1/images/generations", sim.base_url()))
        .bearer_auth(sim.key())
        .header("content-type", "application/x-www-form-urlencoded")
        .body(json!({ "model": "nano-banana", "prompt": "x" }).to_string());
    let (status, body) = read(send(create).await).await;
    assert_eq!(
        (status, &body["error"]["message"]),
        (
            400,
            &json!("the `Content-Type` header must be application/json")
        )
    );
}

#[tokio::test(start_paused = true)]
async fn generated_key_differs_per_run_unless_seeded() {
    let unseeded = [
        Simulator::start().await.unwrap(),
        Simulator::start().await.unwrap(),
    ];
    assert_ne!(unseeded[0].key(), unseeded[1].key());
    let seeded = || Simulator::builder().seed(5).start();
    assert_eq!(seeded().await.unwrap().key(), seeded().await.unwrap().key());
}

#[tokio::test(start_paused = true)]
async fn every_response_of_the_api_announces_the_simulator_and_its_speed() {
    let sim = Simulator::builder()
        .speed(2.5)
        .faults("create nth=2 => html 502")
        .start()
        .await
        .unwrap();
    let client = TestClient::new(&sim);
    let request = json!({ "model": "nano-banana", "prompt": "x" });
    for status in [200, 502] {
        let response = client.raw_create(&request).await;
        assert_eq!(response.status(), status);
        assert_eq!(header(&response, "x-toapis-simulator"), Some("speed=2.5"));
    }
    let unknown = client.try_get("/v1/images/generations/none").await.unwrap();
    assert_eq!(header(&unknown, "x-toapis-simulator"), Some("speed=2.5"));
}

#[tokio::test(start_paused = true)]
async fn other_host_names_are_rejected_unless_allowed() {
    let sim = Simulator::builder()
        .allow_host("sim")
        .admin_port(0)
        .start()
        .await
        .unwrap();
    let paths = [
        format!("{}/v1/balance", sim.base_url()),
        format!("{}/uploads/none", sim.files_url()),
        format!("{}/api/ledger", sim.admin_url().unwrap()),
    ];
    for url in &paths {
        for (host, is_allowed) in [("evil.example", false), ("sim:4010", true)] {
            let request = http().get(url).bearer_auth(sim.key()).header("host", host);
            let status = send(request).await.status();
            assert_eq!(status != StatusCode::FORBIDDEN, is_allowed, "{url} {host}");
        }
    }
    assert_eq!(sim.ledger().total.requests, 1);
}

/// Sends a preflight request as a browser does before a create.
async fn preflight(url: String) -> Response {
    let request = http()
        .request(Method::OPTIONS, url)
        .header("origin", "https://page.example")
        .header("access-control-request-method", "POST")
        .header(
            "access-control-request-headers",
            "authorization,content-type",
        )
        .header("access-control-request-private-network", "true");
    send(request).await
}

#[tokio::test(start_paused = true)]
async fn only_balances_are_open_to_other_origins_by_default() {
    let sim = Simulator::start().await.unwrap();
    let client = TestClient::new(&sim);
    for path in [
        "/v1/balance",
        "/v1/user/balance",
        "/balance",
        "/user/balance",
    ] {
        let response = client.try_get(path).await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(
            header(&response, "access-control-allow-origin"),
            Some("*"),
            "{path}"
        );
        let preflight = preflight(format!("{}{path}", sim.base_url())).await;
        assert_eq!(preflight.status(), 204, "{path}");
    }
    let models = client.try_get("/v1/models").await.unwrap();
    assert_eq!(header(&models, "access-control-allow-origin"), None);
    let create = preflight(format!("{}/v1/images/generations", sim.base_url())).await;
    assert_eq!(create.status(), 404);
}

#[tokio::test(start_paused = true)]
async fn cors_option_opens_the_api_and_the_files_to_other_origins() {
    let sim = Simulator::builder().cors(true).start().await.unwrap();
    let client = TestClient::new(&sim);
    let create = preflight(format!("{}/v1/images/generations", sim.base_url())).await;
    let headers: Vec<_> = [
        "access-control-allow-origin",
        "access-control-allow-methods",
        "access-control-allow-headers",
        "access-control-allow-private-network",
    ]
    .map(|name| header(&create, name).unwrap_or_default().to_owned())
    .into();
    assert_eq!(create.status(), 204);
    assert_eq!(
        headers,
        [
            "*",
            "GET, POST, OPTIONS",
            "authorization,content-type",
            "true"
        ]
    );

    let request = json!({ "model": "nano-banana", "prompt": "x" });
    let created = client.raw_create(&request).await;
    assert_eq!(header(&created, "access-control-allow-origin"), Some("*"));
    assert_eq!(header(&created, "access-control-expose-headers"), Some("*"));
    let file = format!("{}/uploads/none", sim.files_url());
    let missing = send(http().get(&file)).await;
    assert_eq!(header(&missing, "access-control-allow-origin"), Some("*"));
    assert_eq!(preflight(file).await.status(), 204);
    let body: Value = created.json().await.unwrap();
    assert_eq!(body["status"], "pending");
}
