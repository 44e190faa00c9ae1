//! The API: from a validated request to a response, one file per operation.

mod account;
mod create;
mod credentials;
mod error;
mod handler;
mod language;
mod response_check;
mod status;
mod upload;
mod violation;

pub(crate) use handler::ApiHandler;
