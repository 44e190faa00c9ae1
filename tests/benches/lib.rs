//! Benches: `cargo xtask bench` runs them, and `docs/performance.md` keeps what they print. Nothing is exported from here.
