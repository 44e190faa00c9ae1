//! The methods of [`TaskStatus`].

use crate::generated::states::{STATES, TaskStatus};

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
        STATES.iter().any(|row| row.state == *self && row.is_final)
    }

    /// Parses a status, in any case and with surrounding spaces. A status that the contract does
    /// not list is kept as it is.
    pub(crate) fn read(name: &str) -> Self {
        let bare = name.trim();
        STATES
            .iter()
            .find(|row| row.state.as_str().eq_ignore_ascii_case(bare))
            .map_or_else(|| Self::from(name.to_owned()), |row| row.state.clone())
    }
}
