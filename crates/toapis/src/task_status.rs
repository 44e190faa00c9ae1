//! The methods of [`TaskStatus`].

use crate::generated::statuses::{STATUSES, TaskStatus};

impl TaskStatus {
    /// Returns true if the status never changes again. A status that the contract doesn't list is
    /// not final.
    ///
    /// ```
    /// use toapis::TaskStatus;
    /// assert!(TaskStatus::Completed.is_final());
    /// assert!(!TaskStatus::from("moderating".to_owned()).is_final());
    /// ```
    #[must_use]
    pub fn is_final(&self) -> bool {
        STATUSES
            .iter()
            .any(|row| row.status == *self && row.is_final)
    }

    /// Parses a status, in any case and with surrounding spaces. A status that the contract does
    /// not list is kept as it is.
    pub(crate) fn read(name: &str) -> Self {
        let bare = name.trim();
        STATUSES
            .iter()
            .find(|row| row.status.as_str().eq_ignore_ascii_case(bare))
            .map_or_else(|| Self::from(name.to_owned()), |row| row.status.clone())
    }
}
