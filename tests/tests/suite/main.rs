//! Tests across the crates, in one binary so that it is linked once: `cargo test -p workspace-tests --test suite wire::`.

mod cli;
mod codegen;
mod contract;
mod contract_suite;
mod docs;
mod house;
mod support;
mod testing;
mod walkthroughs;
mod wire;
