//! A load generator: one request, again and again, on a few connections, with as little work as can be.
//!
//! `wrk` does the same, but not everyone has it, and it does not count what is not a 200.

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

use crate::{alone, simulator::KEY};

/// Connections, each with one request at a time.
const CONNECTIONS: usize = 32;
/// The largest head and body of an answer that is expected.
const ANSWER: usize = 16 << 10;

/// The two requests of the bench.
#[derive(Clone, Copy)]
pub(crate) enum Request<'a> {
    Create,
    Status(&'a str),
}

/// What a round has done.
pub(crate) struct Round {
    pub(crate) answered: u32,
    pub(crate) took: Duration,
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

/// Sends `most` requests at most, for `time` at most; every answer is a 200, or the round fails.
pub(crate) fn round(
    url: &str,
    request: Request<'_>,
    most: u32,
    time: Duration,
) -> Result<Round, Box<dyn Error>> {
    let runtime = alone()?;
    let address = address(url)?;
    let bytes: Arc<[u8]> = request.bytes(address).into();
    let begun = Arc::new(AtomicU32::new(0));
    let start = Instant::now();
    let answered = runtime.block_on(async {
        let mut connections = JoinSet::new();
        for _ in 0..CONNECTIONS {
            let (bytes, begun) = (Arc::clone(&bytes), Arc::clone(&begun));
            connections.spawn(async move {
                let mut answered = 0_u32;
                let mut connection = Connection::open(address).await?;
                while begun.fetch_add(1, Ordering::Relaxed) < most && start.elapsed() < time {
                    connection.ask(&bytes).await?;
                    answered += 1;
                }
                io::Result::Ok(answered)
            });
        }
        let all = connections.join_all().await;
        all.into_iter().sum::<io::Result<u32>>()
    })?;
    Ok(Round {
        answered,
        took: start.elapsed(),
    })
}

/// Sends one request and returns the body of its answer.
pub(crate) fn once(url: &str, request: Request<'_>) -> Result<Value, Box<dyn Error>> {
    let runtime = alone()?;
    let address = address(url)?;
    runtime.block_on(async {
        let mut connection = Connection::open(address).await?;
        let body = connection.ask(&request.bytes(address)).await?;
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
            buffer: vec![0; ANSWER],
        })
    }

    /// Sends a request, reads its answer, and tells where the body stands in the buffer.
    async fn ask(&mut self, request: &[u8]) -> io::Result<std::ops::Range<usize>> {
        self.stream.write_all(request).await?;
        let mut filled = 0;
        loop {
            let read = self.stream.read(&mut self.buffer[filled..]).await?;
            if read == 0 {
                return Err(io::Error::other(
                    "an answer broke off, or is larger than expected",
                ));
            }
            filled += read;
            if let Some(body) = whole(&self.buffer[..filled])? {
                return Ok(body);
            }
        }
    }
}

/// Where the body of an answer stands, if all of it has come.
fn whole(answer: &[u8]) -> io::Result<Option<std::ops::Range<usize>>> {
    let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Ok(None);
    };
    let wrong = |why: &str| io::Error::other(format!("{why}: {}", String::from_utf8_lossy(answer)));
    let head = str::from_utf8(&answer[..end]).map_err(|_| wrong("not a head"))?;
    if !head.starts_with("HTTP/1.1 200") {
        return Err(wrong("not a 200"));
    }
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse::<usize>().ok())?
    });
    let length = length.ok_or_else(|| wrong("no length"))?;
    let body = end + 4..end + 4 + length;
    Ok((answer.len() >= body.end).then_some(body))
}
