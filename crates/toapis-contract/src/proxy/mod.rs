//! A proxy that judges live traffic by the contract, both ways, without changing it.
//!
//! A client is pointed at the proxy, the proxy at a service. What passes is passed on byte by byte as it comes, and a copy of it is
//! judged once the answer has ended. Keys pass, but are masked in whatever is kept.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use toapis_contract::proxy::Proxy;
//!
//! let proxy = Proxy::to("https://toapis.com")?
//!     .on_exchange(|judged| eprintln!("{judged}"))
//!     .record(1000)
//!     .start()
//!     .await?;
//! eprintln!("point your client at {}", proxy.base_url());
//! // ... and when it has done its work:
//! eprintln!("{}", proxy.tally());
//! let har = proxy.recording().to_har();
//! # assert!(proxy.tally().is_ok() && har.contains("entries"));
//! # Ok(()) }
//! ```
//!
//! What differs from a direct connection: HTTP/1.1 on both sides, the `host` that the service sees is its own, headers that are
//! about one connection (`connection`, `transfer-encoding`, ...) are each side's own, and a service that gives no answer at all shows as
//! 502 with the header `x-toapis-proxy-error`.
//!
//! | file | holds |
//! | --- | --- |
//! | `builder` | how it is set up and started |
//! | `relay` | one request on its way through |
//! | `tee` | a body that is copied as it passes |
//! | `judged` | what is told of an exchange, and the counts |

mod builder;
mod judged;
mod relay;
mod tee;

pub use builder::{Proxy, ProxyError, RunningProxy};
pub use judged::{Judged, Tally, TallyRow};
