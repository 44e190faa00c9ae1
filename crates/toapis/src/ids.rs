//! The ids of a task: the service's, and the caller's own.

use std::fmt;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

/// The maximum length, in bytes: longer than any known id, and short enough for the request line
/// of any server.
const LONGEST: usize = 512;

/// The service's id of a task. Opaque: several formats are in use.
///
/// An id from a response is kept as it is. An id from a caller is checked to be valid in a request
/// path.
///
/// ```
/// use toapis::TaskId;
/// let id: TaskId = "tsk_img_01JQZ".parse()?;
/// assert_eq!(id.as_str(), "tsk_img_01JQZ");
/// assert!("..".parse::<TaskId>().is_err());
/// # Ok::<(), toapis::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TaskId(String);

/// The caller's own id of a task (`client_business_id`): known before the create is sent, stored
/// and echoed by the service, and used to look up the task of a lost response.
///
/// A generated id is a ULID. The allowed length and alphabet aren't documented, so keep your own
/// ids short and plain.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BusinessId(String);

/// Implements what both ids have in common.
macro_rules! id {
    ($name:ident, $what:literal) => {
        impl $name {
            /// Returns the id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Creates an id if it can be a segment of a request path.
            pub(crate) fn parse(id: String) -> Result<Self, InvalidId> {
                let id = Self(id);
                id.check()?;
                Ok(id)
            }

            /// Checks that the id can be a segment of a request path.
            pub(crate) fn check(&self) -> Result<(), InvalidId> {
                check(&self.0, $what)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    };
}

id!(TaskId, "a task id");
id!(BusinessId, "a business id");

impl TaskId {
    /// Creates an id from a response, without validation: an id of the service must never be lost.
    pub(crate) fn from_service(id: String) -> Self {
        Self(id)
    }
}

impl BusinessId {
    /// Generates an id: a ULID, so that ids sort by time.
    #[must_use]
    pub fn generate() -> Self {
        let since_epoch = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        let millis = u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX);
        Self(ulid::Ulid::from_parts(millis, fastrand::u128(..)).to_string())
    }

    /// Returns the id as a task id, which is how the status endpoint takes it.
    pub(crate) fn as_task_id(&self) -> TaskId {
        TaskId(self.0.clone())
    }
}

fn check(id: &str, what: &'static str) -> Result<(), InvalidId> {
    let reason = if id.is_empty() {
        "is empty"
    } else if id == "." || id == ".." {
        "would change the request path"
    } else if id.len() > LONGEST {
        "is longer than 512 bytes"
    } else if id.chars().any(char::is_control) {
        "contains a control character"
    } else {
        return Ok(());
    };
    let shown: String = id.chars().take(40).collect();
    Err(InvalidId {
        message: format!("{what} {reason}: {shown:?}"),
    })
}

/// Why an id is invalid. Converts to an [`Error`](crate::Error), which is above this module.
#[derive(Debug)]
pub(crate) struct InvalidId {
    message: String,
}

impl fmt::Display for InvalidId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_that_would_change_the_path_is_rejected() {
        for id in ["", ".", "..", "a\nb", "a\u{0}b"] {
            assert!(TaskId::parse(id.to_owned()).is_err(), "{id:?}");
        }
        assert!(TaskId::parse("x".repeat(513)).is_err());
    }

    #[test]
    fn generated_business_ids_are_distinct_ulids() {
        let (one, two) = (BusinessId::generate(), BusinessId::generate());
        assert_ne!(one, two);
        assert_eq!(one.as_str().len(), ulid::ULID_LEN);
    }
}
