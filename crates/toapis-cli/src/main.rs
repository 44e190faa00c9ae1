//! The `toapis` command.
fn main() {}
