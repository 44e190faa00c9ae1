//! Tests of the suite, the proxy and HAR recordings, as one program that is linked once.

mod proxy;
mod recording;
mod service;
mod spending;
mod suite;
