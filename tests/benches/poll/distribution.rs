//! How long tasks take: distributions by their quantiles, so that a mean over them has no noise.

use std::fmt;

/// Number of equally likely tasks that represent a distribution.
const TASKS: u32 = 20_000;

/// The durations of one kind of task.
pub(crate) struct Distribution {
    pub(crate) name: &'static str,
    /// In seconds, ascending.
    durations: Vec<f64>,
}

/// A component of a mixture: weight, median in seconds, and standard deviation of the logarithm.
type Component = (f64, f64, f64);

/// The distributions of the bench.
///
/// The documented times are 5 to 30 s typically, 13 to 53 s as measured, and over 120 s for the
/// largest images.
pub(crate) fn all() -> Vec<Distribution> {
    vec![
        Distribution::new(
            "as documented",
            &[(
                1.0,
                log_normal_median(5.0, 30.0),
                log_normal_deviation(5.0, 30.0),
            )],
        ),
        Distribution::new(
            "as measured",
            &[(
                1.0,
                log_normal_median(13.0, 53.0),
                log_normal_deviation(13.0, 53.0),
            )],
        ),
        Distribution::new("bimodal", &[(0.6, 8.0, 0.12), (0.4, 45.0, 0.12)]),
        Distribution::new("unknown, slow", &[(1.0, 150.0, 0.15)]),
        Distribution::new("unknown, fast", &[(1.0, 2.0, 0.3)]),
    ]
}

/// Returns the median of a log-normal distribution with its 10 % and 90 % quantiles at these
/// values.
fn log_normal_median(short: f64, long: f64) -> f64 {
    (short * long).sqrt()
}

/// Returns the standard deviation of its logarithm.
fn log_normal_deviation(short: f64, long: f64) -> f64 {
    (long / short).ln() / (2.0 * quantile(0.9))
}

impl Distribution {
    fn new(name: &'static str, components: &[Component]) -> Self {
        let mut durations: Vec<f64> = components
            .iter()
            .flat_map(|&(weight, median, deviation)| {
                let count = round_to_u32(f64::from(TASKS) * weight);
                (0..count).map(move |index| {
                    let part = (f64::from(index) + 0.5) / f64::from(count);
                    median * (deviation * quantile(part)).exp()
                })
            })
            .collect();
        durations.sort_by(f64::total_cmp);
        Self { name, durations }
    }

    /// Returns all durations, ascending.
    pub(crate) fn durations(&self) -> &[f64] {
        &self.durations
    }

    pub(crate) fn longest(&self) -> f64 {
        self.durations.last().copied().unwrap_or_default()
    }

    /// Draws durations with a seeded generator.
    pub(crate) fn draw(&self, count: usize, seed: usize) -> Vec<f64> {
        let mut random = fastrand::Rng::with_seed(seed as u64);
        (0..count)
            .filter_map(|_| random.choice(&self.durations).copied())
            .collect()
    }
}

impl fmt::Display for Distribution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = |percent: usize| self.durations[self.durations.len() * percent / 100];
        write!(
            f,
            "10 take under {:.1} s, 50 under {:.1} s, 90 under {:.1} s, 99 under {:.1} s",
            at(10),
            at(50),
            at(90),
            at(99)
        )
    }
}

fn round_to_u32(number: f64) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a part of TASKS"
    )]
    let rounded = number.round() as u32;
    rounded
}

/// Returns a quantile of the normal distribution (Acklam's approximation, relative error 1e-9).
fn quantile(part: f64) -> f64 {
    const A: [f64; 6] = [
        -39.696_830_286_653_76,
        220.946_098_424_520_5,
        -275.928_510_446_968_7,
        138.357_751_867_269,
        -30.664_798_066_147_16,
        2.506_628_277_459_239,
    ];
    const B: [f64; 6] = [
        -54.476_098_798_224_06,
        161.585_836_858_040_9,
        -155.698_979_859_886_6,
        66.801_311_887_719_72,
        -13.280_681_552_885_72,
        1.0,
    ];
    const C: [f64; 6] = [
        -0.007_784_894_002_430_293,
        -0.322_396_458_041_136_5,
        -2.400_758_277_161_838,
        -2.549_732_539_343_734,
        4.374_664_141_464_968,
        2.938_163_982_698_783,
    ];
    const D: [f64; 5] = [
        0.007_784_695_709_041_462,
        0.322_467_129_070_039_8,
        2.445_134_137_142_996,
        3.754_408_661_907_416,
        1.0,
    ];
    let horner = |coefficients: &[f64], at: f64| {
        coefficients
            .iter()
            .fold(0.0, |sum, coefficient| sum * at + coefficient)
    };
    if part > 0.5 {
        return -quantile(1.0 - part);
    }
    if part < 0.024_25 {
        let at = (-2.0 * part.ln()).sqrt();
        return horner(&C, at) / horner(&D, at);
    }
    let offset = part - 0.5;
    let square = offset * offset;
    horner(&A, square) * offset / horner(&B, square)
}
