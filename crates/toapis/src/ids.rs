//! The two names a task has: the one the service gave it, and the one the caller gave it before it existed.

use std::fmt;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

/// Longer than any id seen by far, and short enough for any server's limit on a request line.
const LONGEST: usize = 512;

/// The service's id of a task. Opaque: several shapes are in use.
///
/// One that came from the service is kept as it is; one that a caller writes down is checked to be fit for a path.
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

/// The caller's own id of a task (`client_business_id`): known before the first byte is sent, stored by the service,
/// echoed, and good for asking what became of a create whose answer was lost.
///
/// A fresh one is a ULID. Its allowed length and alphabet are not documented, so keep your own short and plain.
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
    /// An id out of an answer: whatever the service says is kept, so that it cannot be lost to a rule of ours.
    pub(crate) fn from_service(id: String) -> Self {
        Self(id)
    }
}

impl BusinessId {
    /// A fresh one: a ULID, so that they sort by time.
    #[must_use]
    pub fn generate() -> Self {
        let since_epoch = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        let millis = u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX);
        Self(ulid::Ulid::from_parts(millis, fastrand::u128(..)).to_string())
    }

    /// As the id of a task, which is how the status endpoint takes it.
    pub(crate) fn as_task_id(&self) -> TaskId {
        TaskId(self.0.clone())
    }
}

fn check(id: &str, what: &'static str) -> Result<(), InvalidId> {
    let reason = if id.is_empty() {
        "is empty"
    } else if id == "." || id == ".." {
        "would change the path it stands in"
    } else if id.len() > LONGEST {
        "is longer than 512 bytes"
    } else if id.chars().any(char::is_control) {
        "holds a control character"
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
    fn an_id_that_would_leave_its_place_in_the_path_is_refused() {
        for id in ["", ".", "..", "a\nb", "a\u{0}b"] {
            assert!(TaskId::parse(id.to_owned()).is_err(), "{id:?}");
        }
        assert!(TaskId::parse("x".repeat(513)).is_err());
    }

    #[test]
    fn fresh_business_ids_are_ulids_and_differ() {
        let (one, two) = (BusinessId::generate(), BusinessId::generate());
        assert_ne!(one, two);
        assert_eq!(one.as_str().len(), ulid::ULID_LEN);
    }
}
