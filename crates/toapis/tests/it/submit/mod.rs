//! Submitting: at most one create is paid, and the reported outcome is true.

mod cases;
mod connection;
mod guard;
mod outcomes;
mod reconcile;
mod rejections;
mod send_once;
mod time;
