//! Typed mocks of the ToAPIs image API for [`httpmock`], generated from `openapi.yaml`: one `when`/`then` pair an operation.
//!
//! [`MockServerExt`] gives a [`httpmock::MockServer`] one function an operation. Each hands a closure two values: what a
//! request must look like to be answered, and what is answered. Method, path, parameters, statuses and bodies are the
//! contract's, so a test does not compile if it mocks what the API cannot say.
//!
//! ```
//! use httpmock::MockServer;
//! use toapis_client::{Client, Inner, open_enums::TaskStatus, reqwest, types};
//! use toapis_mock::MockServerExt as _;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let _ = rustls::crypto::ring::default_provider().install_default();
//! let server = MockServer::start_async().await;
//! let status = server.get_image_task(|when, then| {
//!     when.task_id("task_1");
//!     then.ok(&types::Task {
//!         id: Some("task_1".to_owned()),
//!         status: Some(TaskStatus::InProgress),
//!         progress: Some(50),
//!         ..types::Task::default()
//!     });
//! });
//!
//! let http = reqwest::Client::builder().build()?;
//! let client = Client::new_with_client(&server.base_url(), http, Inner::default());
//! let task = client.get_image_task("task_1").await?;
//! assert_eq!(task.progress, Some(50));
//! status.assert_calls_async(1).await;
//! # Ok(())
//! # }
//! ```
//!
//! # What the contract does not allow
//!
//! The service is known to answer HTML, nothing, and JSON of another shape. [`into_inner`](operations::GetImageTaskThen::into_inner)
//! leaves the types behind:
//!
//! ```
//! # use toapis_mock::MockServerExt as _;
//! # let server = httpmock::MockServer::start();
//! server.create_image(|when, then| {
//!     when.into_inner().header("authorization", "Bearer sk-1").json_body_includes(r#"{"n": 1}"#);
//!     then.into_inner().status(502).header("content-type", "text/html").body("<html>502 Bad Gateway</html>");
//! });
//! ```
//!
//! The upload has a multipart body, which has no type here: match it by `into_inner()` too.
//!
//! # What these mocks cannot find
//!
//! They share their types with the client, so a type that is wrong is wrong on both sides. Judge what is sent and answered
//! by the contract itself (the crate `toapis-contract`), or run against the simulator (`toapis-sim`), which knows neither.
//! And they remember nothing: a task that walks from `pending` to `completed` is the simulator's.

#[allow(
    clippy::all,
    clippy::pedantic,
    unreachable_pub,
    reason = "the code is the generator's; its patterns are its own and compile"
)]
mod generated;

pub use generated::mock::{MockServerExt, operations};
