//! Why a contract could not be read, and where.

use std::fmt;

use super::node::Place;

/// A contract could not be read: the file, the place in it, what is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadError {
    /// The file or git revision, as people name it.
    pub name: String,
    /// Where in it; `None` if the whole of it is meant.
    pub place: Option<Place>,
    /// What is wrong, and what to do about it.
    pub message: String,
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Some(place) => write!(f, "{}:{place}: {}", self.name, self.message),
            None => write!(f, "{}: {}", self.name, self.message),
        }
    }
}

impl std::error::Error for ReadError {}
