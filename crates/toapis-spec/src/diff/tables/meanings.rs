//! The meaning of the rows and numbers in `x-` tables.

/// The meaning of a value in a table, which determines the effect of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Rows by name. Clients rely on a row, and may use a new one.
    Rows(&'static str),
    /// A list of rows, identified by these keys.
    Listed(&'static str, &'static [&'static str]),
    /// A list of values for requests.
    Choices(&'static str),
    /// Rows about responses. A new row is information, and a removed one is not missed.
    Answers(&'static str, &'static [&'static str]),
    /// Rows that restrict requests. A new row forbids what was allowed.
    Rules(&'static str, &'static [&'static str]),
    /// A maximum for requests.
    Ceiling,
    /// A minimum for requests.
    Floor,
    /// A minimum that the server guarantees.
    Promise,
    /// A fact about the server that both sides rely on.
    Fact,
    /// Defaults and properties of images, for review.
    Behaviour,
    /// Permissions, from most to least permissive.
    Licence(&'static [&'static str]),
    /// A name in the generated code.
    RustName,
    /// Advice without obligation.
    Advice,
    /// Sources and descriptions.
    Silent,
}

use Meaning::{
    Advice, Answers, Behaviour, Ceiling, Choices, Fact, Floor, Licence, Listed, Promise, Rows,
    Rules, RustName, Silent,
};

/// Meanings by path, with `*` for any row. The first match applies.
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

/// Returns the meaning of the value at a path. Everything below the known tables has one.
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
