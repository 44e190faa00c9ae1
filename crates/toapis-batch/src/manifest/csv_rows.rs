//! Rows of a CSV file.

use std::io::BufRead;

use csv::{Reader, ReaderBuilder, StringRecord};
use serde_json::{Map, Value};

use super::error::RowError;
use super::row::ManifestRow;

/// Columns that name a row, in order of preference.
const ID_COLUMNS: [&str; 3] = ["custom_id", "id", "key"];
/// Separates the URLs or paths in one cell.
const LIST_SEPARATOR: char = '|';

pub(super) struct CsvRows<R> {
    reader: Reader<R>,
    columns: Option<Vec<String>>,
    failed: bool,
}

impl<R: BufRead> CsvRows<R> {
    pub(super) fn new(reader: R) -> Self {
        Self {
            reader: ReaderBuilder::new().flexible(true).from_reader(reader),
            columns: None,
            failed: false,
        }
    }

    /// Reads the names of the columns.
    fn read_columns(&mut self) -> Result<Vec<String>, RowError> {
        let headers = self
            .reader
            .headers()
            .map_err(|error| RowError::new(1, format!("cannot be read: {error}")))?;
        let columns: Vec<String> = headers
            .iter()
            .map(|name| name.trim_start_matches('\u{feff}').trim().to_owned())
            .collect();
        if !columns.iter().any(|name| name == "prompt") {
            return Err(RowError::new(
                1,
                "the first line must name a column `prompt`",
            ));
        }
        if let Some(twice) = columns
            .iter()
            .enumerate()
            .find_map(|(index, name)| columns[..index].contains(name).then_some(name))
        {
            return Err(RowError::new(1, format!("column `{twice}` is there twice")));
        }
        Ok(columns)
    }
}

impl<R: BufRead> Iterator for CsvRows<R> {
    type Item = Result<ManifestRow, RowError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        if self.columns.is_none() {
            match self.read_columns() {
                Ok(columns) => self.columns = Some(columns),
                Err(error) => {
                    self.failed = true;
                    return Some(Err(error));
                }
            }
        }
        let mut record = StringRecord::new();
        match self.reader.read_record(&mut record) {
            Ok(false) => None,
            Ok(true) => {
                let line = record.position().map_or(0, csv::Position::line);
                let columns = self.columns.as_deref().unwrap_or_default();
                Some(parse(line, columns, &record))
            }
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                // After an error of the input itself nothing more can be read.
                self.failed = error.is_io_error();
                Some(Err(RowError::new(line, format!("cannot be read: {error}"))))
            }
        }
    }
}

fn parse(line: u64, columns: &[String], record: &StringRecord) -> Result<ManifestRow, RowError> {
    if record.len() != columns.len() {
        let message = format!("{} values for {} columns", record.len(), columns.len());
        return Err(RowError::new(line, message));
    }
    let mut custom_id = None;
    let mut body = Map::new();
    for (column, cell) in columns.iter().zip(record) {
        if cell.is_empty() {
            continue;
        }
        if ID_COLUMNS.contains(&column.as_str()) {
            custom_id.get_or_insert_with(|| cell.to_owned());
            continue;
        }
        let value = match column.as_str() {
            "image_urls" | "reference_images" | "references" => cell
                .split(LIST_SEPARATOR)
                .map(|part| Value::from(part.trim()))
                .collect(),
            "metadata" => serde_json::from_str(cell)
                .map_err(|error| RowError::new(line, format!("`metadata` is not JSON: {error}")))?,
            _ => Value::from(cell),
        };
        body.insert(column.clone(), value);
    }
    Ok(ManifestRow {
        line,
        custom_id,
        body,
    })
}
