//! The router: from a path to its operations and parameters.
//!
//! Written by hand: published routers reject templates and ambiguous paths that a contract may
//! have, and none rejects paths that another server may resolve differently.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// One path of the contract, as segments, with the indices of its operations.
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

/// The reason why a path is not routed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PathError {
    /// A `.` or `..`, plain or percent-encoded, which another server may resolve to another path.
    DotSegment,
    /// Percent-encoding that is not UTF-8.
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

    /// Returns the number of literal segments; routes with more of them are tried first.
    pub(crate) fn literals(&self) -> usize {
        self.segments
            .iter()
            .filter(|segment| matches!(segment, Segment::Literal(_)))
            .count()
    }

    /// Returns true if `path` matches. An empty segment matches no parameter.
    pub(crate) fn matches(&self, path: &Path<'_>) -> bool {
        self.segments.len() == path.segments.len()
            && self.pairs(path).all(|(wanted, given)| match wanted {
                Segment::Literal(text) => text == given,
                Segment::Parameter(_) => !given.is_empty(),
            })
    }

    /// Returns the decoded value of the parameter `name` in a matching `path`.
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

/// The path of a request, as decoded segments.
#[derive(Debug)]
pub(crate) struct Path<'p> {
    segments: Vec<Cow<'p, str>>,
}

impl<'p> Path<'p> {
    /// Parses a path; rejects one that another server may resolve differently.
    pub(crate) fn parse(path: &'p str) -> Result<Self, PathError> {
        let mut parsed = Vec::with_capacity(8);
        for segment in segments(path) {
            let segment = decode(segment).ok_or(PathError::NotText)?;
            // A decoded slash can contain further segments.
            let mut pieces = segment.split(['/', '\\']);
            if segment.contains('.') && pieces.any(|piece| matches!(piece, "." | "..")) {
                return Err(PathError::DotSegment);
            }
            parsed.push(segment);
        }
        Ok(Self { segments: parsed })
    }
}

/// Returns the segments after the leading slash; the last is empty after a trailing slash.
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
    fn path_matches_segment_by_segment() {
        let matches = |path| route().matches(&Path::parse(path).unwrap());
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
    fn dot_segments_are_rejected_in_every_encoding() {
        for path in [
            "/v1/tasks/..",
            "/v1/./tasks",
            "/v1/tasks/%2e%2E",
            "/v1/tasks/a%2F..%2fb",
            "/v1/tasks/..%5cb",
        ] {
            assert_eq!(
                Path::parse(path).unwrap_err(),
                PathError::DotSegment,
                "{path}"
            );
        }
        assert!(Path::parse("/v1/tasks/...").is_ok());
        assert_eq!(
            Path::parse("/v1/tasks/%ff").unwrap_err(),
            PathError::NotText
        );
    }

    proptest! {
        #[test]
        fn percent_encoded_id_is_decoded(id in "\\PC{1,40}") {
            let path = format!("/v1/tasks/{}", utf8_percent_encode(&id, NON_ALPHANUMERIC));
            let route = route();
            // An id with dot segments is rejected.
            if let Ok(path) = Path::parse(&path) {
                prop_assert!(route.matches(&path));
                prop_assert_eq!(route.parameter("task_id", &path), Some(id.as_str()));
            }
        }

        #[test]
        fn arbitrary_path_does_not_panic(path in ".{0,60}") {
            if let Ok(path) = Path::parse(&path) {
                let _ = route().matches(&path);
                let _ = route().parameter("task_id", &path);
            }
        }
    }
}
