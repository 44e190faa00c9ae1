//! The command against a service: the simulator for correct behaviour, raw responses for errors.

use serde_json::json;
use toapis_sim::Simulator;

use super::{Shell, snapshot};

const PROMPT: &str = "A cat in a spacesuit walking on the moon";

fn pixels(shell: &Shell, name: &str) -> (u32, u32) {
    let image = image::open(shell.path(name)).unwrap();
    (image.width(), image.height())
}

pub(super) async fn fast_service() -> Simulator {
    Simulator::builder()
        .speed(1000.0)
        .report_progress(false)
        .start()
        .await
        .unwrap()
}

#[tokio::test]
async fn generate_with_sim_needs_no_key_and_no_network() {
    let shell = Shell::new();
    let ran = shell
        .toapis([
            "generate", PROMPT, "--size", "16:9", "--sim", "-o", "cat.png",
        ])
        .await;
    assert_eq!((ran.exit, ran.stdout.as_str()), (0, "cat.png\n"), "{ran}");
    assert!(ran.stderr.starts_with("using a simulator at "), "{ran}");
    assert_eq!(pixels(&shell, "cat.png"), (1792, 1024));
    // No temporary file remains.
    assert_eq!(shell.files(), ["cat.png"]);
}

#[tokio::test]
async fn own_simulator_is_reached_without_the_proxy_of_the_environment() {
    // A port that nobody listens on.
    let closed = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let proxy = format!("http://{closed}");
    let shell = Shell::new()
        .set("HTTP_PROXY", &proxy)
        .set("http_proxy", &proxy)
        .set("ALL_PROXY", &proxy);
    let ran = shell
        .toapis(["generate", PROMPT, "--sim", "-o", "cat.png"])
        .await;
    assert_eq!((ran.exit, ran.stdout.as_str()), (0, "cat.png\n"), "{ran}");
}

#[tokio::test]
async fn quiet_prints_only_data_and_prompt_is_read_from_stdin() {
    let shell = Shell::new();
    let ran = shell
        .toapis_with_stdin(
            "A cat\n",
            ["generate", "-", "--sim", "-q", "--json", "-o", "."],
        )
        .await;
    assert_eq!((ran.exit, ran.stderr.as_str()), (0, ""), "{ran}");
    let task = ran.json();
    assert_eq!(task["simulated"], true);
    let path = task["images"][0]["path"].as_str().unwrap();
    assert!(
        path.contains(&format!("{}.png", task["id"].as_str().unwrap())),
        "{path}"
    );
    let bytes = std::fs::read(shell.path(path)).unwrap();
    assert_eq!(task["images"][0]["bytes"], bytes.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn task_can_be_created_polled_and_awaited_by_separate_commands() {
    let service = fast_service().await;
    let shell = Shell::with_service(&format!("{}/v1/", service.base_url()), service.key());
    let made = shell
        .toapis([
            "generate",
            PROMPT,
            "--no-wait",
            "--business-id",
            "order-1",
            "--json",
        ])
        .await;
    snapshot!("made", made);
    let id = made.json()["id"].as_str().unwrap().to_owned();

    snapshot!(
        "waited",
        shell
            .toapis(["wait", "order-1", "--poll-interval", "1", "-o", "cat.png"])
            .await
    );
    snapshot!("waited_again", shell.toapis(["wait", &id, "--json"]).await);
    snapshot!("status", shell.toapis(["status", &id]).await);
    snapshot!(
        "status_json",
        shell.toapis(["status", "order-1", "--json"]).await
    );
    assert_eq!(
        service.ledger().total.accepted,
        1,
        "only one command creates a task"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn several_images_are_numbered_and_overwritten_only_by_force() {
    let service = fast_service().await;
    let shell = Shell::with_service(service.base_url(), service.key());
    let two = [
        "generate",
        PROMPT,
        "--model",
        "gpt-image-2",
        "-n",
        "2",
        "--field",
        "output_format=jpeg",
        "--poll-interval",
        "1",
        "-o",
        "cat.png",
    ];
    snapshot!("two_images", shell.toapis(two).await);
    assert_eq!(shell.files(), ["cat-1.png", "cat-2.png"]);

    let refused = shell.toapis(two).await;
    assert_eq!(refused.exit, 2, "{refused}");
    assert_eq!(
        service.ledger().total.accepted,
        1,
        "nothing is billed if a file exists"
    );
    let forced = shell.toapis(two.into_iter().chain(["--force"])).await;
    assert_eq!(forced.exit, 0, "{forced}");
}

#[tokio::test(flavor = "multi_thread")]
async fn local_reference_is_uploaded_first() {
    let service = fast_service().await;
    let shell = Shell::with_service(service.base_url(), service.key());
    std::fs::copy(
        crate::support::root().join("docs/cat.png"),
        shell.path("cat.png"),
    )
    .unwrap();
    let ran = shell
        .toapis([
            "generate",
            PROMPT,
            "--reference",
            "cat.png",
            "--poll-interval",
            "1",
            "-o",
            "new.png",
        ])
        .await;
    assert_eq!(ran.exit, 0, "{ran}");
    let ledger = service.ledger().total;
    assert_eq!(
        (ledger.uploaded, ledger.accepted, ledger.keys_leaked),
        (1, 1, 0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn balance_and_models_are_printed() {
    let account = toapis_sim::Account::new("main")
        .key(toapis_sim::Key::generated())
        .credits(1000);
    let service = Simulator::builder().account(account).start().await.unwrap();
    let shell = Shell::with_service(service.base_url(), service.key());
    snapshot!("balance", shell.toapis(["balance"]).await);
    snapshot!(
        "balance_account",
        shell.toapis(["balance", "--account", "--json"]).await
    );
    let models = shell.toapis(["models", "--json"]).await.json();
    let models = models["models"].as_array().unwrap();
    assert!(
        models.len() > 20 && models.iter().all(|model| model["known"] == true),
        "{models:?}"
    );
    assert!(
        shell
            .toapis(["models"])
            .await
            .stdout
            .contains("gemini-2.5-flash-image-preview\n")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_of_the_service_have_their_exit_codes() {
    let task = |status: &str| json!({"id": "t1", "object": "generation.task", "status": status, "model": "m"});
    let failed = json!({"id": "t1", "status": "failed", "error": {"code": "generation_failed", "message": "上游失败"}});
    let error = |code: &str, message: &str| json!({"error": {"code": code, "message": message}});
    for (name, status, body) in [
        ("task_failed", 200, failed.to_string()),
        ("completed_without_url", 200, task("completed").to_string()),
        (
            "key_rejected",
            401,
            error("unauthorized", "Invalid API key").to_string(),
        ),
        (
            "task_not_found",
            404,
            error("404", "Task not found").to_string(),
        ),
        (
            "html_page",
            200,
            "<html><title>It works!</title></html>".to_owned(),
        ),
    ] {
        let service = httpmock::MockServer::start_async().await;
        service
            .mock_async(|when, then| {
                when.method("GET").path("/v1/images/generations/t1");
                then.status(status).body(body);
            })
            .await;
        let shell = Shell::with_service(&service.base_url(), "sk-test");
        snapshot!(name, shell.toapis(["status", "t1"]).await);
        if status == 200 && name != "html_page" {
            snapshot!(format!("{name}_wait"), shell.toapis(["wait", "t1"]).await);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn timeout_leaves_the_task_running_and_names_the_command_to_continue() {
    let service = httpmock::MockServer::start_async().await;
    service
        .mock_async(|when, then| {
            when.method("GET").path("/v1/images/generations/t1");
            // An unknown status.
            then.status(200)
                .json_body(json!({"id": "t1", "status": "moderating", "progress": 3}));
        })
        .await;
    let shell = Shell::with_service(&service.base_url(), "sk-test");
    snapshot!(
        "still_running",
        shell
            .toapis(["wait", "t1", "--poll-interval", "1", "--timeout", "1"])
            .await
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn insufficient_credits_exit_with_4() {
    let service = httpmock::MockServer::start_async().await;
    service
        .mock_async(|when, then| {
            when.method("POST").path("/v1/images/generations");
            then.status(402).json_body(json!({"error": {"code": "insufficient_quota", "message": "额度不足", "type": "x"}}));
        })
        .await;
    let shell = Shell::with_service(&service.base_url(), "sk-test");
    snapshot!(
        "no_credits",
        shell
            .toapis(["generate", PROMPT, "--json", "--business-id", "order-1"])
            .await
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_outcome_exits_with_7_and_names_the_id() {
    let service = httpmock::MockServer::start_async().await;
    let creates = service
        .mock_async(|when, then| {
            when.method("POST").path("/v1/images/generations");
            then.status(502)
                .header("content-type", "text/html")
                .body("<html><title>502 Bad Gateway</title></html>");
        })
        .await;
    let shell = Shell::with_service(&service.base_url(), "sk-test");
    snapshot!(
        "outcome_unknown",
        shell
            .toapis([
                "generate",
                PROMPT,
                "--business-id",
                "order-1",
                "--timeout",
                "2"
            ])
            .await
    );
    assert_eq!(
        creates.calls_async().await,
        1,
        "a create that may have succeeded is never sent twice"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn contract_test_reports_violations_with_their_line() {
    let service = Simulator::builder()
        .rate_limits(false)
        .speed(1000.0)
        .start()
        .await
        .unwrap();
    let shell = Shell::with_service("", service.key());
    let kept = shell.toapis(["contract", service.base_url()]).await;
    assert_eq!(kept.exit, 0, "{kept}");
    assert!(
        kept.stdout.contains(" 0 failed,") && kept.stderr.contains("no task will be created"),
        "{kept}"
    );
    assert_eq!(
        service.ledger().total.accepted,
        0,
        "no task without --max-tasks"
    );

    service.inject_faults("models => wrong-type data").unwrap();
    let broken = [
        "contract",
        service.base_url(),
        "--junit",
        "junit.xml",
        "--sarif",
        "contract.sarif",
    ];
    let broken = shell.toapis(broken).await;
    assert_eq!(broken.exit, 1, "{broken}");
    assert!(
        broken.stdout.contains("listModels") && broken.stdout.contains("openapi.yaml:"),
        "{broken}"
    );
    assert!(
        std::fs::read_to_string(shell.path("junit.xml"))
            .unwrap()
            .contains("<failure")
    );
    assert!(
        std::fs::read_to_string(shell.path("contract.sarif"))
            .unwrap()
            .contains("openapi.yaml")
    );

    let json = shell
        .toapis(["contract", service.base_url(), "--json", "-q"])
        .await;
    assert!(
        json.json()["summary"]["failed"].as_u64().unwrap() > 0,
        "the report is the only document"
    );
}

#[tokio::test]
async fn invalid_simulator_settings_are_usage_errors() {
    let shell = Shell::new();
    std::fs::write(
        shell.path("rules"),
        "create nth=1 => lose-answer\ncreate => explode\n",
    )
    .unwrap();
    snapshot!(
        "fault_unknown",
        shell
            .toapis(["sim", "--port", "0", "--faults", "rules"])
            .await
    );
    snapshot!(
        "fault_file_missing",
        shell
            .toapis(["sim", "--port", "0", "--faults", "none"])
            .await
    );
    snapshot!(
        "preset_unknown",
        shell.toapis(["sim", "--preset", "bogus"]).await
    );
    let taken = Simulator::start().await.unwrap();
    let port = taken.base_url().rsplit(':').next().unwrap();
    let ran = shell.toapis(["sim", "--port", port]).await;
    assert!(ran.exit == 2 && ran.stderr.contains(port), "{ran}");
}
