//! How long a task takes. The distribution is the simulator's own; its range is the contract's.
//!
//! The duration of a task is log-normal. For one image of a megapixel, nine tenths of the durations
//! are within the contract's `typical_seconds`. The duration grows with the square root of the
//! number of pixels, is multiplied by 0.7 for models named `fast` or `flash` and by 1.4 for models
//! named `pro`, `max` or `official`, and is at most the contract's `long_seconds`. The result is
//! divided by the simulator's speed.

use std::{f64::consts::TAU, time::Duration};

use crate::{
    clock::SimInstant,
    contract_data::ContractData,
    pricing::Workload,
    rng::{RngStream, rng_for},
};

/// The fractions of a task's duration that it is `pending`, and then `queued`.
const PENDING_FRACTION: f64 = 0.06;
const QUEUED_FRACTION: f64 = 0.14;

/// The 95th percentile of the standard normal distribution.
const NORMAL_95: f64 = 1.645;

/// The instants at which a task changes its status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Timeline {
    pub(crate) accepted: SimInstant,
    pub(crate) queued: SimInstant,
    pub(crate) started: SimInstant,
    pub(crate) finished: SimInstant,
}

/// The source of task durations.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timing {
    pub(crate) seed: u64,
    pub(crate) speed: f64,
}

impl Timing {
    /// Draws the timeline of the `ordinal`-th task.
    pub(crate) fn timeline(
        self,
        data: &ContractData,
        ordinal: u64,
        accepted: SimInstant,
        workload: Workload<'_>,
    ) -> Timeline {
        let seconds = self.seconds(data, ordinal, workload) / self.speed;
        let after = |fraction: f64| {
            accepted + Duration::from_secs_f64((seconds * fraction).clamp(0.001, 1e9))
        };
        Timeline {
            accepted,
            queued: after(PENDING_FRACTION),
            started: after(PENDING_FRACTION + QUEUED_FRACTION),
            finished: after(1.0),
        }
    }

    /// Draws the duration of a task at speed 1.
    fn seconds(self, data: &ContractData, ordinal: u64, workload: Workload<'_>) -> f64 {
        let mut rng = rng_for(self.seed, RngStream::Duration, ordinal);
        // Box-Muller: two uniform numbers make a normal one.
        let radius = (-2.0 * rng.f64().max(f64::MIN_POSITIVE).ln()).sqrt();
        let normal = radius * (TAU * rng.f64()).cos();
        let [short, long] = data.polling.typical_seconds.map(f64::from);
        let mean = f64::midpoint(short.ln(), long.ln());
        let deviation = (long.ln() - short.ln()) / (2.0 * NORMAL_95);
        let model_factor = if workload.is_model_named(&["fast", "flash"]) {
            0.7
        } else if workload.is_model_named(&["pro", "max", "official"]) {
            1.4
        } else {
            1.0
        };
        let size_factor = workload.megapixels().max(0.25).sqrt();
        ((mean + deviation * normal).exp() * model_factor * size_factor)
            .min(f64::from(data.polling.long_seconds))
    }
}

#[cfg(test)]
mod tests {
    use toapis_contract::Contract;

    use super::{Timing, Workload};
    use crate::contract_data::ContractData;

    #[test]
    fn nine_of_ten_durations_are_in_the_documented_range() {
        let data = ContractData::read(Contract::embedded()).unwrap();
        let workload = Workload {
            model: "m",
            width: 1024,
            height: 1024,
        };
        let timing = Timing {
            seed: 1,
            speed: 1.0,
        };
        let [short, long] = data.polling.typical_seconds.map(f64::from);
        let typical = (0..2_000)
            .filter(|&n| (short..=long).contains(&timing.seconds(&data, n, workload)))
            .count();
        assert!((1_740..=1_860).contains(&typical), "{typical} of 2000");
    }
}
