//! Tests of the simulator through its ports.

mod access;
mod accounts;
mod admin;
mod browser;
mod common;
mod errors;
mod faults;
mod inspector;
mod robust;
mod tasks;
mod validation;
mod webhooks;
