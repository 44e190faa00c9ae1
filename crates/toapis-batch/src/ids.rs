//! Ids of batches, rows and attempts.

use std::fmt;
use std::str::FromStr;
use std::time::SystemTime;

use toapis::BusinessId;

use crate::error::BatchError;

/// The id of a batch: 1 to 26 characters out of `0-9a-z_`, by default a ULID in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BatchId(String);

/// Maximum length, so that a business id has less than 48 characters.
const MAX_LENGTH: usize = 26;

impl BatchId {
    /// Generates an id that sorts by time.
    #[must_use]
    pub fn generate() -> Self {
        let since_epoch = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        let millis = u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX);
        let ulid = ulid::Ulid::from_parts(millis, fastrand::u128(..));
        Self(ulid.to_string().to_lowercase())
    }

    /// Creates an id from text.
    ///
    /// # Errors
    ///
    /// [`BatchError::InvalidBatchId`] if it is empty, too long or has other characters.
    pub fn new(id: impl Into<String>) -> Result<Self, BatchError> {
        let id = id.into();
        let fits = (1..=MAX_LENGTH).contains(&id.len())
            && id
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase() || byte == b'_');
        if fits {
            Ok(Self(id))
        } else {
            Err(BatchError::InvalidBatchId(id))
        }
    }

    /// Returns the id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the business id of one attempt of one row. No two attempts of any batch share one.
    ///
    /// # Errors
    ///
    /// None for an id that was checked; the type of the SDK checks it again.
    pub fn business_id(&self, row: u64, attempt: u32) -> Result<BusinessId, toapis::Error> {
        BusinessId::new(format!("{}-{row}-{attempt}", self.0))
    }
}

impl fmt::Display for BatchId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for BatchId {
    type Err = BatchError;

    fn from_str(id: &str) -> Result<Self, BatchError> {
        Self::new(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn business_ids_are_short_and_plain() {
        let id = BatchId::generate().business_id(99_999_999, 99).unwrap();
        assert!(id.as_str().len() < 48, "{id}");
        assert!(
            id.as_str()
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        );
    }

    #[test]
    fn batch_id_with_a_hyphen_is_refused() {
        // `a-1` with row 2 and `a` with row 1-2 must not share a business id.
        for id in ["", "a-1", "A", "a/b", "ä", &"x".repeat(27)] {
            assert!(BatchId::new(id).is_err(), "{id}");
        }
        assert_eq!(BatchId::new("cats_2").unwrap().as_str(), "cats_2");
    }
}
