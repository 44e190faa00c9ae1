//! The commands of this workspace as functions, so that tests call what the command line calls.
//!
//! | command | purpose | implementation |
//! | --- | --- | --- |
//! | `cargo xtask codegen` | writes or checks the generated files | [`codegen`] |
//! | `cargo xtask spec ..` | compares, lints and extends the contract | [`spec`] |
//! | `cargo xtask bench` | runs benchmarks, and updates `docs/performance.md` | [`mod@bench`] |
//! | `cargo xtask release --dry-run` | checks that a release can be published | [`release`] |

pub mod bench;
pub mod codegen;
pub mod release;
pub mod spec;

use std::path::{Path, PathBuf};

/// Returns the root of the workspace that this program was built in.
#[must_use]
pub fn workspace_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap_or_else(|| Path::new("."))
        .to_owned()
}
