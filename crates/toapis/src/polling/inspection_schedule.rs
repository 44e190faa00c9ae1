//! Poll times with the least expected cost: an inspection schedule by dynamic programming.
//!
//! Barlow, Hunter and Proschan, "Optimum checking procedures" (1963): a task ends at a random time,
//! each poll costs `c`, and the time between the end and the next poll is delay. On a grid of
//! times, the least expected cost from time `i` on, for a task that is still running, follows from
//! that of later times.

use std::time::Duration;

/// The first time of the grid after zero, in seconds.
const FIRST: f64 = 0.25;
/// The ratio of consecutive times of the grid. On a grid with half the resolution, few polls of
/// fast tasks would find their ends later than a fixed pause does.
const STEP: f64 = 1.0125;
/// The number of times: from 0.25 seconds to slightly more than twenty minutes.
const GRID_LEN: u16 = 691;
/// The number of steps of the grid that double the age.
const DOUBLED: usize = 56;
/// The pause after the end of the grid.
const PAUSE_AFTER_GRID: Duration = Duration::from_secs(30);

/// Poll times for tasks with a given distribution of durations.
#[derive(Debug, Clone)]
pub(super) struct InspectionSchedule {
    /// For each time of the grid, the index of the next poll.
    next: Vec<u16>,
    #[cfg(test)]
    expected_cost: f64,
}

impl InspectionSchedule {
    /// Computes the schedule for tasks whose duration is one of `durations`, each with the same
    /// probability.
    #[cfg(test)]
    pub(super) fn from_durations(durations: &[Duration], poll_cost: Duration) -> Self {
        let mut density = vec![0.0; grid_len()];
        for duration in durations {
            density[bin_index(duration.as_secs_f64())] += 1.0;
        }
        Self::from_density(&density, poll_cost.as_secs_f64(), density.len())
    }

    /// Returns the age at the next poll of a task that is still running at `age`.
    pub(super) fn next_poll(&self, age: Duration) -> Duration {
        let now = age.as_secs_f64();
        let mut at = bin_index(now);
        // The bin ends at or after `age`. With jitter, the last poll may be on either side of its
        // end.
        if at > 0 && grid_time(at) - now > now - grid_time(at - 1) {
            at -= 1;
        }
        let next = usize::from(self.next[at]);
        if next <= at {
            return age.saturating_add(PAUSE_AFTER_GRID);
        }
        Duration::from_secs_f64(grid_time(next)).max(age)
    }

    /// `density[i]` is the weight of tasks that end in the bin before time `i`.
    ///
    /// From index `unseen` on, which no observed task has reached, the age at most doubles between
    /// polls: the distribution is a guess there, and a high poll cost would rely on it.
    pub(super) fn from_density(density: &[f64], price: f64, unseen: usize) -> Self {
        let count = density.len();
        let total: f64 = density.iter().sum::<f64>().max(f64::MIN_POSITIVE);
        let times: Vec<f64> = (0..count).map(grid_time).collect();
        // The weight of tasks still running at each time, and the sum of their ends, so that the
        // delay of a pause is two subtractions. They are summed from the end: the few slow tasks
        // would be lost in the rounding of a sum that starts with the many fast ones.
        let (mut alive, mut ends) = (vec![0.0; count], vec![0.0; count]);
        for index in (1..count).rev() {
            let part = density[index] / total;
            alive[index - 1] = alive[index] + part;
            ends[index - 1] = ends[index] + part * f64::midpoint(times[index - 1], times[index]);
        }
        let mut next: Vec<u16> = vec![0; count];
        let mut cost = vec![0.0; count];
        for from in (0..count.saturating_sub(1)).rev() {
            // Nothing is planned after the last known end.
            if alive[from] <= 0.0 {
                continue;
            }
            let (mut best, mut chosen) = (f64::INFINITY, from + 1);
            let last = if from < unseen {
                count
            } else {
                count.min(from + DOUBLED + 1)
            };
            for to in from + 1..last {
                let delay = times[to] * (alive[from] - alive[to]) - (ends[from] - ends[to]);
                let all = price * alive[from] + delay + cost[to];
                if all < best {
                    (best, chosen) = (all, to);
                }
                // Later polls only cost more: the delay alone exceeds the best cost.
                if delay > best {
                    break;
                }
            }
            cost[from] = best;
            next[from] = u16::try_from(chosen).unwrap_or(u16::MAX);
        }
        Self {
            next,
            #[cfg(test)]
            expected_cost: cost.first().copied().unwrap_or_default(),
        }
    }
}

/// Returns the time at an index, in seconds.
pub(super) fn grid_time(index: usize) -> f64 {
    match index {
        0 => 0.0,
        _ => FIRST * STEP.powi(i32::try_from(index - 1).unwrap_or(i32::MAX)),
    }
}

/// Returns the index of the first time at or after `seconds`, or the last index.
pub(super) fn bin_index(seconds: f64) -> usize {
    if seconds <= 0.0 || seconds.is_nan() {
        return 0;
    }
    let steps = (seconds / FIRST).ln() / STEP.ln();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to the grid before"
    )]
    let index = (steps - 1e-9).ceil().clamp(0.0, f64::from(GRID_LEN - 2)) as usize;
    index + 1
}

/// Returns the number of times of the grid.
pub(super) const fn grid_len() -> usize {
    GRID_LEN as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bin_index_is_the_first_grid_time_not_before_the_age() {
        for seconds in [0.01, 0.25, 0.3, 1.0, 17.3, 600.0] {
            let index = bin_index(seconds);
            assert!(grid_time(index) >= seconds * (1.0 - 1e-9), "{seconds}");
            assert!(grid_time(index - 1) < seconds, "{seconds}");
        }
        assert_eq!(bin_index(0.0), 0);
        assert_eq!(bin_index(1e9), grid_len() - 1);
        assert!(grid_time(grid_len() - 1) > 1200.0);
    }

    #[test]
    fn age_at_most_doubles_between_polls_without_observations() {
        // Nearly all tasks end within 3 s; the others, by the prior, after five minutes.
        let mut density = vec![0.0; grid_len()];
        density[bin_index(3.0)] = 1.0;
        density[bin_index(300.0)] = 0.001;
        let polls = |unseen| {
            let schedule = InspectionSchedule::from_density(&density, 1.0, unseen);
            let next = |age: &Duration| Some(schedule.next_poll(*age));
            let polls = std::iter::successors(next(&Duration::ZERO), next);
            polls
                .map(|poll| poll.as_secs_f64())
                .take_while(|poll| *poll < 400.0)
                .collect::<Vec<_>>()
        };
        let unlimited = polls(grid_len());
        assert!(unlimited[1] > 290.0, "{unlimited:?}");
        let limited = polls(bin_index(3.0));
        assert!(limited.len() > 6, "{limited:?}");
        assert!(
            limited.windows(2).all(|pair| pair[1] < pair[0] * 2.05),
            "{limited:?}"
        );
        assert!((grid_time(1 + DOUBLED) / grid_time(1) - 2.0).abs() < 0.025);
    }

    #[test]
    fn known_duration_costs_one_poll_and_no_delay() {
        let schedule =
            InspectionSchedule::from_durations(&[Duration::from_secs(20)], Duration::from_secs(1));
        let poll = schedule.next_poll(Duration::ZERO).as_secs_f64();
        assert!((20.0..20.6).contains(&poll), "{poll}");
        assert!(schedule.expected_cost < 1.3, "{}", schedule.expected_cost);
    }

    #[test]
    fn bimodal_durations_are_not_polled_between_the_modes() {
        let durations: Vec<_> = [9.0, 10.0, 11.0, 59.0, 60.0, 61.0]
            .map(Duration::from_secs_f64)
            .into();
        let schedule = InspectionSchedule::from_durations(&durations, Duration::from_secs(1));
        let between = schedule.next_poll(Duration::from_secs_f64(11.5));
        assert!(between.as_secs() >= 58, "{between:?}");
    }

    #[test]
    fn polling_continues_after_the_last_known_duration() {
        let schedule =
            InspectionSchedule::from_durations(&[Duration::from_secs(5)], Duration::from_secs(1));
        let (mut age, mut polls) = (Duration::ZERO, 0);
        while age < Duration::from_hours(1) {
            let next = schedule.next_poll(age);
            assert!(next > age);
            (age, polls) = (next, polls + 1);
        }
        assert!(polls > 20 && polls < 200, "{polls}");
        assert_eq!(schedule.next_poll(Duration::MAX), Duration::MAX);
    }
}
