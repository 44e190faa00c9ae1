//! The admin port: the inspector page and the admin API.
//!
//! It is a separate port, so that its paths cannot collide with the API. The admin API
//! is documented at
//! [`SimulatorBuilder::admin_port`](crate::SimulatorBuilder::admin_port).

mod handler;
mod routes;
mod sse;
mod view;

pub(crate) use handler::{Admin, AdminHandler};
