//! Submitting: at most one create is paid, and what is told of it is true.

mod cases;
mod connection;
mod doubt;
mod matrix;
mod once;
mod refusals;
mod time;
