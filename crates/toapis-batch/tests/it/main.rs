//! Batches against the simulator: what is paid, what is saved, what survives.

mod end_to_end;
mod state_machine;
mod support;
