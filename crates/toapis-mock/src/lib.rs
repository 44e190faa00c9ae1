//! Typed mocks of the ToAPIs image API for [`httpmock`], generated from its OpenAPI contract.
//!
//! [`MockServerExt`] adds one function per operation to [`httpmock::MockServer`]. Each passes two
//! values to a closure: `when` selects the requests to match, `then` sets the response. Methods,
//! paths, parameters, statuses and bodies have the types of the contract.
//!
//! ```
//! use toapis::Client;
//! use toapis_mock::httpmock::MockServer;
//! use toapis_mock::open_enums::TaskStatus;
//! use toapis_mock::{MockServerExt as _, types};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let server = MockServer::start_async().await;
//! let create = server.create_image(|_when, then| {
//!     then.ok(&types::Task {
//!         id: Some("task_1".to_owned()),
//!         status: Some(TaskStatus::Queued),
//!         ..types::Task::default()
//!     });
//! });
//!
//! // The code under test, with the mock server as its base URL.
//! let client = Client::builder().api_key("sk-test").base_url(server.base_url()).build()?;
//! let task = client.images().submit("A cat").await?;
//!
//! assert_eq!(task.id().as_str(), "task_1");
//! create.assert_async().await;
//! # Ok(())
//! # }
//! ```
//!
//! # Outside the contract
//!
//! [`into_inner`](operations::CreateImageThen::into_inner) returns the untyped `when` or `then`,
//! for example to match headers, to match a part of a body, or to send HTML. The upload has a
//! multipart body, which has no type here, and is matched this way too.
//!
//! ```
//! use toapis_mock::MockServerExt as _;
//!
//! let server = toapis_mock::httpmock::MockServer::start();
//! server.create_image(|when, then| {
//!     when.into_inner()
//!         .header("authorization", "Bearer sk-test")
//!         .json_body_includes(r#"{"n": 1}"#);
//!     then.into_inner()
//!         .status(502)
//!         .header("content-type", "text/html")
//!         .body("<html>502 Bad Gateway</html>");
//! });
//! ```
//!
//! # Limits
//!
//! The mocks share their types with the client, so a wrong type is wrong on both sides. To check
//! requests and responses against the contract itself, use `toapis-contract`. Mocks keep no state;
//! for a task that proceeds from `pending` to `completed`, use the simulator, `toapis-sim`.

#[allow(
    clippy::all,
    clippy::pedantic,
    unreachable_pub,
    reason = "generated code; its public surface is reviewed as a snapshot"
)]
mod generated;

pub use generated::mock::{MockServerExt, operations};
pub use httpmock;
pub use toapis_client::{open_enums, types};
