//! Misuse: costs are limited, errors are clear, and the simulator keeps serving.

use std::{net::SocketAddr, time::Duration};

use crate::common::TestClient;
use serde_json::json;
use toapis_sim::{Account, Key, Simulator};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

async fn connect(sim: &Simulator) -> TcpStream {
    let address: SocketAddr = sim
        .base_url()
        .trim_start_matches("http://")
        .parse()
        .unwrap();
    TcpStream::connect(address).await.unwrap()
}

/// Reads until the connection ends.
async fn read_to_end(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let mut piece = [0; 4096];
    while let Ok(Ok(read @ 1..)) = timeout(Duration::from_mins(1), stream.read(&mut piece)).await {
        text.extend_from_slice(&piece[..read]);
    }
    String::from_utf8_lossy(&text).into_owned()
}

async fn still_serves(sim: &Simulator) {
    assert_eq!(TestClient::new(sim).get("/v1/balance").await.0, 200);
}

#[tokio::test(start_paused = true)]
async fn start_errors_name_the_setting() {
    let sim = Simulator::start().await.unwrap();
    let port = sim.base_url().rsplit(':').next().unwrap().parse().unwrap();
    let same_key = || Account::new("one").key(Key::new("sk-a"));
    let mut errors = Vec::new();
    for builder in [
        Simulator::builder().port(port),
        Simulator::builder().files_port(port),
        Simulator::builder().admin_port(port),
        Simulator::builder().port(7777).files_port(7777),
        Simulator::builder().speed(0.0),
        Simulator::builder().speed(f64::NAN),
        Simulator::builder().max_connections(0),
        Simulator::builder().files_hosts(99),
        Simulator::builder().account(same_key()).account(same_key()),
        Simulator::builder().account(Account::new("one").key(Key::new("two words"))),
        Simulator::builder().account(Account::new("one").group("gold")),
        Simulator::builder().faults("create => explode"),
    ] {
        let error = builder.start().await.unwrap_err().to_string();
        errors.push(error.replace(&port.to_string(), "PORT"));
    }
    insta::assert_snapshot!(errors.join("\n"), @r"
    cannot open the simulator's API port 127.0.0.1:PORT; choose another port, or 0 for any free port
    cannot open the simulator's files port 127.0.0.1:PORT; choose another port, or 0 for any free port
    cannot open the simulator's admin port 127.0.0.1:PORT; choose another port, or 0 for any free port
    invalid simulator setting: port 7777 is used more than once; the API, files and admin ports must differ
    invalid simulator setting: speed 0 is out of range; expected 0.001 to 1000000
    invalid simulator setting: speed NaN is out of range; expected 0.001 to 1000000
    invalid simulator setting: 0 connections; expected at least 1
    invalid simulator setting: 99 file hosts; expected 1 to 16
    invalid simulator setting: the keys one#1 and one#1 are the same
    invalid simulator setting: invalid key; expected visible ASCII characters without spaces
    invalid simulator setting: unknown group `gold`; expected one of default, svip, vip
    invalid simulator setting: line 1, rule `create => explode`: unknown action `explode`; expected one of lose-answer, hang, delay, reset, status, html, empty, truncate, drip, wrong-type, unknown-status, flap, result-in, id-under, fail, moderate, webhook-again, missing, no-business-id, strict-references, expire, oversize, content-type
    ");
    still_serves(&sim).await;
}

#[tokio::test(start_paused = true)]
async fn announced_gigabyte_is_rejected_before_it_is_sent() {
    let sim = Simulator::start().await.unwrap();
    for (path, problem) in [
        ("/v1/images/generations", "The request body is too large"),
        ("/v1/uploads/images", "Image too large"),
    ] {
        let mut stream = connect(&sim).await;
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ncontent-length: 1000000000\r\n\r\n",
            sim.key()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let response = read_to_end(&mut stream).await;
        assert!(
            response.starts_with("HTTP/1.1 400") && response.contains(problem),
            "{response}"
        );
    }
    still_serves(&sim).await;
}

#[tokio::test]
async fn endless_body_is_cut_off() {
    let sim = Simulator::start().await.unwrap();
    let mut stream = connect(&sim).await;
    let head = "POST /v1/images/generations HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut chunk = b"100000\r\n".to_vec();
    chunk.resize(8 + 0x0010_0000, b' ');
    chunk.extend_from_slice(b"\r\n");
    let mut sent = 0;
    while sent < 500 && stream.write_all(&chunk).await.is_ok() {
        sent += 1;
    }
    assert!(sent < 150, "{sent} megabytes were taken");
    still_serves(&sim).await;
    assert_eq!(sim.ledger().total.accepted, 0);
}

#[tokio::test(start_paused = true)]
async fn invalid_and_stalled_connections_do_not_block_others() {
    let sim = Simulator::start().await.unwrap();
    let mut noise = connect(&sim).await;
    noise
        .write_all(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 no HTTP\r\n\r\n")
        .await
        .unwrap();
    assert!(read_to_end(&mut noise).await.starts_with("HTTP/1.1 400"));

    let mut endless = connect(&sim).await;
    let _ = endless
        .write_all(format!("GET / HTTP/1.1\r\nx: {}", "a".repeat(200_000)).as_bytes())
        .await;
    let response = read_to_end(&mut endless).await;
    assert!(
        response.is_empty() || response.starts_with("HTTP/1.1 431"),
        "{response}"
    );

    let mut silent = Vec::new();
    for _ in 0..200 {
        let mut stream = connect(&sim).await;
        stream
            .write_all(b"POST /v1/images/generations HTTP/1.1\r\nhost: localhost\r\nconte")
            .await
            .unwrap();
        silent.push(stream);
    }
    still_serves(&sim).await;
}

#[tokio::test(start_paused = true)]
async fn connections_beyond_the_limit_wait() {
    let sim = Simulator::builder()
        .max_connections(2)
        .start()
        .await
        .unwrap();
    let held = [connect(&sim).await, connect(&sim).await];
    let mut third = connect(&sim).await;
    third
        .write_all(b"GET /v1/nothing HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        .await
        .unwrap();
    let mut first = [0; 1];
    assert!(
        timeout(Duration::from_secs(5), third.read(&mut first))
            .await
            .is_err(),
        "the limit is reached"
    );
    drop(held);
    assert!(
        read_to_end(&mut third)
            .await
            .contains("Invalid URL (GET /v1/nothing)")
    );
}

#[tokio::test(start_paused = true)]
async fn unusual_paths_and_bodies_get_an_error_response() {
    let sim = Simulator::start().await.unwrap();
    let client = TestClient::new(&sim);
    for path in [
        "/",
        "/v1",
        "/v1/images/generations/",
        "/v1/images/generations/%2e%2e",
        "/v1/images/generations/%ff",
        "/v1/models?type=%ff",
        "//",
    ] {
        let (status, _) = client.get(path).await;
        assert!((400..500).contains(&status), "{path}: {status}");
    }
    for body in [
        json!(null),
        json!([]),
        json!("text"),
        json!({ "model": 7 }),
        json!({ "model": "nano-banana", "prompt": { "a": 1 } }),
    ] {
        assert_eq!(client.create(&body).await.0, 400, "{body}");
    }
    let deep = "[".repeat(100_000);
    let mut stream = connect(&sim).await;
    let head = format!(
        "POST /v1/images/generations HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{deep}",
        sim.key(),
        deep.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    assert!(read_to_end(&mut stream).await.starts_with("HTTP/1.1 400"));
    still_serves(&sim).await;
}
