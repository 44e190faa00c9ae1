//! When to poll a task: policies, observed durations, and the schedule that follows from them.

mod duration_model;
mod inspection_schedule;
mod policy;
#[cfg(test)]
mod policy_tests;

pub(crate) use duration_model::History;
#[cfg(test)]
use inspection_schedule::InspectionSchedule;
pub(crate) use policy::PollContext;
pub use policy::PollingPolicy;
