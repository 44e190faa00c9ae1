//! The judge from outside, in one program that is linked once: `cargo test -p toapis-contract --features suite,proxy --test it`.

mod answers;
mod common;
mod examples;
mod forms;
mod laws;
mod loading;
#[cfg(feature = "proxy")]
mod proxy;
mod recording;
mod requests;
#[cfg(feature = "suite")]
mod service;
#[cfg(feature = "suite")]
mod spending;
#[cfg(feature = "suite")]
mod suite;
