//! toapis-sim.
pub mod picture;
