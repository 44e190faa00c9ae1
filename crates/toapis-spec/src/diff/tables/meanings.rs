//! What the rows and the numbers of the tables mean.

/// What a value in a table means, and so what a change of it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Rows by name. One that goes was relied on, one that comes may be used.
    Rows(&'static str),
    /// A list of rows, told apart by these keys.
    Listed(&'static str, &'static [&'static str]),
    /// A list of values that a request may use.
    Choices(&'static str),
    /// Rows of what the server may answer. One that comes is a thing to learn, one that goes is not missed.
    Answers(&'static str, &'static [&'static str]),
    /// Rows of what a request must keep to: one that comes forbids what was allowed.
    Rules(&'static str, &'static [&'static str]),
    /// A request stays at or under it.
    Ceiling,
    /// A request stays at or above it.
    Floor,
    /// The server keeps to at least so much.
    Promise,
    /// The server says so. Clients that rely on the old word fail, and servers that keep to it.
    Fact,
    /// What holds where nothing is said, and what pictures look like: to be looked at.
    Behaviour,
    /// From most to least that a client may do.
    Licence(&'static [&'static str]),
    /// Only the generated code is named by it.
    RustName,
    /// Advice that nobody is held to.
    Advice,
    /// Where a fact is from, what else there is to say.
    Silent,
}

use Meaning::{
    Advice, Answers, Behaviour, Ceiling, Choices, Fact, Floor, Licence, Listed, Promise, Rows,
    Rules, RustName, Silent,
};

/// Meanings by path, `*` for any row. The first that fits holds.
pub(super) const MEANINGS: &[(&[&str], Meaning)] = &[
    (&["x-sizes"], Rows("size")),
    (&["x-sizes", "*", "name"], RustName),
    (&["x-sizes", "*", "width"], Behaviour),
    (&["x-sizes", "*", "height"], Behaviour),
    (&["x-resolutions"], Rows("resolution")),
    (&["x-resolutions", "*", "short_side"], Behaviour),
    (&["x-models"], Rows("model")),
    (&["x-models", "*", "name"], RustName),
    (&["x-models", "*", "aliases"], Choices("alias")),
    (&["x-models", "*", "default"], Behaviour),
    (&["x-models", "*", "operation"], Fact),
    (&["x-models", "*", "schema"], Silent),
    (
        &["x-models", "*", "references", "also"],
        Choices("field for references"),
    ),
    (&["x-models", "*", "references", "*"], Fact),
    (&["x-models", "*", "resolution", "default"], Behaviour),
    (&["x-models", "*", "resolution", "*"], Fact),
    (
        &["x-models", "*", "rules"],
        Rules("rule", &["rule", "when", "field", "fields"]),
    ),
    (&["x-models", "*", "rules", "*", "max"], Ceiling),
    (&["x-models", "*", "rules", "*", "max_area"], Ceiling),
    (&["x-models", "*", "rules", "*", "max_ratio"], Ceiling),
    (&["x-models", "*", "rules", "*", "min_area"], Floor),
    (&["x-models", "*", "rules", "*", "sizes"], Choices("size")),
    (&["x-models", "*", "rules", "*", "*"], Fact),
    (&["x-models", "*", "notes"], Silent),
    (&["x-models", "*", "sources"], Silent),
    (&["x-errors"], Answers("error", &["status", "code"])),
    (&["x-errors", "*", "task_made"], Fact),
    (
        &["x-errors", "*", "resend"],
        Licence(&["after_wait", "reads", "never"]),
    ),
    (&["x-errors", "*", "kind"], Behaviour),
    (&["x-error-messages"], Answers("message", &["message"])),
    (&["x-error-messages", "*", "kind"], Behaviour),
    (&["x-task-errors"], Answers("error of a task", &["code"])),
    (&["x-task-errors", "*", "kind"], Behaviour),
    (&["x-rate-limits", "groups"], Rows("group of accounts")),
    (&["x-rate-limits", "groups", "*"], Rows("bucket")),
    (
        &["x-rate-limits", "groups", "*", "*", "burst_seconds"],
        Floor,
    ),
    (&["x-rate-limits", "groups", "*", "*", "*"], Ceiling),
    (&["x-upload", "media_types"], Choices("media type")),
    (&["x-upload", "*"], Ceiling),
    (&["x-references", "media_types"], Choices("media type")),
    (&["x-references", "schemes"], Choices("scheme")),
    (&["x-references", "*"], Ceiling),
    (&["x-lifetimes", "*"], Promise),
    (&["x-money", "*"], Behaviour),
    (&["x-polling", "*"], Advice),
    (&["x-request-id-headers", "names"], Listed("header", &[])),
    (&["x-webhook", "retry_after_seconds"], Advice),
    (&["x-webhook", "timeout_seconds"], Promise),
    (&["x-webhook", "tolerance_seconds"], Behaviour),
    (&["x-webhook", "*"], Fact),
];

/// The meaning of what stands at a path; below the root tables nothing is without one.
pub(super) fn meaning(path: &[&str]) -> Option<Meaning> {
    if path
        .last()
        .is_some_and(|key| matches!(*key, "source" | "sources" | "notes" | "description"))
    {
        return Some(Silent);
    }
    MEANINGS
        .iter()
        .find(|(pattern, _)| {
            pattern.len() == path.len()
                && pattern
                    .iter()
                    .zip(path)
                    .all(|(pattern, key)| *pattern == "*" || pattern == key)
        })
        .map(|(_, meaning)| *meaning)
}
