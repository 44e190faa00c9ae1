//! Batches against the simulator: what is paid, what is saved, what survives.

mod crash;
mod end_to_end;
mod manifest;
mod outcomes;
mod runs;
mod scripted;
mod state_machine;
mod support;
