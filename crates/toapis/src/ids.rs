//! The two names a task has: the one the service gave it, and the one the caller gave it before it existed.

use std::fmt;
use std::str::FromStr;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::error::{Context, Error, ErrorKind};

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

/// What both ids have in common.
macro_rules! id {
    ($name:ident, $what:literal) => {
        impl $name {
            /// Takes an id that the caller knows.
            ///
            /// # Errors
            ///
            /// [`ErrorKind::InvalidId`] if it is empty, `.` or `..` (which would change the path asked for), longer than
            /// 512 bytes, or holds a control character.
            pub fn new(id: impl Into<String>) -> Result<Self, Error> {
                let id = id.into();
                check(&id, $what)?;
                Ok(Self(id))
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Whether it may stand in a path.
            pub(crate) fn check(&self) -> Result<(), Error> {
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

fn check(id: &str, what: &str) -> Result<(), Error> {
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
    Err(Context::new(ErrorKind::InvalidId, format!("{what} {reason}: {shown:?}")).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_would_leave_its_place_in_the_path_is_refused() {
        for id in ["", ".", "..", "a\nb", "a\u{0}b"] {
            assert_eq!(
                TaskId::new(id).unwrap_err().kind(),
                ErrorKind::InvalidId,
                "{id:?}"
            );
        }
        assert!(TaskId::new("x".repeat(513)).is_err());
    }

    #[test]
    fn fresh_business_ids_are_ulids_and_differ() {
        let (one, two) = (BusinessId::generate(), BusinessId::generate());
        assert_ne!(one, two);
        assert_eq!(one.as_str().len(), ulid::ULID_LEN);
    }
}
