//! Moments that a caller's or a server's number cannot overflow.

use std::time::Duration;

use tokio::time::Instant;

/// Longer than any program runs, and short enough for every clock.
const FAR: Duration = Duration::from_hours(24 * 365 * 10);

/// The moment so long from now; "for ever" is ten years.
pub(crate) fn from_now(span: Duration) -> Instant {
    after(Instant::now(), span)
}

/// The moment so long after another.
pub(crate) fn after(moment: Instant, span: Duration) -> Instant {
    moment + span.min(FAR)
}
