//! toapis-sim.
