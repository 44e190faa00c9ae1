//! The admin port: what the simulator did, as JSON and as a page for people, and the switches of its faults and clock.
//!
//! It stands on a port of its own, so that nothing of it is ever taken for the API, and answers only to who calls it by
//! an address or as `localhost`: a page from elsewhere whose name was pointed at this machine is turned away.
//!
//! What can be asked there is told to users at
//! [`SimulatorBuilder::admin_port`](crate::SimulatorBuilder::admin_port).

mod desk;
mod events;
mod routes;
mod view;

pub(crate) use desk::AdminDesk;
