//! A model of how long tasks take: the service's statement first, then what this client has
//! observed, by model.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::inspection_schedule::{InspectionSchedule, bin_index, grid_len, grid_time};
use crate::generated::limits::POLLING;

/// The number of durations that are kept for a model.
const MAX_OBSERVATIONS: usize = 200;
/// The number of models with observations. For further models, only the prior is used.
const MAX_MODELS: usize = 64;
/// The weight of the prior before any observation, in tasks,
const PRIOR: f64 = 3.0;
/// and the number of observations after which it has a quarter of that weight. A constant weight
/// would cause polls when no task ever ended.
const PRIOR_QUARTERED: f64 = 5.0;
/// The minimum bandwidth of a kernel, on logarithms: the grid has a resolution of 1/80.
const MIN_BANDWIDTH: f64 = 0.01;
/// The uncertainty of a duration, because the service reports whole seconds.
const WHOLE_SECONDS: f64 = 0.3;

/// Observations shared by the clones of a client.
#[derive(Debug, Default)]
pub(crate) struct History(Mutex<HashMap<String, ModelHistory>>);

#[derive(Debug, Default)]
struct ModelHistory {
    durations: Vec<f64>,
    /// The index of the oldest duration, which the next one replaces.
    oldest: usize,
    /// The number of observations since the schedule was computed.
    since: usize,
    schedule: Option<(Duration, Arc<InspectionSchedule>)>,
}

impl History {
    /// Adds the duration of a task that was observed from start to end.
    pub(crate) fn learn(&self, model: &str, duration: Duration) {
        let mut models = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if models.len() >= MAX_MODELS && !models.contains_key(model) {
            return;
        }
        let known = models.entry(model.to_owned()).or_default();
        if known.durations.len() < MAX_OBSERVATIONS {
            known.durations.push(duration.as_secs_f64());
        } else {
            known.durations[known.oldest] = duration.as_secs_f64();
            known.oldest = (known.oldest + 1) % MAX_OBSERVATIONS;
        }
        known.since += 1;
    }

    /// Returns the pause before the next poll of a running task of this age.
    pub(crate) fn pause(&self, model: &str, age: Duration, poll_cost: Duration) -> Duration {
        self.schedule(model, poll_cost)
            .next_poll(age)
            .saturating_sub(age)
    }

    fn schedule(&self, model: &str, poll_cost: Duration) -> Arc<InspectionSchedule> {
        let mut models = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if models.len() >= MAX_MODELS && !models.contains_key(model) {
            return Arc::new(plan(&[], poll_cost));
        }
        let known = models.entry(model.to_owned()).or_default();
        match &known.schedule {
            // With many observations, one more changes little, so the schedule is not recomputed
            // for each: it takes a fraction of a millisecond.
            Some((price, schedule))
                if *price == poll_cost && known.since * 10 <= known.durations.len() =>
            {
                schedule.clone()
            }
            _ => {
                let schedule = Arc::new(plan(&known.durations, poll_cost));
                known.since = 0;
                known.schedule = Some((poll_cost, schedule.clone()));
                schedule
            }
        }
    }
}

/// Computes the schedule for the observed durations.
fn plan(seen: &[f64], poll_cost: Duration) -> InspectionSchedule {
    let slowest = seen.iter().copied().reduce(f64::max);
    let unseen = slowest.map_or_else(grid_len, bin_index);
    InspectionSchedule::from_density(&density(seen), poll_cost.as_secs_f64(), unseen)
}

/// Returns the weight of each bin of the grid: a kernel density estimate of the observations, and
/// the prior.
fn density(seen: &[f64]) -> Vec<f64> {
    let mut density = vec![0.0; grid_len()];
    let centres = centres();
    let mut logs: Vec<f64> = seen.iter().map(|seconds| seconds.max(0.1).ln()).collect();
    logs.sort_by(f64::total_cmp);
    let max_bandwidth = max_bandwidth(&logs);
    for (at, log) in logs.iter().enumerate() {
        let bandwidth = bandwidth(&logs, at, max_bandwidth);
        add_kernel(&mut density, &centres, *log, bandwidth, STUDENT);
    }
    let weight = PRIOR / (1.0 + real(seen.len()) / PRIOR_QUARTERED).powi(2);
    for (bin, part) in density.iter_mut().zip(prior(&centres, POLLING.typical)) {
        *bin += weight * part;
    }
    density
}

/// Returns the prior distribution, from the service's statement about typical durations.
fn prior(centres: &[f64], typical: (Duration, Duration)) -> Vec<f64> {
    let mut density = vec![0.0; grid_len()];
    // The contract's range of typical durations is taken as the middle 80 % of a log-normal
    // distribution.
    let [short, long] = [typical.0, typical.1].map(|time| time.as_secs_f64().max(0.1).ln());
    // At least as wide as a bin of the grid.
    let deviation = ((long - short) / (2.0 * 1.281_6)).max(MIN_BANDWIDTH);
    let middle = f64::midpoint(short, long);
    add_kernel(&mut density, centres, middle, deviation, NORMAL);
    // After the typical range, the hazard rate stays constant, so that the pauses do not grow.
    // Growing pauses would find the ends of slow tasks later than a fixed pause does.
    let last = bin_index(long.exp());
    let (mut left, mut rate) = (density.iter().sum::<f64>(), 0.0_f64);
    for (index, ended) in density.iter().enumerate().take(last + 1).skip(1) {
        let within = grid_time(index) - grid_time(index - 1);
        rate = rate.max((left / (left - ended)).ln() / within);
        if index < last {
            left -= ended;
        }
    }
    for (index, ended) in density.iter_mut().enumerate().skip(last) {
        *ended = left * -(-rate * (grid_time(index) - grid_time(index - 1))).exp_m1();
        left -= *ended;
    }
    density
}

/// Returns the maximum bandwidth, relative to the duration: Silverman's rule on the logarithms, in
/// ascending order.
fn max_bandwidth(logs: &[f64]) -> f64 {
    if logs.is_empty() {
        return 0.0;
    }
    let count = real(logs.len());
    let mean = logs.iter().sum::<f64>() / count;
    let deviation = (logs.iter().map(|log| (log - mean).powi(2)).sum::<f64>() / count).sqrt();
    let quartiles = (logs[logs.len() * 3 / 4] - logs[logs.len() / 4]) / 1.34;
    0.9 * deviation.min(quartiles.max(0.02)) * count.powf(-0.2)
}

/// Returns the bandwidth of one observation, by the distance of its nearest neighbors, so that two
/// modes stay separate and the tail stays smooth.
fn bandwidth(logs: &[f64], at: usize, max_bandwidth: f64) -> f64 {
    let last = logs.len() - 1;
    // Twice the square root of the number of observations.
    let neighbours = (4 * logs.len()).isqrt().min(last);
    let reach = (at.saturating_sub(neighbours)..=at.min(last - neighbours))
        .map(|from| (logs[at] - logs[from]).max(logs[from + neighbours] - logs[at]))
        .fold(f64::INFINITY, f64::min);
    let rounding = (WHOLE_SECONDS / logs[at].exp()).min(0.25);
    // A few equal observations do not prove that all durations are equal.
    let floor = (0.25 / real(logs.len())).max(MIN_BANDWIDTH);
    (0.4 * reach).min(max_bandwidth).hypot(rounding).max(floor)
}

/// Converts a count, which is a few hundred at most.
fn real(count: usize) -> f64 {
    u32::try_from(count).unwrap_or(u32::MAX).into()
}

/// The logarithm of the middle of each bin of the grid.
fn centres() -> Vec<f64> {
    let log = |index: usize| grid_time(index).max(0.01).ln();
    (0..grid_len())
        .map(|index| f64::midpoint(log(index.saturating_sub(1)), log(index)))
        .collect()
}

/// The shape of a kernel: its density at a number of bandwidths from the center, and its radius.
type Kernel = (fn(f64) -> f64, f64);

/// The Gaussian kernel.
const NORMAL: Kernel = (|z| (-0.5 * z * z).exp(), 3.0);
/// Student's t with four degrees of freedom. Its tails fall slowly: beyond the slowest observation,
/// the density falls but has no gap before the prior, where a high poll cost would place the first
/// poll.
const STUDENT: Kernel = (
    |z| {
        let base = 1.0 + z * z / 4.0;
        1.0 / (base * base * base.sqrt())
    },
    10.0,
);

/// Adds a kernel of weight 1 on the logarithms.
fn add_kernel(
    density: &mut [f64],
    centres: &[f64],
    middle: f64,
    deviation: f64,
    (shape, radius): Kernel,
) {
    let from = bin_index((middle - radius * deviation).exp());
    let to = bin_index((middle + radius * deviation).exp()) + 1;
    let kernel = |centre: &f64| shape((centre - middle) / deviation);
    let total: f64 = centres[from..to].iter().map(kernel).sum();
    if !total.is_normal() {
        // The first bins of the grid are wider than a narrow kernel, whose density at their
        // centers is zero.
        density[bin_index(middle.exp())] += 1.0;
        return;
    }
    for (bin, centre) in density[from..to].iter_mut().zip(&centres[from..to]) {
        *bin += kernel(centre) / total;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn prior_is_used_without_observations() {
        let history = History::default();
        let first = history.pause("m", Duration::ZERO, SECOND);
        assert!(
            first > POLLING.typical.0 / 2 && first < POLLING.typical.1 / 2,
            "{first:?}"
        );
    }

    #[test]
    fn prior_is_a_distribution_for_any_typical_range() {
        let centres = centres();
        for typical in [
            (0, 0),
            (0, 1),
            (5, 30),
            (30, 30),
            (3600, 3601),
            (1, 1_000_000),
        ] {
            let typical = (SECOND * typical.0, SECOND * typical.1);
            let parts = prior(&centres, typical);
            assert!(parts.iter().all(|part| *part >= 0.0), "{typical:?}");
            let whole: f64 = parts.iter().sum();
            assert!((0.9..1.0 + 1e-9).contains(&whole), "{typical:?}: {whole}");
        }
    }

    #[test]
    fn polls_follow_the_observed_durations() {
        let history = History::default();
        for index in 0..50 {
            history.learn("m", Duration::from_secs_f64(60.0 + f64::from(index % 5)));
        }
        let late = history.pause("m", Duration::from_secs(40), SECOND) + Duration::from_secs(40);
        assert!(
            late > Duration::from_secs(55) && late < Duration::from_secs(66),
            "{late:?}"
        );
        let other = history.pause("another", Duration::ZERO, SECOND);
        assert!(
            other < POLLING.typical.1 / 2,
            "models are kept apart: {other:?}"
        );
    }

    #[test]
    fn fifty_observations_outweigh_the_prior() {
        let history = History::default();
        for index in 0..50 {
            history.learn("m", Duration::from_secs(140 + index % 20));
        }
        let (mut age, mut polls) = (Duration::ZERO, 0);
        while age < Duration::from_secs(130) {
            age += history.pause("m", age, SECOND);
            polls += 1;
        }
        assert_eq!(
            polls, 1,
            "the service says 5 to 30 s, and no task was done by then"
        );
    }

    #[test]
    fn observed_modes_are_not_polled_between() {
        let history = History::default();
        for index in 0..25_u32 {
            history.learn(
                "m",
                Duration::from_secs_f64(7.5 + f64::from(index % 5) / 4.0),
            );
            history.learn("m", Duration::from_secs_f64(43.0 + f64::from(index % 5)));
        }
        let age = Duration::from_secs(11);
        let next = age + history.pause("m", age, SECOND);
        assert!(next > Duration::from_secs(40), "{next:?}");
    }

    #[test]
    fn oldest_observations_are_dropped_and_models_are_limited() {
        let history = History::default();
        for _ in 0..MAX_OBSERVATIONS {
            history.learn("m", Duration::from_secs(5));
        }
        for _ in 0..MAX_OBSERVATIONS {
            history.learn("m", Duration::from_secs(100));
        }
        assert!(history.pause("m", Duration::from_secs(20), SECOND) > Duration::from_mins(1));
        for index in 0..200 {
            history.learn(&index.to_string(), SECOND);
            history.pause(&index.to_string(), SECOND, SECOND);
        }
        assert!(history.0.lock().unwrap().len() <= MAX_MODELS);
    }
}
