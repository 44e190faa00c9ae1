//! The API: from a validated request to a response, one file per operation.

mod account;
mod create;
mod error;
mod handler;
mod language;
mod response_check;
mod status;
mod upload;

pub(crate) use handler::ApiHandler;
