//! The service itself: from a request that the contract has judged to the answer, one file an operation.

mod account;
mod answer;
mod create;
mod desk;
mod judge;
mod language;
mod op;
mod refusal;
mod status;
mod upload;

pub(crate) use answer::Answer;
pub(crate) use desk::Desk;
pub(crate) use judge::Judge;
pub(crate) use op::Op;
pub(crate) use status::{picture_url, task_result};
