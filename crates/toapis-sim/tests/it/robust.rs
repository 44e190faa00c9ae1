//! What no client should do: the simulator's cost is bounded, its errors are clear, and it goes on.

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

/// Everything that is answered until the connection ends, one way or another.
async fn rest(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let mut piece = [0; 4096];
    while let Ok(Ok(read @ 1..)) = timeout(Duration::from_mins(1), stream.read(&mut piece)).await {
        text.extend_from_slice(&piece[..read]);
    }
    String::from_utf8_lossy(&text).into_owned()
}

async fn still_serves(sim: &Simulator) {
    assert_eq!(TestClient::of(sim).get("/v1/balance").await.0, 200);
}

#[tokio::test(start_paused = true)]
async fn a_port_in_use_is_named_and_so_is_a_setting_that_makes_no_sense() {
    let sim = Simulator::start().await.unwrap();
    let port = sim.base_url().rsplit(':').next().unwrap().parse().unwrap();
    let same_key = || Account::new("one").key(Key::new("sk-a"));
    for (builder, problem) in [
        (
            Simulator::builder().port(port),
            format!("API port 127.0.0.1:{port} cannot be opened"),
        ),
        (
            Simulator::builder().files_port(port),
            format!("files port 127.0.0.1:{port} cannot be opened"),
        ),
        (
            Simulator::builder().admin_port(port),
            format!("admin port 127.0.0.1:{port} cannot be opened"),
        ),
        (
            Simulator::builder().port(7777).files_port(7777),
            "port 7777 is given to two".to_owned(),
        ),
        (Simulator::builder().speed(0.0), "speed of 0".to_owned()),
        (
            Simulator::builder().speed(f64::NAN),
            "speed of NaN".to_owned(),
        ),
        (
            Simulator::builder().connections(0),
            "0 connections".to_owned(),
        ),
        (
            Simulator::builder().files_hosts(99),
            "99 files' hosts".to_owned(),
        ),
        (
            Simulator::builder().account(same_key()).account(same_key()),
            "another key's too".to_owned(),
        ),
        (
            Simulator::builder().account(Account::new("one").key(Key::new("two words"))),
            "without spaces".to_owned(),
        ),
        (
            Simulator::builder().account(Account::new("one").group("gold")),
            "no group \"gold\": default, svip, vip".to_owned(),
        ),
        (
            Simulator::builder().faults("create => explode"),
            "line 1: there is no action".to_owned(),
        ),
    ] {
        let error = builder.start().await.unwrap_err().to_string();
        assert!(error.contains(&problem), "{error}");
    }
    still_serves(&sim).await;
}

#[tokio::test(start_paused = true)]
async fn a_gigabyte_that_is_announced_is_refused_before_it_is_sent() {
    let sim = Simulator::start().await.unwrap();
    for (path, problem) in [
        ("/v1/images/generations", "The request body is too large"),
        ("/v1/uploads/images", "Image too large"),
    ] {
        let mut stream = connect(&sim).await;
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ncontent-length: 1000000000\r\n\r\n",
            sim.key()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let answer = rest(&mut stream).await;
        assert!(
            answer.starts_with("HTTP/1.1 400") && answer.contains(problem),
            "{answer}"
        );
    }
    still_serves(&sim).await;
}

#[tokio::test]
async fn a_body_without_end_is_cut_off_and_none_of_it_is_kept() {
    let sim = Simulator::start().await.unwrap();
    let mut stream = connect(&sim).await;
    let head = "POST /v1/images/generations HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
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
async fn noise_an_endless_head_and_a_client_that_says_nothing_more_hold_no_one_up() {
    let sim = Simulator::start().await.unwrap();
    let mut noise = connect(&sim).await;
    noise
        .write_all(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 no HTTP\r\n\r\n")
        .await
        .unwrap();
    assert!(rest(&mut noise).await.starts_with("HTTP/1.1 400"));

    let mut endless = connect(&sim).await;
    let _ = endless
        .write_all(format!("GET / HTTP/1.1\r\nx: {}", "a".repeat(200_000)).as_bytes())
        .await;
    let answer = rest(&mut endless).await;
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 431"),
        "{answer}"
    );

    let mut silent = Vec::new();
    for _ in 0..200 {
        let mut stream = connect(&sim).await;
        stream
            .write_all(b"POST /v1/images/generations HTTP/1.1\r\nhost: x\r\nconte")
            .await
            .unwrap();
        silent.push(stream);
    }
    still_serves(&sim).await;
}

#[tokio::test(start_paused = true)]
async fn beyond_the_bound_a_connection_waits_until_another_ends() {
    let sim = Simulator::builder().connections(2).start().await.unwrap();
    let held = [connect(&sim).await, connect(&sim).await];
    let mut third = connect(&sim).await;
    third
        .write_all(b"GET /v1/nothing HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        .await
        .unwrap();
    let mut first = [0; 1];
    assert!(
        timeout(Duration::from_secs(5), third.read(&mut first))
            .await
            .is_err(),
        "no place yet"
    );
    drop(held);
    assert!(
        rest(&mut third)
            .await
            .contains("Invalid URL (GET /v1/nothing)")
    );
}

#[tokio::test(start_paused = true)]
async fn odd_paths_methods_and_bodies_are_answered_like_anything_else() {
    let sim = Simulator::start().await.unwrap();
    let client = TestClient::of(&sim);
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
        "POST /v1/images/generations HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{deep}",
        sim.key(),
        deep.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    assert!(rest(&mut stream).await.starts_with("HTTP/1.1 400"));
    still_serves(&sim).await;
}
