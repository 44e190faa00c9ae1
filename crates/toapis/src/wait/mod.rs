//! How do I wait: one state machine, as a future and as a stream.

mod clock;
mod machine;
mod options;
mod update;

pub use options::{Updates, Wait};
pub use update::Update;
