//! The path of a value in a request.

use std::fmt;

/// The path of a value in a request. It is formatted only for a violation.
#[derive(Clone, Copy)]
pub(super) enum Path<'p> {
    /// The request itself.
    Root,
    /// A field of the object at the path.
    Field(&'p Path<'p>, &'static str),
    /// An item of the array at the path.
    Item(&'p Path<'p>, usize),
}

impl fmt::Display for Path<'_> {
    /// Formats the path, for example `metadata.resolution` or `image_urls[2].url`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Field(Self::Root, name) => f.write_str(name),
            Self::Field(object, name) => write!(f, "{object}.{name}"),
            Self::Item(list, index) => write!(f, "{list}[{index}]"),
        }
    }
}
