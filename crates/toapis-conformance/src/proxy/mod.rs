//! A proxy that validates live traffic in both directions without changing it.
//!
//! Point a client at the proxy and the proxy at a service. The bytes are forwarded as they arrive;
//! a copy is validated once the response has ended. Credentials are forwarded, but redacted in
//! everything that is kept.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use toapis_conformance::proxy::ProxyBuilder;
//!
//! let proxy = ProxyBuilder::new("https://toapis.com")?
//!     .on_exchange(|exchange| eprintln!("{exchange}"))
//!     .record_last(1000)
//!     .start()
//!     .await?;
//! eprintln!("point your client at {}", proxy.base_url());
//! // ... and after the client has done its work:
//! eprintln!("{}", proxy.stats());
//! let har = proxy.recording().to_har();
//! # assert!(proxy.stats().is_ok() && har.contains("entries"));
//! # Ok(()) }
//! ```
//!
//! Differences from a direct connection: HTTP/1.1 on both sides; the service receives its own
//! `host`; hop-by-hop headers (`connection`, `transfer-encoding`, ...) belong to each connection;
//! if the service does not respond, the client receives 502 with the header
//! `x-toapis-proxy-error`.

mod builder;
mod forward;
mod report;
mod tee;

pub use builder::{Proxy, ProxyBuilder, ProxyError};
pub use report::{OperationStats, ProxiedExchange, ProxyStats};
