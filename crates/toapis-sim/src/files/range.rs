//! The `Range` header of RFC 9110, for a single range of bytes.

use std::ops::Range;

/// A valid range request for a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ByteRange {
    Satisfiable(Range<usize>),
    Unsatisfiable,
}

/// Parses a `Range` header for a file of this length. Returns `None` for a header that is ignored.
pub(super) fn parse_range(header: &str, length: usize) -> Option<ByteRange> {
    let (first, last) = header.strip_prefix("bytes=")?.split_once('-')?;
    let range = if first.is_empty() {
        let suffix: usize = last.parse().ok()?;
        length.saturating_sub(suffix)..length
    } else {
        let end = if last.is_empty() {
            length
        } else {
            last.parse::<usize>().ok()?.saturating_add(1).min(length)
        };
        first.parse().ok()?..end
    };
    Some(if range.is_empty() {
        ByteRange::Unsatisfiable
    } else {
        ByteRange::Satisfiable(range)
    })
}

#[cfg(test)]
mod tests {
    use test_case::test_case;

    use super::{ByteRange, parse_range};

    #[test_case("bytes=0-9", 0, 10; "first bytes")]
    #[test_case("bytes=90-", 90, 100; "open end")]
    #[test_case("bytes=-5", 95, 100; "suffix")]
    #[test_case("bytes=50-900", 50, 100; "end beyond the file")]
    fn satisfiable_range_is_cut_to_the_file(header: &str, start: usize, end: usize) {
        let expected = ByteRange::Satisfiable(start..end);
        assert_eq!(parse_range(header, 100), Some(expected));
    }

    #[test_case("bytes=100-" => Some(ByteRange::Unsatisfiable); "start beyond the file")]
    #[test_case("bytes=9-3" => Some(ByteRange::Unsatisfiable); "end before start")]
    #[test_case("bytes=-0" => Some(ByteRange::Unsatisfiable); "empty suffix")]
    #[test_case("bytes=0-1,4-5" => None; "several ranges")]
    #[test_case("lines=1-2" => None; "other unit")]
    fn other_range_is_unsatisfiable_or_ignored(header: &str) -> Option<ByteRange> {
        parse_range(header, 100)
    }
}
