//! Parses any bytes as the body of a response: without a panic, and without losing information.
#![no_main]

libfuzzer_sys::fuzz_target!(|body: &[u8]| toapis::fuzzing::check_response(body));
