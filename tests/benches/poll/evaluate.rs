//! What a sequence of looks comes to on a distribution: how many of them a task takes, and how late the last one is.

use crate::distribution::Distribution;

/// Means over all tasks of a distribution.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measured {
    pub(crate) polls: f64,
    /// From the end of a task to the look that finds it, in seconds.
    pub(crate) delay: f64,
}

impl Measured {
    /// In seconds, where a look is worth `price` of them.
    pub(crate) fn cost(&self, price: f64) -> f64 {
        self.polls * price + self.delay
    }
}

/// Looks at every task at the same ages, in seconds, ascending, the last one after the longest task.
pub(crate) fn measure(distribution: &Distribution, looks: &[f64]) -> Measured {
    let mut polls = 0.0;
    let mut delay = 0.0;
    let mut looked = 0;
    for duration in distribution.durations() {
        while looks[looked] < *duration {
            looked += 1;
        }
        polls += real(looked + 1);
        delay += looks[looked] - duration;
    }
    let count = real(distribution.durations().len());
    Measured {
        polls: polls / count,
        delay: delay / count,
    }
}

/// The mean over several clients.
pub(crate) fn mean(all: &[Measured]) -> Measured {
    let count = real(all.len());
    Measured {
        polls: all.iter().map(|each| each.polls).sum::<f64>() / count,
        delay: all.iter().map(|each| each.delay).sum::<f64>() / count,
    }
}

/// The delay of who looks so often on average by a coin between two schedules; that of the more frequent one if even that does not
/// look so often, and `None` if both look more often.
pub(crate) fn mixed(often: &Measured, rarely: &Measured, polls: f64) -> Option<f64> {
    if polls < rarely.polls {
        return None;
    }
    if polls >= often.polls {
        return Some(often.delay);
    }
    let part = (often.polls - polls) / (often.polls - rarely.polls);
    Some(often.delay + part * (rarely.delay - often.delay))
}

fn real(count: usize) -> f64 {
    u32::try_from(count).unwrap_or(u32::MAX).into()
}
