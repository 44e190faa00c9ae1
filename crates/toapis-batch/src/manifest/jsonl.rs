//! A line of JSONL.

use serde_json::{Map, Value};

use super::error::RowError;
use super::row::ManifestRow;

/// Keys that name a row, in order of preference.
const ID_KEYS: [&str; 3] = ["custom_id", "id", "key"];
/// Path of the operation that an envelope may ask for.
const CREATE_PATH: &str = "/v1/images/generations";

/// Parses a line; `None` for an empty one.
pub(super) fn parse(line: u64, text: &str) -> Result<Option<ManifestRow>, RowError> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let value: Value = serde_json::from_str(text)
        .map_err(|error| RowError::new(line, format!("not valid JSON: {error}")))?;
    let Value::Object(mut object) = value else {
        return Err(RowError::new(line, "expected a JSON object"));
    };
    let custom_id = take_id(&mut object).map_err(|message| RowError::new(line, message))?;
    let body = match object.remove("body") {
        None => object,
        Some(Value::Object(body)) => {
            check_envelope(&object).map_err(|message| RowError::new(line, message))?;
            body
        }
        Some(_) => return Err(RowError::new(line, "`body` must be an object")),
    };
    Ok(Some(ManifestRow {
        line,
        custom_id,
        body,
    }))
}

fn take_id(object: &mut Map<String, Value>) -> Result<Option<String>, String> {
    for key in ID_KEYS {
        match object.remove(key) {
            None => {}
            Some(Value::String(id)) if !id.is_empty() => return Ok(Some(id)),
            Some(Value::Number(id)) => return Ok(Some(id.to_string())),
            Some(_) => return Err(format!("`{key}` must be a non-empty string")),
        }
    }
    Ok(None)
}

/// An envelope may not ask for anything else than a create.
fn check_envelope(envelope: &Map<String, Value>) -> Result<(), String> {
    for (key, value) in envelope {
        match (key.as_str(), value.as_str()) {
            ("method", Some("POST")) | ("url", Some(CREATE_PATH)) => {}
            ("method", _) => return Err("`method` must be `POST`".to_owned()),
            ("url", _) => return Err(format!("`url` must be `{CREATE_PATH}`")),
            _ => return Err(format!("unknown key `{key}` beside `body`")),
        }
    }
    Ok(())
}
