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
    pub(crate) fn matches(&self, path: &str) -> bool {
        let mut given = segments(path);
        self.segments.iter().all(|wanted| {
            given.next().is_some_and(|segment| match wanted {
                Segment::Literal(text) => {
                    decode(segment).is_some_and(|decoded| decoded == text.as_str())
                }
                Segment::Parameter(_) => !segment.is_empty(),
            })
        }) && given.next().is_none()
    }

    /// The decoded value of the parameter `name` in `path`, which matches.
    pub(crate) fn parameter<'p>(&self, name: &str, path: &'p str) -> Option<Cow<'p, str>> {
        self.segments
            .iter()
            .zip(segments(path))
            .find_map(|(wanted, segment)| match wanted {
                Segment::Parameter(parameter) if parameter == name => decode(segment),
                _ => None,
            })
    }
}

/// The segments of a path, without its leading slash; a trailing slash leaves an empty last one.
fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.strip_prefix('/').unwrap_or(path).split('/')
}

fn decode(segment: &str) -> Option<Cow<'_, str>> {
    percent_decode_str(segment).decode_utf8().ok()
}

/// Refuses a path that another reader might take for a different one.
pub(crate) fn check(path: &str) -> Result<(), PathFault> {
    for segment in segments(path) {
        match decode(segment) {
            None => return Err(PathFault::NotText),
            // A decoded slash may hide further segments.
            Some(text)
                if text
                    .split(['/', '\\'])
                    .any(|piece| matches!(piece, "." | "..")) =>
            {
                return Err(PathFault::DotSegment);
            }
            Some(_) => {}
        }
    }
    Ok(())
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
        let route = route();
        assert!(route.matches("/v1/tasks/img_1"));
        assert!(route.matches("/v1/t%61sks/img_1"));
        for other in [
            "/v1/tasks",
            "/v1/tasks/",
            "/v1/tasks/a/b",
            "/v1/tasks/a/",
            "//v1/tasks/a",
            "/V1/tasks/a",
            "",
        ] {
            assert!(!route.matches(other), "{other}");
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
            assert_eq!(check(path), Err(PathFault::DotSegment), "{path}");
        }
        assert_eq!(check("/v1/tasks/..."), Ok(()));
        assert_eq!(check("/v1/tasks/%ff"), Err(PathFault::NotText));
    }

    proptest! {
        #[test]
        fn any_id_comes_back_from_its_percent_encoded_form(id in "\\PC{1,40}") {
            let path = format!("/v1/tasks/{}", utf8_percent_encode(&id, NON_ALPHANUMERIC));
            let route = route();
            prop_assert!(route.matches(&path));
            let decoded = route.parameter("task_id", &path);
            prop_assert_eq!(decoded.as_deref(), Some(id.as_str()));
        }

        #[test]
        fn no_path_makes_the_table_panic(path in ".{0,60}") {
            let _ = check(&path);
            let _ = route().matches(&path);
            let _ = route().parameter("task_id", &path);
        }
    }
}
