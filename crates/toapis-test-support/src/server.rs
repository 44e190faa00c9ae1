//! A local HTTP server that follows a script, including broken responses, and records its requests.

use std::borrow::Borrow;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A request as the server received it.
#[derive(Debug, Clone)]
pub struct ReceivedRequest {
    /// The method, in upper case.
    pub method: String,
    /// The request target: path and query, or a whole URL if the server is used as a proxy.
    pub path: String,
    /// The headers in order, names as they were sent.
    pub headers: Vec<(String, String)>,
    /// The body, without chunked encoding.
    pub body: Vec<u8>,
    /// When the head was complete, on tokio's clock.
    pub received_at: tokio::time::Instant,
}

impl ReceivedRequest {
    /// Returns the first header called `name`, compared without case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Parses the body as JSON. A body that is not JSON is `null`.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// Returns true for the two operations that create a task.
    #[must_use]
    pub fn is_create(&self) -> bool {
        self.method == "POST"
            && (self.path == "/v1/images/generations" || self.path == "/v1/images/edits")
    }
}

/// What the server does with a request.
#[derive(Debug, Clone)]
pub enum Reply {
    /// Sends a complete response.
    Response {
        /// The status code.
        status: u16,
        /// Headers in addition to `content-length`.
        headers: Vec<(String, String)>,
        /// The body.
        body: Vec<u8>,
    },
    /// Closes the connection without sending anything.
    Close,
    /// Sends nothing and keeps the connection open.
    Hang,
    /// Announces `content_length` bytes, sends `body` and closes the connection.
    Truncate {
        /// The status code.
        status: u16,
        /// Headers in addition to `content-length`.
        headers: Vec<(String, String)>,
        /// The announced length.
        content_length: usize,
        /// The part of the body that is sent.
        body: Vec<u8>,
    },
    /// Announces `content_length` bytes with status 200, sends `body`, and does not close.
    Stall {
        /// The announced length.
        content_length: usize,
        /// The part of the body that is sent.
        body: Vec<u8>,
    },
    /// Writes these bytes, which need not be a response, and closes the connection.
    Raw(Vec<u8>),
    /// Sends `chunk` after each `pause`, in chunked encoding, and never ends.
    Endless {
        /// The status code.
        status: u16,
        /// The body of each chunk.
        chunk: Vec<u8>,
        /// The time between chunks.
        pause: Duration,
    },
}

/// Returns a reply that sends `body` with these headers.
#[must_use]
pub fn response(status: u16, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Reply {
    Reply::Response {
        status,
        headers: to_headers(headers),
        body: body.into(),
    }
}

/// Returns a reply that sends `body` as JSON.
#[must_use]
pub fn json_response(status: u16, body: impl Borrow<Value>) -> Reply {
    response(
        status,
        &[("content-type", "application/json")],
        body.borrow().to_string(),
    )
}

/// Returns a reply that sends the HTML error page of a gateway.
#[must_use]
pub fn html_response(status: u16) -> Reply {
    response(
        status,
        &[("content-type", "text/html")],
        "<html><head><title>Bad Gateway</title></head><body>nginx</body></html>",
    )
}

/// Returns a reply that sends an error in the envelope of the create operation.
#[must_use]
pub fn error_response(status: u16, code: &str) -> Reply {
    json_response(
        status,
        serde_json::json!({"error": {"code": code, "message": "no"}}),
    )
}

/// Returns a reply that writes these bytes.
#[must_use]
pub fn raw_response(bytes: impl Into<Vec<u8>>) -> Reply {
    Reply::Raw(bytes.into())
}

/// Returns a reply that announces `content_length` bytes, sends `body` and closes the connection.
#[must_use]
pub fn truncated_response(
    status: u16,
    headers: &[(&str, &str)],
    content_length: usize,
    body: impl Into<Vec<u8>>,
) -> Reply {
    Reply::Truncate {
        status,
        headers: to_headers(headers),
        content_length,
        body: body.into(),
    }
}

fn to_headers(headers: &[(&str, &str)]) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// A running server. It stops with the runtime that started it.
#[derive(Debug, Clone)]
pub struct ScriptedServer {
    /// The base URL, `http://127.0.0.1:PORT`.
    pub url: String,
    requests: Arc<Mutex<Vec<ReceivedRequest>>>,
    streamed_bytes: Arc<AtomicUsize>,
}

impl ScriptedServer {
    /// Starts a server. It calls `script` for each request, with the number of earlier requests.
    ///
    /// # Panics
    ///
    /// Panics if no port of the loopback interface is free.
    pub async fn start(
        script: impl Fn(usize, &ReceivedRequest) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let streamed_bytes = Arc::new(AtomicUsize::new(0));
        let server = Self {
            url,
            requests: requests.clone(),
            streamed_bytes: streamed_bytes.clone(),
        };
        let script = Arc::new(script);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (script, requests, streamed_bytes) =
                    (script.clone(), requests.clone(), streamed_bytes.clone());
                tokio::spawn(async move {
                    let _ = serve(stream, &*script, &requests, &streamed_bytes).await;
                });
            }
        });
        server
    }

    /// Returns the requests received so far.
    ///
    /// # Panics
    ///
    /// Panics if the script panicked.
    #[must_use]
    pub fn requests(&self) -> Vec<ReceivedRequest> {
        self.requests.lock().unwrap().clone()
    }

    /// Returns the number of requests received so far that create a task.
    #[must_use]
    pub fn create_count(&self) -> usize {
        let requests = self.requests();
        requests
            .iter()
            .filter(|request| request.is_create())
            .count()
    }

    /// Returns the number of body bytes sent by [`Reply::Endless`].
    #[must_use]
    pub fn streamed_bytes(&self) -> usize {
        self.streamed_bytes.load(Ordering::SeqCst)
    }
}

async fn serve(
    mut stream: TcpStream,
    script: &(impl Fn(usize, &ReceivedRequest) -> Reply + Send + Sync),
    requests: &Mutex<Vec<ReceivedRequest>>,
    streamed_bytes: &AtomicUsize,
) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = Vec::new();
    while let Some(request) = read_request(&mut stream, &mut buffer).await? {
        let before = {
            let mut requests = requests.lock().unwrap();
            requests.push(request.clone());
            requests.len() - 1
        };
        match script(before, &request) {
            Reply::Response {
                status,
                headers,
                body,
            } => {
                let mut out = head(status, &headers, body.len());
                out.extend_from_slice(&body);
                stream.write_all(&out).await?;
            }
            Reply::Close => return Ok(()),
            Reply::Hang => std::future::pending().await,
            Reply::Truncate {
                status,
                headers,
                content_length,
                body,
            } => {
                let mut out = head(status, &headers, content_length);
                out.extend_from_slice(&body);
                stream.write_all(&out).await?;
                return Ok(());
            }
            Reply::Stall {
                content_length,
                body,
            } => {
                let mut out = head(200, &[], content_length);
                out.extend_from_slice(&body);
                stream.write_all(&out).await?;
                std::future::pending::<()>().await;
            }
            Reply::Raw(bytes) => return stream.write_all(&bytes).await,
            Reply::Endless {
                status,
                chunk,
                pause,
            } => {
                let head =
                    format!("HTTP/1.1 {status} Scripted\r\ntransfer-encoding: chunked\r\n\r\n");
                stream.write_all(head.as_bytes()).await?;
                loop {
                    let size = format!("{:x}\r\n", chunk.len());
                    let framed = [size.as_bytes(), &chunk, b"\r\n"].concat();
                    stream.write_all(&framed).await?;
                    streamed_bytes.fetch_add(chunk.len(), Ordering::SeqCst);
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

async fn read_request(
    stream: &mut TcpStream,
    buffer: &mut Vec<u8>,
) -> std::io::Result<Option<ReceivedRequest>> {
    let end = loop {
        if let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    };
    let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
    buffer.drain(..end + 4);
    let mut lines = head.split("\r\n");
    let mut request_line = lines.next().unwrap_or_default().split(' ');
    let (method, path) = (
        request_line.next().unwrap_or_default().to_owned(),
        request_line.next().unwrap_or_default().to_owned(),
    );
    let headers: Vec<_> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        .collect();
    let mut request = ReceivedRequest {
        method,
        path,
        headers,
        body: Vec::new(),
        received_at: tokio::time::Instant::now(),
    };
    if request
        .header("transfer-encoding")
        .is_some_and(|value| value.contains("chunked"))
    {
        loop {
            let line = read_line(stream, buffer).await?;
            let size = usize::from_str_radix(line.trim(), 16).unwrap_or(0);
            let chunk = read_exact(stream, buffer, size + 2).await?;
            request.body.extend_from_slice(&chunk[..size]);
            if size == 0 {
                break;
            }
        }
    } else if let Some(length) = request
        .header("content-length")
        .and_then(|length| length.parse().ok())
    {
        request.body = read_exact(stream, buffer, length).await?;
    }
    Ok(Some(request))
}

async fn read_line(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> std::io::Result<String> {
    loop {
        if let Some(end) = buffer.windows(2).position(|window| window == b"\r\n") {
            let line = String::from_utf8_lossy(&buffer[..end]).into_owned();
            buffer.drain(..end + 2);
            return Ok(line);
        }
        if stream.read_buf(buffer).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
}

async fn read_exact(
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
