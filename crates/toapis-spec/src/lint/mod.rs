//! Is the contract well made? `cargo xtask spec lint`.
//!
//! The rules are those that other linters do not know: what the generator drops without a word or trips over, what would make a
//! client brittle, and what the tables need. Each has a code, tells the place, why it matters, and how to mend it.
//!
//! | codes | about | where |
//! | --- | --- | --- |
//! | D | the document as a whole | `document.rs` |
//! | G | what the generator drops, or panics on | `generator.rs` |
//! | E | examples | `examples.rs` |
//! | A | answers, which must be lenient | `answers.rs` |
//! | M | models, sizes and the other tables | `models.rs` |

mod context;
mod document;
mod examples;
mod finding;
mod generator;
mod models;
mod render;
mod responses;
mod rules;

pub use finding::{LintFinding, LintReport};
pub use render::render;

pub use rules::{LintRule, RULES, blocks_codegen, lint};
