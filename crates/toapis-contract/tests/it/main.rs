//! Tests of the public API, as one program that is linked once.

mod assertions;
mod common;
mod examples;
mod forms;
mod loading;
mod properties;
mod requests;
mod responses;
