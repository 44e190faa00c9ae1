//! The SDK against scripted servers, under a paused clock: what it sends, what it makes of every answer, what it never does.

mod account;
mod basics;
mod contract;
mod download;
mod examples;
mod fields;
mod hosts;
mod manners;
mod many;
mod script;
mod simulator;
mod submit;
mod upload;
mod wait;
