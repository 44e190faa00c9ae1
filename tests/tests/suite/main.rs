//! Tests across crates, in one binary so that it is linked once. To run one module:
//! `cargo test -p workspace-tests --test suite wire::`.

mod cli;
mod codegen;
mod contract;
mod contract_suite;
mod cycles;
mod docs;
mod layout;
mod messages;
mod prose;
mod support;
mod surface;
mod testing;
mod walkthroughs;
mod wire;
