//! What several rounds of one measurement came to: its least, its middle and its most.

use std::fmt;

/// The least, the median and the greatest of some numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spread {
    pub(crate) least: f64,
    pub(crate) median: f64,
    pub(crate) most: f64,
}

impl Spread {
    /// Of at least one number; of none, it is not a number.
    pub(crate) fn of(numbers: impl IntoIterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = numbers.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        let at = |index: usize| sorted.get(index).copied().unwrap_or(f64::NAN);
        let middle = sorted.len() / 2;
        Self {
            least: at(0),
            median: if sorted.len().is_multiple_of(2) {
                f64::midpoint(at(middle.wrapping_sub(1)), at(middle))
            } else {
                at(middle)
            },
            most: at(sorted.len().wrapping_sub(1)),
        }
    }
}

impl fmt::Display for Spread {
    /// The median, and from where to where, with the precision that was asked for.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = f.precision().unwrap_or(2);
        let Self {
            least,
            median,
            most,
        } = self;
        write!(f, "{median:.digits$} ({least:.digits$} to {most:.digits$})")
    }
}
