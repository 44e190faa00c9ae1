//! Tests of the SDK against scripted servers, with a paused clock.

mod account;
mod basics;
mod contract;
mod download;
mod examples;
mod extra_fields;
mod generate_many;
mod poller;
mod response_bodies;
mod retries;
mod simulator;
mod submit;
mod support;
mod upload;
