//! The text of a file, with a limit on its size.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use super::tree::{MAX_BYTES, too_large};
use crate::error::{Location, ReadError};

/// Reads a file as UTF-8, without a byte order mark. `name` is the name of the file in errors.
///
/// # Errors
///
/// The file is missing, is a directory, is larger than 32 MB, or is not UTF-8.
pub fn read_text(path: &Path, name: &str) -> Result<String, ReadError> {
    let io_error = |error: std::io::Error| ReadError::new(name, format!("cannot be read: {error}"));
    let file = File::open(path).map_err(io_error)?;
    let metadata = file.metadata().map_err(io_error)?;
    if metadata.is_dir() {
        return Err(ReadError::new(name, "is a directory; name the file in it"));
    }
    if metadata.len() > MAX_BYTES {
        return Err(ReadError::new(name, too_large(metadata.len())));
    }
    // The metadata of a device or pipe has no size.
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(io_error)?;
    decode_utf8(bytes, name)
}

/// Decodes UTF-8 and removes a byte order mark. `name` is the name of the file in errors.
///
/// # Errors
///
/// The bytes are not UTF-8; the error has the location of the first that is not.
pub fn decode_utf8(bytes: Vec<u8>, name: &str) -> Result<String, ReadError> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(ReadError::new(name, "is UTF-16; save it as UTF-8"));
    }
    let mut text = String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let before = String::from_utf8_lossy(&error.as_bytes()[..valid]);
        let message = "not valid UTF-8";
        ReadError::with_location(name, end_of(&before), message)
    })?;
    if text.starts_with('\u{feff}') {
        text.remove(0);
    }
    Ok(text)
}

/// Returns the location after the last character of a text.
fn end_of(text: &str) -> Location {
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let last = text.rsplit('\n').next().unwrap_or_default();
    Location {
        line: number(text.matches('\n').count() + 1),
        column: number(last.chars().count() + 1),
    }
}
