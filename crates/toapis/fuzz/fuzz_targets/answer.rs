//! Any bytes at all as the body of an answer: read without a panic, and nothing of it lost.
#![no_main]

libfuzzer_sys::fuzz_target!(|body: &[u8]| toapis::fuzzing::answer(body));
