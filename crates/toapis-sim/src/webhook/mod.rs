//! Webhooks: an event at the end of a task, signed, sent to the customer, and sent again until it is taken.

mod courier;
mod event;
mod post;

pub use courier::Delivery;
pub(crate) use courier::{Courier, Errand, courier};
