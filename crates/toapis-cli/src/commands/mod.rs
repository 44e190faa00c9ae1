//! One file a command.

mod about;
mod account;
mod contract;
mod end;
mod generate;
mod proxy;
mod sim;
mod task;
mod upload;
mod waiting;

pub(crate) use about::{completions, man, schema};
pub(crate) use account::{balance, models};
pub(crate) use contract::contract;
pub(crate) use generate::{Field, generate};
pub(crate) use proxy::proxy;
pub(crate) use sim::sim;
pub(crate) use task::{status, wait};
pub(crate) use upload::upload;
