//! Benches: `cargo xtask bench` runs them, and `docs/performance.md` records their output. This
//! library exports nothing.
