//! A minimal load generator that repeats one request on a few connections.
//!
//! Unlike `wrk`, it needs no installation and fails on any status other than 200.

use std::{
    error::Error,
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinSet,
    time::Instant,
};

use crate::{client_runtime, simulator::KEY};

/// Connections, each with one request at a time.
const CONNECTIONS: usize = 32;
/// Maximum size of a response, with its head.
const MAX_RESPONSE_BYTES: usize = 16 << 10;

/// The two requests of the bench.
#[derive(Clone, Copy)]
pub(crate) enum Request<'a> {
    Create,
    Status(&'a str),
}

/// The result of a round.
pub(crate) struct Round {
    pub(crate) responses: u32,
    pub(crate) elapsed: Duration,
}

impl Request<'_> {
    fn bytes(self, address: SocketAddr) -> Vec<u8> {
        let head = format!(
            "host: {address}\r\nauthorization: Bearer {KEY}\r\naccept: application/json\r\n"
        );
        match self {
            Self::Create => {
                let body = json!({
                    "model": "gemini-2.5-flash-image-preview",
                    "prompt": "A cat in a spacesuit walking on the moon",
                    "size": "16:9",
                    "n": 1,
                })
                .to_string();
                let length = body.len();
                format!("POST /v1/images/generations HTTP/1.1\r\n{head}content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}")
            }
            Self::Status(id) => format!("GET /v1/images/generations/{id} HTTP/1.1\r\n{head}\r\n"),
        }
        .into_bytes()
    }
}

/// Sends at most `max_requests` requests within `max_time`. Fails on any status other than 200.
pub(crate) fn round(
    url: &str,
    request: Request<'_>,
    max_requests: u32,
    max_time: Duration,
) -> Result<Round, Box<dyn Error>> {
    let runtime = client_runtime()?;
    let address = address(url)?;
    let bytes: Arc<[u8]> = request.bytes(address).into();
    let started = Arc::new(AtomicU32::new(0));
    let start = Instant::now();
    let responses = runtime.block_on(async {
        let mut connections = JoinSet::new();
        for _ in 0..CONNECTIONS {
            let (bytes, started) = (Arc::clone(&bytes), Arc::clone(&started));
            connections.spawn(async move {
                let mut responses = 0_u32;
                let mut connection = Connection::open(address).await?;
                while started.fetch_add(1, Ordering::Relaxed) < max_requests
                    && start.elapsed() < max_time
                {
                    connection.exchange(&bytes).await?;
                    responses += 1;
                }
                io::Result::Ok(responses)
            });
        }
        let all = connections.join_all().await;
        all.into_iter().sum::<io::Result<u32>>()
    })?;
    Ok(Round {
        responses,
        elapsed: start.elapsed(),
    })
}

/// Sends one request and returns the body of its response.
pub(crate) fn send_one(url: &str, request: Request<'_>) -> Result<Value, Box<dyn Error>> {
    let runtime = client_runtime()?;
    let address = address(url)?;
    runtime.block_on(async {
        let mut connection = Connection::open(address).await?;
        let body = connection.exchange(&request.bytes(address)).await?;
        Ok(serde_json::from_slice(&connection.buffer[body])?)
    })
}

fn address(url: &str) -> Result<SocketAddr, Box<dyn Error>> {
    let address = url.strip_prefix("http://").ok_or("not an http address")?;
    Ok(address.parse()?)
}

struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    async fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: vec![0; MAX_RESPONSE_BYTES],
        })
    }

    /// Sends a request, reads its response, and returns the range of its body in the buffer.
    async fn exchange(&mut self, request: &[u8]) -> io::Result<std::ops::Range<usize>> {
        self.stream.write_all(request).await?;
        let mut filled = 0;
        loop {
            let read = self.stream.read(&mut self.buffer[filled..]).await?;
            if read == 0 {
                return Err(io::Error::other(
                    "the response is truncated or larger than expected",
                ));
            }
            filled += read;
            if let Some(body) = complete_body(&self.buffer[..filled])? {
                return Ok(body);
            }
        }
    }
}

/// Returns the range of the body, if the response is complete.
fn complete_body(response: &[u8]) -> io::Result<Option<std::ops::Range<usize>>> {
    let Some(end) = response.windows(4).position(|window| window == b"\r\n\r\n") else {
        return Ok(None);
    };
    let invalid =
        |why: &str| io::Error::other(format!("{why}: {}", String::from_utf8_lossy(response)));
    let head =
        str::from_utf8(&response[..end]).map_err(|_| invalid("the response head is not UTF-8"))?;
    if !head.starts_with("HTTP/1.1 200") {
        return Err(invalid("the status is not 200"));
    }
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse::<usize>().ok())?
    });
    let length = length.ok_or_else(|| invalid("the response has no content-length"))?;
    let body = end + 4..end + 4 + length;
    Ok((response.len() >= body.end).then_some(body))
}
