//! Results for other programs, and a check of the files that they name.

use std::io::{self, Read as _, Write};
use std::path::{Path, PathBuf};

use ring::digest::{Context, SHA256};
use serde_json::{Value, json};

use crate::error::BatchError;
use crate::machine::RowStatus;
use crate::store::{Batch, RowResult};

/// Separates several values in one cell of CSV.
const LIST_SEPARATOR: &str = "|";

/// A format of results. All rows are in it, good and bad, in the order of the manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExportFormat {
    /// One JSON object a line: `custom_id`, `status`, `business_id`, `task`, `files`, `urls`,
    /// `credits`, `error`.
    Jsonl,
    /// Comma-separated values with the same columns; several files of one row are separated by `|`.
    Csv,
    /// The output of `OpenAI`'s batches: one object a line with `id`, `custom_id`, `response`,
    /// `error`.
    OpenAi,
}

/// A file that is not as it was saved.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileProblem {
    /// The file cannot be read.
    Unreadable {
        /// The id of its row.
        custom_id: String,
        /// The file.
        path: PathBuf,
    },
    /// Its content has another SHA-256.
    Changed {
        /// The id of its row.
        custom_id: String,
        /// The file.
        path: PathBuf,
    },
}

impl Batch {
    /// Writes the results of all rows.
    ///
    /// # Errors
    ///
    /// [`BatchError::Io`] if the writer fails, [`BatchError::Store`].
    pub fn export(&self, writer: impl Write, format: ExportFormat) -> Result<(), BatchError> {
        let failed = |error: io::Error| BatchError::io("write", "results")(error);
        match format {
            ExportFormat::Jsonl => self.export_lines(writer, |row| json!(row)),
            ExportFormat::OpenAi => self.export_lines(writer, openai_line),
            ExportFormat::Csv => {
                let mut writer = csv::Writer::from_writer(writer);
                writer
                    .write_record(CSV_COLUMNS)
                    .map_err(|error| failed(error.into()))?;
                self.for_each_result(|row| {
                    writer
                        .write_record(csv_record(row))
                        .map_err(|error| failed(error.into()))
                })?;
                writer.flush().map_err(failed)
            }
        }
    }

    fn export_lines(
        &self,
        mut writer: impl Write,
        line: impl Fn(&RowResult) -> Value,
    ) -> Result<(), BatchError> {
        self.for_each_result(|row| {
            writeln!(writer, "{}", line(row)).map_err(BatchError::io("write", "results"))
        })?;
        writer.flush().map_err(BatchError::io("write", "results"))
    }

    /// Reads every saved file and compares it with the SHA-256 that was recorded. Returns the files
    /// that differ.
    ///
    /// # Errors
    ///
    /// [`BatchError::Store`].
    pub fn verify(&self) -> Result<Vec<FileProblem>, BatchError> {
        let mut problems = Vec::new();
        self.for_each_result(|row| {
            for file in &row.files {
                let path = self.settings().output.join(&file.path);
                let custom_id = row.custom_id.clone();
                match sha256(&path) {
                    Ok(digest) if digest == file.sha256 => {}
                    Ok(_) => problems.push(FileProblem::Changed { custom_id, path }),
                    Err(_) => problems.push(FileProblem::Unreadable { custom_id, path }),
                }
            }
            Ok(())
        })?;
        Ok(problems)
    }

    fn for_each_result(
        &self,
        mut visit: impl FnMut(&RowResult) -> Result<(), BatchError>,
    ) -> Result<(), BatchError> {
        let mut after = 0;
        loop {
            let page = self.results_after(after)?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            after = last.number;
            page.iter().try_for_each(&mut visit)?;
        }
    }
}

const CSV_COLUMNS: [&str; 8] = [
    "custom_id",
    "status",
    "business_id",
    "task",
    "files",
    "sha256",
    "credits",
    "error",
];

fn csv_record(row: &RowResult) -> [String; 8] {
    let files: Vec<_> = row
        .files
        .iter()
        .map(|file| file.path.to_string_lossy())
        .collect();
    let digests: Vec<&str> = row.files.iter().map(|file| file.sha256.as_str()).collect();
    [
        row.custom_id.clone(),
        row.status.to_string(),
        row.business_id.clone(),
        row.task.clone().unwrap_or_default(),
        files.join(LIST_SEPARATOR),
        digests.join(LIST_SEPARATOR),
        row.credits.to_string(),
        row.error.clone().unwrap_or_default(),
    ]
}

fn openai_line(row: &RowResult) -> Value {
    let has_images = matches!(row.status, RowStatus::Done | RowStatus::Completed);
    let response = has_images.then(|| {
        let data: Vec<Value> = row
            .urls
            .iter()
            .enumerate()
            .map(|(position, url)| {
                let file = row.files.get(position);
                json!({
                    "url": url,
                    "path": file.map(|file| &file.path),
                    "sha256": file.map(|file| &file.sha256),
                })
            })
            .collect();
        json!({ "status_code": 200, "request_id": row.task, "body": { "data": data } })
    });
    let error = (!has_images).then(|| json!({ "code": row.status, "message": row.error }));
    json!({
        "id": row.business_id,
        "custom_id": row.custom_id,
        "response": response,
        "error": error,
    })
}

/// Returns the SHA-256 of a file in lower-case hexadecimal digits.
fn sha256(path: &Path) -> io::Result<String> {
    use std::fmt::Write as _;
    let mut file = std::fs::File::open(path)?;
    let mut context = Context::new(&SHA256);
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            read => context.update(&buffer[..read]),
        }
    }
    let mut text = String::with_capacity(64);
    for byte in context.finish().as_ref() {
        let _ = write!(text, "{byte:02x}");
    }
    Ok(text)
}
