//! The age and the duration of a task, by the service's clock where it is plausible.

use std::time::{Duration, SystemTime};

/// Returns the duration of a task that ended between two observations: by the service's clock if it
/// agrees with them, otherwise their middle.
pub(super) fn observed_duration(
    earliest: Duration,
    latest: Duration,
    created: Option<i64>,
    completed: Option<i64>,
) -> Duration {
    created
        .zip(completed)
        .and_then(|(from, to)| u64::try_from(to.checked_sub(from)?).ok())
        .map(Duration::from_secs)
        .filter(|reported| *reported >= earliest && *reported <= latest)
        .unwrap_or(earliest + latest.saturating_sub(earliest) / 2)
}

/// Returns the age at `now` of a task that was created elsewhere, or zero if the two clocks
/// contradict each other.
pub(super) fn age(created: Option<i64>, now: SystemTime) -> Duration {
    created
        .and_then(|at| u64::try_from(at).ok())
        .and_then(|at| SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(at)))
        .and_then(|created| now.duration_since(created).ok())
        .filter(|age| *age < Duration::from_hours(24))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn service_clock_is_used_if_it_agrees_with_the_observations() {
        let seconds = Duration::from_secs;
        for (created, completed, expected) in [
            (Some(100), Some(130), 30),
            (Some(100), Some(110), 10),
            (Some(100), Some(160), 60),
            (Some(100), Some(109), 35),
            (Some(100), Some(161), 35),
            (Some(130), Some(100), 35),
            (None, Some(130), 35),
            (Some(i64::MIN), Some(i64::MAX), 35),
        ] {
            let took = observed_duration(seconds(10), seconds(60), created, completed);
            assert_eq!(took, seconds(expected), "{created:?} to {completed:?}");
        }
    }

    #[test]
    fn implausible_age_is_zero() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_hours(100);
        for (created, expected) in [
            (Some(100 * 3600), 0),
            (Some(100 * 3600 - 90), 90),
            (Some(76 * 3600 + 1), 24 * 3600 - 1),
            (Some(76 * 3600), 0),
            (Some(100 * 3600 + 1), 0),
            (Some(-1), 0),
            (Some(i64::MAX), 0),
            (None, 0),
        ] {
            let age = age(created, now);
            assert_eq!(age, Duration::from_secs(expected), "{created:?}");
        }
    }
}
