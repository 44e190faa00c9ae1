//! Ctrl-C, and the simulator as a server.

use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use super::Shell;

async fn signal(child: &Child, name: &str) {
    let id = child.id().expect("a running process").to_string();
    let sent = Command::new("kill")
        .args(["-s", name, &id])
        .status()
        .await
        .unwrap();
    assert!(sent.success());
}

/// Reads lines until one contains the word and returns it.
async fn line_with(reader: impl tokio::io::AsyncRead + Unpin, word: &str) -> String {
    let mut lines = BufReader::new(reader).lines();
    while let Some(line) = lines.next_line().await.unwrap() {
        if line.contains(word) {
            return line;
        }
    }
    panic!("the output ended without `{word}`");
}

#[tokio::test(flavor = "multi_thread")]
async fn simulator_serves_until_a_signal() {
    for name in ["INT", "TERM"] {
        let shell = Shell::new();
        let mut command = shell.command(env!("CARGO_BIN_EXE_toapis-under-test"));
        let mut child = command
            .args(["sim", "--port", "0", "--json"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let line = line_with(child.stdout.take().unwrap(), "base_url").await;
        let base_url = line.split('"').nth(3).unwrap();
        let status = status_of(&format!("{base_url}/v1/balance")).await;
        assert_eq!(status, 401, "it serves and requires a key");
        signal(&child, name).await;
        assert_eq!(child.wait().await.unwrap().code(), Some(0), "SIG{name}");
    }
}

async fn status_of(url: &str) -> u16 {
    let address = url.trim_start_matches("http://").split('/').next().unwrap();
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    tokio::io::AsyncWriteExt::write_all(
        &mut stream,
        format!("GET /v1/balance HTTP/1.1\r\nhost: {address}\r\n\r\n").as_bytes(),
    )
    .await
    .unwrap();
    let status = BufReader::new(stream)
        .lines()
        .next_line()
        .await
        .unwrap()
        .unwrap();
    status.split(' ').nth(1).unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn interruption_names_the_task_that_continues() {
    let shell = Shell::new();
    let mut command = shell.command(env!("CARGO_BIN_EXE_toapis-under-test"));
    let mut child = command
        .args(["generate", "A cat", "--sim", "--json", "-o", "cat.png"])
        .spawn()
        .unwrap();
    let stderr = child.stderr.take().unwrap();
    let mut lines = BufReader::new(stderr).lines();
    let mut printed = Vec::new();
    while let Some(line) = lines.next_line().await.unwrap() {
        if line.starts_with("task ") {
            signal(&child, "INT").await;
        }
        printed.push(line);
    }
    let output = child.wait_with_output().await.unwrap();
    assert_eq!(output.status.code(), Some(130), "{printed:#?}");
    assert!(
        printed
            .iter()
            .any(|line| line.contains("continues") && line.contains("toapis wait")),
        "{printed:#?}"
    );
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["error"]["exit"], "interrupted");
    assert!(document["error"]["task_id"].is_string(), "{document}");
    assert_eq!(
        shell.files(),
        Vec::<String>::new(),
        "no partial file remains"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn business_id_of_a_killed_command_finds_its_task() {
    let service = toapis_sim::Simulator::builder()
        .faults("create => hang")
        .speed(1000.0)
        .start()
        .await
        .unwrap();
    let shell = Shell::with_service(service.base_url(), service.key());
    let mut command = shell.command(env!("CARGO_BIN_EXE_toapis-under-test"));
    let mut child = command.args(["generate", "A cat"]).spawn().unwrap();
    let line = line_with(child.stderr.take().unwrap(), "business id ").await;
    while service.ledger().total.accepted == 0 {
        tokio::task::yield_now().await;
    }
    signal(&child, "KILL").await;
    assert_eq!(child.wait().await.unwrap().code(), None);

    let id = line.strip_prefix("business id ").unwrap();
    let ran = shell.toapis(["wait", id, "-o", "cat.png"]).await;
    assert_eq!((ran.exit, shell.files()), (0, vec!["cat.png".to_owned()]));
    assert_eq!(service.ledger().total.accepted, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn contract_proxy_validates_traffic_and_prints_counts() {
    for (fault, exit) in [("", 0), ("balance => wrong-type remain_credits", 1)] {
        let service = toapis_sim::Simulator::builder()
            .faults(fault)
            .start()
            .await
            .unwrap();
        let shell = Shell::new();
        let mut command = shell.command(env!("CARGO_BIN_EXE_toapis-under-test"));
        let arguments = [
            "contract",
            "proxy",
            "--target",
            service.base_url(),
            "--har",
            "seen.har",
        ];
        let mut child = command.args(arguments).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = stdout.next_line().await.unwrap().unwrap();
        let url = line.strip_prefix("export TOAPIS_BASE_URL=").unwrap();

        let user = Shell::with_service(url, service.key());
        drop(user.toapis(["balance"]).await);
        assert_eq!(user.toapis(["models"]).await.exit, 0);
        signal(&child, "INT").await;
        let mut counts = String::new();
        while let Some(line) = stdout.next_line().await.unwrap() {
            counts.push_str(&line);
        }
        assert_eq!(child.wait().await.unwrap().code(), Some(exit), "{counts}");
        assert!(
            counts.contains("getKeyBalance") && counts.contains("listModels"),
            "{counts}"
        );
        let seen = std::fs::read_to_string(shell.path("seen.har")).unwrap();
        assert!(
            seen.contains("/v1/balance") && !seen.contains(service.key()),
            "the key is masked"
        );
    }
}
