//! Converts text to ids, with the error of this crate.

use std::str::FromStr;

use crate::error::Error;
use crate::ids::{BusinessId, TaskId};

macro_rules! conversions {
    ($name:ident) => {
        impl $name {
            /// Creates an id from text.
            ///
            /// # Errors
            ///
            /// [`ErrorKind::InvalidId`](crate::ErrorKind::InvalidId) if it is empty, `.` or `..`
            /// (which would change the request path), longer than 512 bytes, or contains a control
            /// character.
            pub fn new(id: impl Into<String>) -> Result<Self, Error> {
                Ok(Self::parse(id.into())?)
            }
        }

        impl FromStr for $name {
            type Err = Error;
            fn from_str(id: &str) -> Result<Self, Error> {
                Self::new(id)
            }
        }

        impl TryFrom<&str> for $name {
            type Error = Error;
            fn try_from(id: &str) -> Result<Self, Error> {
                Self::new(id)
            }
        }

        impl TryFrom<String> for $name {
            type Error = Error;
            fn try_from(id: String) -> Result<Self, Error> {
                Self::new(id)
            }
        }

        impl TryFrom<&String> for $name {
            type Error = Error;
            fn try_from(id: &String) -> Result<Self, Error> {
                Self::new(id.as_str())
            }
        }

        impl TryFrom<&$name> for $name {
            type Error = Error;
            fn try_from(id: &$name) -> Result<Self, Error> {
                Ok(id.clone())
            }
        }
    };
}

conversions!(TaskId);
conversions!(BusinessId);
