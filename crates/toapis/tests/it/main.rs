//! The SDK against scripted servers, under a paused clock: what it sends, what it makes of every answer, what it never does.

mod basics;
mod cases;
mod script;
mod submit;
