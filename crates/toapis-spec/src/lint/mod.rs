//! Checks whether a contract is well made.
//!
//! The rules are those that other linters do not have: what the generator ignores silently or does
//! not support, what makes a client brittle, and what the tables need. Each has a code, and each
//! finding has a place, a reason and a fix.
//!
//! | codes | about | file |
//! | --- | --- | --- |
//! | D | the document as a whole | `document.rs` |
//! | G | what the generator ignores, or panics on | `generator.rs` |
//! | E | examples | `examples.rs` |
//! | A | responses, which must be lenient | `responses.rs` |
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
