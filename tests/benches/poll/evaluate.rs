//! Evaluates a polling schedule on a distribution: polls per task, and the delay of the last one.

use crate::distribution::Distribution;

/// Means over all tasks of a distribution.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measured {
    pub(crate) polls: f64,
    /// Time from the end of a task to the poll that finds it, in seconds.
    pub(crate) delay: f64,
}

impl Measured {
    /// Returns the cost in seconds if one poll costs `price` seconds.
    pub(crate) fn cost(&self, price: f64) -> f64 {
        self.polls * price + self.delay
    }
}

/// Polls every task at the same ages: in seconds, ascending, the last one after the longest task.
pub(crate) fn measure(distribution: &Distribution, ages: &[f64]) -> Measured {
    let mut polls = 0.0;
    let mut delay = 0.0;
    let mut index = 0;
    for duration in distribution.durations() {
        while ages[index] < *duration {
            index += 1;
        }
        polls += to_f64(index + 1);
        delay += ages[index] - duration;
    }
    let count = to_f64(distribution.durations().len());
    Measured {
        polls: polls / count,
        delay: delay / count,
    }
}

/// Returns the mean over several clients.
pub(crate) fn mean(all: &[Measured]) -> Measured {
    let count = to_f64(all.len());
    Measured {
        polls: all.iter().map(|each| each.polls).sum::<f64>() / count,
        delay: all.iter().map(|each| each.delay).sum::<f64>() / count,
    }
}

/// Returns the delay at `polls` polls per task of a random mixture of two schedules: the delay of
/// the frequent one if it polls less often than that, `None` if both poll more often.
pub(crate) fn mixed_delay(frequent: &Measured, rare: &Measured, polls: f64) -> Option<f64> {
    if polls < rare.polls {
        return None;
    }
    if polls >= frequent.polls {
        return Some(frequent.delay);
    }
    let part = (frequent.polls - polls) / (frequent.polls - rare.polls);
    Some(frequent.delay + part * (rare.delay - frequent.delay))
}

fn to_f64(count: usize) -> f64 {
    u32::try_from(count).unwrap_or(u32::MAX).into()
}
