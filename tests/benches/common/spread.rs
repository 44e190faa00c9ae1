//! Minimum, median and maximum of several rounds of a measurement.

use std::fmt;

/// Minimum, median and maximum.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spread {
    pub(crate) minimum: f64,
    pub(crate) median: f64,
    pub(crate) maximum: f64,
}

impl Spread {
    /// Computes the spread; all values are NaN for an empty iterator.
    pub(crate) fn from_samples(numbers: impl IntoIterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = numbers.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        let at = |index: usize| sorted.get(index).copied().unwrap_or(f64::NAN);
        let middle = sorted.len() / 2;
        Self {
            minimum: at(0),
            median: if sorted.len().is_multiple_of(2) {
                f64::midpoint(at(middle.wrapping_sub(1)), at(middle))
            } else {
                at(middle)
            },
            maximum: at(sorted.len().wrapping_sub(1)),
        }
    }
}

impl fmt::Display for Spread {
    /// Writes the median and the range, with the formatter's precision (2 by default).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = f.precision().unwrap_or(2);
        let Self {
            minimum,
            median,
            maximum,
        } = self;
        write!(
            f,
            "{median:.digits$} ({minimum:.digits$} to {maximum:.digits$})"
        )
    }
}
