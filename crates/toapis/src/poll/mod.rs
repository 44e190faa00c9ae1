//! When to look at a task: policies, what was learned about how long tasks take, and the schedule that follows from it.

mod history;
mod policy;
mod schedule;
#[cfg(test)]
mod worth;

pub(crate) use history::History;
pub(crate) use policy::Moment;
pub use policy::PollPolicy;
pub use schedule::Schedule;
