//! How long a task takes and what it costs: the simulator's own choices, no facts of the API.
//!
//! **Time.** The whole life of a task is drawn from a log-normal distribution. Its middle nine tenths are the contract's
//! `typical_seconds` for one picture of a megapixel; it grows with the root of the number of pixels, is 0.7 times as
//! long for models that are called `fast` or `flash`, 1.4 times for those called `pro`, `max` or `official`, and never
//! longer than the contract's `long_seconds`. All of it is divided by the speed.
//!
//! **Money.** A picture costs [`CREDITS_PER_IMAGE`] credits up to a megapixel and a half, twice that up to six, four
//! times that above; double for models called `pro` or `max`.

use std::{f64::consts::TAU, time::Duration};

use crate::{
    clock::Moment,
    dice::{Purpose, dice},
    facts::Facts,
    settings::Settings,
};

/// What a small picture costs.
pub(crate) const CREDITS_PER_IMAGE: u64 = 8;

/// The part of a task's life that it is `pending`, and then `queued`.
const PENDING: f64 = 0.06;
const QUEUED: f64 = 0.14;

/// When a task changes its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Timeline {
    pub(crate) accepted: Moment,
    pub(crate) queued: Moment,
    pub(crate) started: Moment,
    pub(crate) finished: Moment,
}

/// Draws the life of the `ordinal`-th task.
pub(crate) fn timeline(
    facts: &Facts,
    settings: &Settings,
    ordinal: u64,
    accepted: Moment,
    work: Work<'_>,
) -> Timeline {
    let seconds = draw(facts, settings.seed, ordinal, work) / settings.speed;
    let after = |part: f64| accepted + Duration::from_secs_f64((seconds * part).clamp(0.001, 1e9));
    Timeline {
        accepted,
        queued: after(PENDING),
        started: after(PENDING + QUEUED),
        finished: after(1.0),
    }
}

/// What is to be made.
#[derive(Clone, Copy)]
pub(crate) struct Work<'a> {
    pub(crate) model: &'a str,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

impl Work<'_> {
    fn megapixels(self) -> f64 {
        f64::from(self.width) * f64::from(self.height) / f64::from(1 << 20)
    }

    fn is_called(self, names: &[&str]) -> bool {
        self.model
            .split(['-', '.'])
            .any(|part| names.contains(&part))
    }

    pub(crate) fn credits(self) -> u64 {
        let size = match self.megapixels() {
            small if small <= 1.8 => 1,
            middle if middle <= 7.5 => 2,
            _ => 4,
        };
        CREDITS_PER_IMAGE
            * size
            * if self.is_called(&["pro", "max"]) {
                2
            } else {
                1
            }
    }
}

fn draw(facts: &Facts, seed: u64, ordinal: u64, work: Work<'_>) -> f64 {
    let mut rng = dice(seed, Purpose::Duration, ordinal);
    // Two uniform numbers make a normal one (Box and Muller).
    let radius = (-2.0 * rng.f64().max(f64::MIN_POSITIVE).ln()).sqrt();
    let normal = radius * (TAU * rng.f64()).cos();
    let (short, long) = facts.typical_seconds;
    let middle = f64::midpoint(short.ln(), long.ln());
    let spread = (long.ln() - short.ln()) / (2.0 * 1.645);
    let pace = match () {
        () if work.is_called(&["fast", "flash"]) => 0.7,
        () if work.is_called(&["pro", "max", "official"]) => 1.4,
        () => 1.0,
    };
    ((middle + spread * normal).exp() * pace * work.megapixels().max(0.25).sqrt())
        .min(facts.long_seconds)
}

#[cfg(test)]
mod tests {
    use toapis_contract::Contract;

    use super::{Work, draw};
    use crate::facts::Facts;

    #[test]
    fn nine_tasks_of_ten_last_as_long_as_the_documentation_says() {
        let facts = Facts::read(Contract::embedded()).unwrap();
        let work = Work {
            model: "m",
            width: 1024,
            height: 1024,
        };
        let (short, long) = facts.typical_seconds;
        let typical = (0..2_000)
            .filter(|&n| (short..=long).contains(&draw(&facts, 1, n, work)))
            .count();
        assert!((1_740..=1_860).contains(&typical), "{typical} of 2000");
    }

    #[test]
    fn larger_pictures_and_better_models_cost_more() {
        let cost = |model, side| {
            Work {
                model,
                width: side,
                height: side,
            }
            .credits()
        };
        assert_eq!(
            [
                cost("a", 1024),
                cost("a", 2048),
                cost("a", 4096),
                cost("a-pro", 1024)
            ],
            [8, 16, 32, 16]
        );
    }
}
