//! Points in time that don't overflow.

use std::time::{Duration, SystemTime};

use tokio::time::Instant;

/// Ten years: longer than any program runs, and short enough for every clock.
const MAX_DURATION: Duration = Duration::from_hours(24 * 365 * 10);

/// Returns the instant `span` from now, at most ten years.
pub(crate) fn deadline_after(span: Duration) -> Instant {
    saturating_add(Instant::now(), span)
}

/// Returns the instant `span` after another, at most ten years.
pub(crate) fn saturating_add(instant: Instant, span: Duration) -> Instant {
    instant + span.min(MAX_DURATION)
}

/// Converts Unix seconds to a `SystemTime`; `None` if the clock can't represent it.
pub(crate) fn from_unix(seconds: i64) -> Option<SystemTime> {
    let distance = Duration::from_secs(seconds.unsigned_abs());
    if seconds < 0 {
        SystemTime::UNIX_EPOCH.checked_sub(distance)
    } else {
        SystemTime::UNIX_EPOCH.checked_add(distance)
    }
}
