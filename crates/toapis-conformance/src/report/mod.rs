//! The report of a run: `document` is its JSON, `text` its table, the others are for tools.

mod document;
mod junit;
mod sarif;
mod text;

pub use document::{
    CaseCategory, CaseReport, Coverage, Observed, Outcome, Report, RunError, RunErrorKind, Source,
    Summary,
};
pub(crate) use text::count;
