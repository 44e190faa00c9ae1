//! The text of a file: so much of it as is read, in UTF-8, or why not.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use super::error::ReadError;
use super::node::Place;
use super::tree::{MAX_BYTES, too_large};

/// Reads a file. `name` is what errors call it.
///
/// # Errors
///
/// It is missing, a folder, larger than 32 MB, or no UTF-8.
pub fn read(path: &Path, name: &str) -> Result<String, ReadError> {
    let refuse = |message| ReadError {
        name: name.to_owned(),
        place: None,
        message,
    };
    let cannot = |error: std::io::Error| refuse(format!("cannot be read: {error}"));
    let file = File::open(path).map_err(cannot)?;
    let about = file.metadata().map_err(cannot)?;
    if about.is_dir() {
        return Err(refuse("is a folder; name the file in it".to_owned()));
    }
    if about.len() > MAX_BYTES {
        return Err(refuse(too_large(about.len())));
    }
    // A device or a pipe tells no size beforehand.
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(cannot)?;
    utf8(bytes, name)
}

/// Takes bytes for text; a byte order mark is no part of it.
///
/// # Errors
///
/// They are no UTF-8.
pub fn utf8(bytes: Vec<u8>, name: &str) -> Result<String, ReadError> {
    let refuse = |place, message: &str| ReadError {
        name: name.to_owned(),
        place,
        message: message.to_owned(),
    };
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(refuse(None, "is UTF-16; save it as UTF-8"));
    }
    let mut text = String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let before = String::from_utf8_lossy(&error.as_bytes()[..good]);
        refuse(
            Some(after(&before)),
            "this is no UTF-8; is it a text at all?",
        )
    })?;
    if text.starts_with('\u{feff}') {
        text.remove(0);
    }
    Ok(text)
}

/// The place that follows a text.
fn after(text: &str) -> Place {
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let last = text.rsplit('\n').next().unwrap_or_default();
    Place {
        line: number(text.matches('\n').count() + 1),
        column: number(last.chars().count() + 1),
    }
}
