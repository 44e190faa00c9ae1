//! The commands, one file each.

mod account;
mod contract;
mod generate;
mod meta;
mod proxy;
mod shutdown;
mod sim;
mod status;
mod upload;
mod wait;

pub(crate) use account::{balance, models};
pub(crate) use contract::contract;
pub(crate) use generate::generate;
pub(crate) use meta::{completions, man, schema};
pub(crate) use proxy::proxy;
pub(crate) use sim::sim;
pub(crate) use status::status;
pub(crate) use upload::upload;
pub(crate) use wait::wait;
