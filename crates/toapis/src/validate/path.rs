//! Where in a request a value stands.

use std::fmt;

/// A place in a request. It is written out only if something is wrong there.
#[derive(Clone, Copy)]
pub(super) enum Path<'p> {
    /// The request itself.
    Root,
    /// A field of the object at that place.
    Field(&'p Path<'p>, &'static str),
    /// An item of the list at that place.
    Item(&'p Path<'p>, usize),
}

impl fmt::Display for Path<'_> {
    /// Such as `metadata.resolution` or `image_urls[2].url`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Field(Self::Root, name) => f.write_str(name),
            Self::Field(object, name) => write!(f, "{object}.{name}"),
            Self::Item(list, index) => write!(f, "{list}[{index}]"),
        }
    }
}
