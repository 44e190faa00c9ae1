//! Smooth random curves, for the outlines of mountains and clouds.

use crate::rng::splitmix64;

/// A curve of value noise: random at integers and smooth between them.
#[derive(Clone, Copy)]
pub(super) struct Curve {
    seed: u64,
    octaves: u32,
    /// The amplitude of each octave relative to the previous one.
    persistence: f32,
    /// Whether values are folded at the middle, which turns hills into ridges.
    is_folded: bool,
}

impl Curve {
    pub(super) fn hills(seed: u64) -> Self {
        Self {
            seed,
            octaves: 4,
            persistence: 0.42,
            is_folded: false,
        }
    }

    pub(super) fn peaks(seed: u64) -> Self {
        Self {
            seed,
            octaves: 6,
            persistence: 0.5,
            is_folded: true,
        }
    }

    /// Returns the height at `x`, between 0 and 1.
    pub(super) fn at(self, x: f32) -> f32 {
        let (mut sum, mut weight, mut total, mut step) = (0.0, 1.0, 0.0, x);
        for octave in 0..self.octaves {
            let value = smooth(self.seed.wrapping_add(u64::from(octave) << 32), step);
            let value = if self.is_folded {
                1.0 - (2.0 * value - 1.0).abs()
            } else {
                value
            };
            sum += weight * value;
            total += weight;
            weight *= self.persistence;
            step *= 2.03;
        }
        sum / total
    }
}

fn smooth(seed: u64, x: f32) -> f32 {
    let floor = x.floor();
    let t = x - floor;
    let t = t * t * (3.0 - 2.0 * t);
    #[expect(
        clippy::cast_possible_truncation,
        reason = "x is at most a few hundred"
    )]
    let cell = floor as i64;
    lattice(seed, cell) * (1.0 - t) + lattice(seed, cell + 1) * t
}

/// Returns a random number between 0 and 1 for an integer.
fn lattice(seed: u64, cell: i64) -> f32 {
    let z = splitmix64(seed ^ cell.cast_unsigned().wrapping_mul(0x9E37_79B9_7F4A_7C15));
    #[expect(clippy::cast_precision_loss, reason = "24 bits fit an f32 exactly")]
    let value = (z >> 40) as f32 / 16_777_215.0;
    value
}

#[cfg(test)]
mod tests {
    use super::Curve;

    #[test]
    fn curves_are_between_zero_and_one_and_depend_on_the_seed() {
        let mut differ = false;
        for step in 0..2_000_u16 {
            let x = f32::from(step) * 0.037;
            for curve in [Curve::hills(3), Curve::peaks(3)] {
                assert!((0.0..=1.0).contains(&curve.at(x)), "{x}");
            }
            differ |= (Curve::hills(3).at(x) - Curve::hills(4).at(x)).abs() > 0.1;
        }
        assert!(differ);
    }
}
