//! The simulator as a client meets it, in one program that is linked once: `cargo test -p toapis-sim --test it faults::`.

mod accounts;
mod admin;
mod browser;
mod common;
mod faults;
mod inspector;
mod judging;
mod refusals;
mod robust;
mod tasks;
mod webhooks;
