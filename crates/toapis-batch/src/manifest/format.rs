//! The formats of manifests.

use std::io::BufRead;
use std::path::Path;

use super::csv_rows::CsvRows;
use super::error::RowError;
use super::jsonl;
use super::row::ManifestRow;

/// A format of a manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ManifestFormat {
    /// One JSON object a line, either flat (`{"custom_id", "prompt", "model", ..}`, `id` and `key`
    /// are accepted for `custom_id`) or in the envelope of `OpenAI`'s batches (`{"custom_id",
    /// "method", "url", "body": {..}}`).
    Jsonl,
    /// Comma-separated values; the first record names the columns, one of which is `prompt`.
    Csv,
    /// One prompt a line; empty lines are skipped.
    Text,
}

impl ManifestFormat {
    /// Returns the format that a file's extension names: `.jsonl`, `.ndjson`, `.json`, `.csv`,
    /// `.txt`.
    #[must_use]
    pub fn from_path(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        match extension.as_str() {
            "jsonl" | "ndjson" | "json" => Some(Self::Jsonl),
            "csv" => Some(Self::Csv),
            "txt" => Some(Self::Text),
            _ => None,
        }
    }
}

/// Reads rows one by one, without keeping any. A row that cannot be read is an error and does not
/// end the stream; an error of the reader does.
pub fn read_rows<'r>(
    reader: impl BufRead + 'r,
    format: ManifestFormat,
) -> Box<dyn Iterator<Item = Result<ManifestRow, RowError>> + 'r> {
    match format {
        ManifestFormat::Jsonl => Box::new(lines(reader).filter_map(|line| match line {
            Ok((number, text)) => jsonl::parse(number, &text).transpose(),
            Err(error) => Some(Err(error)),
        })),
        ManifestFormat::Text => Box::new(lines(reader).filter_map(|line| match line {
            Ok((number, text)) => {
                let prompt = text.trim();
                (!prompt.is_empty()).then(|| Ok(ManifestRow::from_prompt(number, prompt)))
            }
            Err(error) => Some(Err(error)),
        })),
        ManifestFormat::Csv => Box::new(CsvRows::new(reader)),
    }
}

/// Returns the lines with their numbers, and ends at the first error of the reader.
fn lines(mut reader: impl BufRead) -> impl Iterator<Item = Result<(u64, String), RowError>> {
    let mut number = 0;
    let mut failed = false;
    std::iter::from_fn(move || {
        if failed {
            return None;
        }
        number += 1;
        let mut bytes = Vec::new();
        match reader.read_until(b'\n', &mut bytes) {
            Ok(0) => None,
            Ok(_) => Some(
                String::from_utf8(bytes)
                    .map(|text| {
                        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
                        (number, text.to_owned())
                    })
                    .map_err(|_| RowError::new(number, "not valid UTF-8")),
            ),
            Err(error) => {
                failed = true;
                Some(Err(RowError::new(
                    number,
                    format!("cannot be read: {error}"),
                )))
            }
        }
    })
}
