//! A server on a loopback socket that answers by a script, well or as badly as a test wants, and remembers what it was asked.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) at: tokio::time::Instant,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    pub(crate) fn is_create(&self) -> bool {
        self.method == "POST"
            && (self.path == "/v1/images/generations" || self.path == "/v1/images/edits")
    }
}

/// What the server does with a request.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    /// Answers.
    Answer {
        status: u16,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    },
    /// Closes the connection without a word.
    Drop,
    /// Says nothing, for ever.
    Hang,
    /// Promises so many bytes, sends these, and closes.
    Cut {
        status: u16,
        headers: Vec<(String, String)>,
        promised: usize,
        body: Vec<u8>,
    },
    /// Promises so many bytes, sends these, and says nothing more.
    Stall { promised: usize, body: Vec<u8> },
    /// Writes these bytes, which may be no answer at all, and closes.
    Raw(Vec<u8>),
    /// Sends such a chunk after each pause, and never ends.
    Flow {
        status: u16,
        chunk: Vec<u8>,
        pause: Duration,
    },
}

pub(crate) fn raw(bytes: impl Into<Vec<u8>>) -> Act {
    Act::Raw(bytes.into())
}

pub(crate) fn json(status: u16, body: impl std::borrow::Borrow<Value>) -> Act {
    answer(
        status,
        &[("content-type", "application/json")],
        body.borrow().to_string(),
    )
}

pub(crate) fn answer(status: u16, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Act {
    Act::Answer {
        status,
        headers: own(headers),
        body: body.into(),
    }
}

pub(crate) fn html(status: u16) -> Act {
    answer(
        status,
        &[("content-type", "text/html")],
        "<html><head><title>Bad Gateway</title></head><body>nginx</body></html>",
    )
}

pub(crate) fn own(headers: &[(&str, &str)]) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// A running script.
#[derive(Clone)]
pub(crate) struct Script {
    pub(crate) url: String,
    log: Arc<Mutex<Vec<Asked>>>,
    flowed: Arc<AtomicUsize>,
}

impl Script {
    /// Starts a server that does with each request what `script` says; it is told how many came before.
    pub(crate) async fn start(
        script: impl Fn(usize, &Asked) -> Act + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let log = Arc::new(Mutex::new(Vec::new()));
        let flowed = Arc::new(AtomicUsize::new(0));
        let served = Self {
            url,
            log: log.clone(),
            flowed: flowed.clone(),
        };
        let script = Arc::new(script);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (script, log, flowed) = (script.clone(), log.clone(), flowed.clone());
                tokio::spawn(async move {
                    let _ = serve(stream, &*script, &log, &flowed).await;
                });
            }
        });
        served
    }

    pub(crate) fn client(&self) -> toapis::Client {
        self.builder().build().unwrap()
    }

    pub(crate) fn builder(&self) -> toapis::ClientBuilder {
        toapis::Client::builder()
            .api_key("sk-test-key")
            .base_url(&self.url)
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.log.lock().unwrap().clone()
    }

    /// How many bytes of endless answers have left.
    pub(crate) fn flowed(&self) -> usize {
        self.flowed.load(Ordering::SeqCst)
    }

    pub(crate) fn creates(&self) -> usize {
        self.asked()
            .iter()
            .filter(|asked| asked.is_create())
            .count()
    }
}

async fn serve(
    mut stream: TcpStream,
    script: &(impl Fn(usize, &Asked) -> Act + Send + Sync),
    log: &Mutex<Vec<Asked>>,
    flowed: &AtomicUsize,
) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = Vec::new();
    while let Some(asked) = read(&mut stream, &mut buffer).await? {
        let before = {
            let mut log = log.lock().unwrap();
            log.push(asked.clone());
            log.len() - 1
        };
        match script(before, &asked) {
            Act::Answer {
                status,
                headers,
                body,
            } => {
                let mut out = head(status, &headers, body.len());
                out.extend_from_slice(&body);
                stream.write_all(&out).await?;
            }
            Act::Drop => return Ok(()),
            Act::Hang => std::future::pending().await,
            Act::Cut {
                status,
                headers,
                promised,
                body,
            } => {
                let mut out = head(status, &headers, promised);
                out.extend_from_slice(&body);
                stream.write_all(&out).await?;
                return Ok(());
            }
            Act::Stall { promised, body } => {
                let mut out = head(200, &[], promised);
                out.extend_from_slice(&body);
                stream.write_all(&out).await?;
                std::future::pending::<()>().await;
            }
            Act::Raw(bytes) => return stream.write_all(&bytes).await,
            Act::Flow {
                status,
                chunk,
                pause,
            } => {
                let head =
                    format!("HTTP/1.1 {status} Scripted\r\ntransfer-encoding: chunked\r\n\r\n");
                stream.write_all(head.as_bytes()).await?;
                loop {
                    let size = format!("{:x}\r\n", chunk.len());
                    let whole = [size.as_bytes(), &chunk, b"\r\n"].concat();
                    stream.write_all(&whole).await?;
                    flowed.fetch_add(chunk.len(), Ordering::SeqCst);
                    tokio::time::sleep(pause).await;
                }
            }
        }
    }
    Ok(())
}

fn head(status: u16, headers: &[(String, String)], length: usize) -> Vec<u8> {
    let mut text = format!("HTTP/1.1 {status} Scripted\r\ncontent-length: {length}\r\n");
    for (name, value) in headers {
        let _ = write!(text, "{name}: {value}\r\n");
    }
    text.push_str("\r\n");
    text.into_bytes()
}

async fn read(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> std::io::Result<Option<Asked>> {
    let end = loop {
        if let Some(at) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            break at;
        }
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    };
    let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
    buffer.drain(..end + 4);
    let mut lines = head.split("\r\n");
    let mut first = lines.next().unwrap_or_default().split(' ');
    let (method, path) = (
        first.next().unwrap_or_default().to_owned(),
        first.next().unwrap_or_default().to_owned(),
    );
    let headers: Vec<_> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        .collect();
    let mut asked = Asked {
        method,
        path,
        headers,
        body: Vec::new(),
        at: tokio::time::Instant::now(),
    };
    if asked
        .header("transfer-encoding")
        .is_some_and(|value| value.contains("chunked"))
    {
        loop {
            let line = line(stream, buffer).await?;
            let size = usize::from_str_radix(line.trim(), 16).unwrap_or(0);
            let chunk = exactly(stream, buffer, size + 2).await?;
            asked.body.extend_from_slice(&chunk[..size]);
            if size == 0 {
                break;
            }
        }
    } else if let Some(length) = asked
        .header("content-length")
        .and_then(|length| length.parse().ok())
    {
        asked.body = exactly(stream, buffer, length).await?;
    }
    Ok(Some(asked))
}

async fn line(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> std::io::Result<String> {
    loop {
        if let Some(at) = buffer.windows(2).position(|window| window == b"\r\n") {
            let line = String::from_utf8_lossy(&buffer[..at]).into_owned();
            buffer.drain(..at + 2);
            return Ok(line);
        }
        if stream.read_buf(buffer).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
}

async fn exactly(
    stream: &mut TcpStream,
    buffer: &mut Vec<u8>,
    length: usize,
) -> std::io::Result<Vec<u8>> {
    while buffer.len() < length {
        if stream.read_buf(buffer).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(buffer.drain(..length).collect())
}
