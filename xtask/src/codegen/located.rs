//! Errors that tell where in the contract they come from.

use std::fmt;

use anyhow::Result;

/// A place of the contract, and what stands there.
#[derive(Debug)]
pub(crate) struct At {
    /// Its JSON pointer.
    pub(crate) pointer: String,
    what: String,
}

impl At {
    pub(crate) fn new(pointer: String, what: String) -> Self {
        Self { pointer, what }
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

/// Results of which an error may be given a place.
pub(crate) trait Located {
    /// Says where it happened, unless a place nearer to it is said already.
    fn at(self, pointer: &str, what: &str) -> Self;
}

impl<T> Located for Result<T> {
    fn at(self, pointer: &str, what: &str) -> Self {
        self.map_err(|error| {
            if error.is::<At>() {
                return error.context(what.to_owned());
            }
            error.context(At {
                pointer: pointer.to_owned(),
                what: what.to_owned(),
            })
        })
    }
}
