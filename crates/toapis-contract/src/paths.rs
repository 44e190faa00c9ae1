//! The path table: which operations stand behind a path, and what its parameters are.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// One path of the contract, cut into segments, with the operations on it by their place in the list.
#[derive(Debug)]
pub(crate) struct Route {
    segments: Vec<Segment>,
    pub(crate) pointer: String,
    pub(crate) operations: Vec<usize>,
}

#[derive(Debug, PartialEq, Eq)]
enum Segment {
    Literal(String),
    Parameter(String),
}

/// Why a path cannot be looked up at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PathFault {
    /// A `.` or `..`, plain or percent-encoded: a proxy may resolve it to another path than the one that was checked.
    DotSegment,
    /// Percent-encoding that is no UTF-8 text.
    NotText,
}

impl Route {
    pub(crate) fn new(template: &str, pointer: String) -> Self {
        let segments = segments(template)
            .map(|segment| {
                match segment
                    .strip_prefix('{')
                    .and_then(|rest| rest.strip_suffix('}'))
                {
                    Some(name) => Segment::Parameter(name.to_owned()),
                    None => Segment::Literal(segment.to_owned()),
                }
            })
            .collect();
        Self {
            segments,
            pointer,
            operations: Vec::new(),
        }
    }

    /// How many segments are fixed: a path that says more of them is looked at first.
    pub(crate) fn literals(&self) -> usize {
        self.segments
            .iter()
            .filter(|segment| matches!(segment, Segment::Literal(_)))
            .count()
    }

    /// Whether `path` is this one. An empty segment never fills a parameter.
    pub(crate) fn matches(&self, path: &Path<'_>) -> bool {
        self.segments.len() == path.segments.len()
            && self.pairs(path).all(|(wanted, given)| match wanted {
                Segment::Literal(text) => text == given,
                Segment::Parameter(_) => !given.is_empty(),
            })
    }

    /// The decoded value of the parameter `name` in `path`, which matches.
    pub(crate) fn parameter<'p>(&self, name: &str, path: &'p Path<'_>) -> Option<&'p str> {
        self.pairs(path).find_map(|(wanted, given)| match wanted {
            Segment::Parameter(parameter) if parameter == name => Some(given),
            _ => None,
        })
    }

    fn pairs<'s, 'p>(&'s self, path: &'p Path<'_>) -> impl Iterator<Item = (&'s Segment, &'p str)> {
        let given = path.segments.iter().map(AsRef::as_ref);
        self.segments.iter().zip(given)
    }
}

/// A path that was asked for, cut into segments, each decoded.
#[derive(Debug)]
pub(crate) struct Path<'p> {
    segments: Vec<Cow<'p, str>>,
}

impl<'p> Path<'p> {
    /// Refuses a path that another reader might take for a different one.
    pub(crate) fn read(path: &'p str) -> Result<Self, PathFault> {
        let mut read = Vec::with_capacity(8);
        for segment in segments(path) {
            let segment = decode(segment).ok_or(PathFault::NotText)?;
            // A decoded slash may hide further segments.
            let mut pieces = segment.split(['/', '\\']);
            if segment.contains('.') && pieces.any(|piece| matches!(piece, "." | "..")) {
                return Err(PathFault::DotSegment);
            }
            read.push(segment);
        }
        Ok(Self { segments: read })
    }
}

/// The segments of a path, without its leading slash; a trailing slash leaves an empty last one.
fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.strip_prefix('/').unwrap_or(path).split('/')
}

fn decode(segment: &str) -> Option<Cow<'_, str>> {
    if !segment.contains('%') {
        return Some(Cow::Borrowed(segment));
    }
    percent_decode_str(segment).decode_utf8().ok()
}

#[cfg(test)]
mod tests {
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    use proptest::prelude::*;

    use super::*;

    fn route() -> Route {
        Route::new("/v1/tasks/{task_id}", String::new())
    }

    #[test]
    fn a_path_matches_segment_by_segment_and_as_a_whole() {
        let matches = |path| route().matches(&Path::read(path).unwrap());
        assert!(matches("/v1/tasks/img_1"));
        assert!(matches("/v1/t%61sks/img_1"));
        for other in [
            "/v1/tasks",
            "/v1/tasks/",
            "/v1/tasks/a/b",
            "/v1/tasks/a/",
            "//v1/tasks/a",
            "/V1/tasks/a",
            "",
        ] {
            assert!(!matches(other), "{other}");
        }
    }

    #[test]
    fn dots_are_refused_however_they_are_written() {
        for path in [
            "/v1/tasks/..",
            "/v1/./tasks",
            "/v1/tasks/%2e%2E",
            "/v1/tasks/a%2F..%2fb",
            "/v1/tasks/..%5cb",
        ] {
            assert_eq!(
                Path::read(path).unwrap_err(),
                PathFault::DotSegment,
                "{path}"
            );
        }
        assert!(Path::read("/v1/tasks/...").is_ok());
        assert_eq!(Path::read("/v1/tasks/%ff").unwrap_err(), PathFault::NotText);
    }

    proptest! {
        #[test]
        fn any_id_comes_back_from_its_percent_encoded_form(id in "\\PC{1,40}") {
            let path = format!("/v1/tasks/{}", utf8_percent_encode(&id, NON_ALPHANUMERIC));
            let route = route();
            // An id that is dots alone, or has them between slashes, is refused.
            if let Ok(path) = Path::read(&path) {
                prop_assert!(route.matches(&path));
                prop_assert_eq!(route.parameter("task_id", &path), Some(id.as_str()));
            }
        }

        #[test]
        fn no_path_makes_the_table_panic(path in ".{0,60}") {
            if let Ok(path) = Path::read(&path) {
                let _ = route().matches(&path);
                let _ = route().parameter("task_id", &path);
            }
        }
    }
}
