//! Sockets: accepting, cutting, and the bodies that are sent. hyper is driven by hand, because a fault must be able to
//! take a connection away in the middle of anything, which a server framework does not let one do.

mod body;
mod deliver;
mod listen;
mod wire;

pub(crate) use body::{Out, Received, receive, stream};
pub(crate) use deliver::{deliver, is_broken, is_lost};
pub(crate) use listen::{Handler, Listener, spawn};
pub(crate) use wire::{Cut, Wire};
