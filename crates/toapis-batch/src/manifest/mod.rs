//! Reading manifests: one request a row, from JSONL, CSV or plain text, as a stream.

mod csv_rows;
mod error;
mod format;
mod jsonl;
mod row;

pub use error::{ManifestErrors, RowError};
pub use format::{ManifestFormat, read_rows};
pub use row::ManifestRow;
