//! Sockets, connections and response bodies.
//!
//! hyper is used directly, because a simulated failure must be able to abort a connection at any
//! point, which server frameworks do not allow.

mod body;
mod connection;
mod cors;
mod host;
mod listener;
mod plan;
mod response;

pub(crate) use body::{ReceivedBody, ResponseBody, receive_body, stream_body};
pub(crate) use connection::{Abort, ConnectionHandle};
pub(crate) use cors::{allow_any_origin, preflight_response};
pub(crate) use host::AllowedHosts;
pub(crate) use listener::{Handler, Listener};
pub(crate) use plan::{ResponsePlan, Transmission, send_response};
pub(crate) use response::BufferedResponse;
