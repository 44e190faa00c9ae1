//! Smooth random curves from a seed: the outline of a mountain is one of them.

/// A curve that is random at whole numbers and smooth between them, the same for the same seed.
#[derive(Clone, Copy)]
pub(super) struct Curve {
    seed: u64,
    octaves: u32,
    /// How much of itself each finer octave keeps.
    rough: f32,
    /// Folded at the middle, which turns hills into ridges.
    folded: bool,
}

impl Curve {
    pub(super) fn hills(seed: u64) -> Self {
        Self {
            seed,
            octaves: 4,
            rough: 0.42,
            folded: false,
        }
    }

    pub(super) fn peaks(seed: u64) -> Self {
        Self {
            seed,
            octaves: 6,
            rough: 0.5,
            folded: true,
        }
    }

    /// The height at `x`, between 0 and 1.
    pub(super) fn at(self, x: f32) -> f32 {
        let (mut sum, mut weight, mut total, mut step) = (0.0, 1.0, 0.0, x);
        for octave in 0..self.octaves {
            let value = smooth(self.seed.wrapping_add(u64::from(octave) << 32), step);
            let value = if self.folded {
                1.0 - (2.0 * value - 1.0).abs()
            } else {
                value
            };
            sum += weight * value;
            total += weight;
            weight *= self.rough;
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
        reason = "a curve is asked for a few hundred steps at most"
    )]
    let cell = floor as i64;
    lattice(seed, cell) * (1.0 - t) + lattice(seed, cell + 1) * t
}

/// A number between 0 and 1 for a whole number (the finaliser of `SplitMix64`).
fn lattice(seed: u64, cell: i64) -> f32 {
    let mut z = seed ^ cell.cast_unsigned().wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^= z >> 31;
    #[expect(clippy::cast_precision_loss, reason = "24 bits fit an f32 exactly")]
    let value = (z >> 40) as f32 / 16_777_215.0;
    value
}

#[cfg(test)]
mod tests {
    use super::Curve;

    #[test]
    fn a_curve_stays_between_nought_and_one_and_depends_on_its_seed() {
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
