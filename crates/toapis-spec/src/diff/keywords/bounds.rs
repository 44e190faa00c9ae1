//! Compares bounds of numbers, lengths and counts, `multipleOf` and `uniqueItems`.

use crate::diff::comparison::{Comparison, FindingBuilder};
use crate::diff::context::{Change, CompareContext};
use crate::diff::resolved_schema::{Bound, ResolvedSchema};
use crate::diff::sets::decimal::Decimal;
use toapis_openapi::Node;

/// A keyword that sets a bound, and the codes of its changes.
struct Keyword {
    name: &'static str,
    exclusive: Option<&'static str>,
    is_upper: bool,
    lowered: &'static str,
    raised: &'static str,
    added: &'static str,
    removed: &'static str,
}

macro_rules! keyword {
    ($name:literal, $exclusive:expr, $is_upper:literal, $code:literal) => {
        Keyword {
            name: $name,
            exclusive: $exclusive,
            is_upper: $is_upper,
            lowered: concat!($code, "-lowered"),
            raised: concat!($code, "-raised"),
            added: concat!($code, "-added"),
            removed: concat!($code, "-removed"),
        }
    };
}

const KEYWORDS: [Keyword; 8] = [
    keyword!("maximum", Some("exclusiveMaximum"), true, "maximum"),
    keyword!("minimum", Some("exclusiveMinimum"), false, "minimum"),
    keyword!("maxLength", None, true, "max-length"),
    keyword!("minLength", None, false, "min-length"),
    keyword!("maxItems", None, true, "max-items"),
    keyword!("minItems", None, false, "min-items"),
    keyword!("maxProperties", None, true, "max-properties"),
    keyword!("minProperties", None, false, "min-properties"),
];

/// Compares all bounds.
pub(in crate::diff) fn bounds<'d>(
    comparison: &mut Comparison<'d>,
    old: &ResolvedSchema<'d>,
    new: &ResolvedSchema<'d>,
    context: &CompareContext,
) {
    for keyword in &KEYWORDS {
        let bound = |view: &ResolvedSchema<'d>| match keyword.exclusive {
            Some(exclusive) => view.limit(keyword.name, exclusive, keyword.is_upper),
            None if keyword.is_upper => view.least(keyword.name),
            // A minimum of 0 limits nothing.
            None => view
                .greatest(keyword.name)
                .filter(|bound| bound.value > Decimal::from_integer(0)),
        };
        compare(
            comparison,
            keyword,
            (bound(old), bound(new)),
            (old, new),
            context,
        );
    }
    multiples(comparison, old, new, context);
    uniqueness(comparison, old, new, context);
}

fn compare<'d>(
    comparison: &mut Comparison<'d>,
    keyword: &Keyword,
    bounds: (Option<Bound<'d>>, Option<Bound<'d>>),
    (old, new): (&ResolvedSchema<'d>, &ResolvedSchema<'d>),
    context: &CompareContext,
) {
    let name = keyword.name;
    let at = (
        bounds.0.map(|bound| bound.node).or_else(|| old.node()),
        bounds.1.map(|bound| bound.node).or_else(|| new.node()),
    );
    let (code, change, message) = match bounds {
        (None, None) => return,
        (None, Some(new)) => (
            keyword.added,
            Change::Narrowed,
            format!("`{name}` was added, and {}", text(&new)),
        ),
        (Some(old), None) => (
            keyword.removed,
            Change::Widened,
            format!("`{name}` was removed; it was {}", text(&old)),
        ),
        (Some(old), Some(new)) => {
            let (before, after) = (place(&old, keyword.is_upper), place(&new, keyword.is_upper));
            let is_raised = match after.cmp(&before) {
                std::cmp::Ordering::Greater => true,
                std::cmp::Ordering::Less => false,
                std::cmp::Ordering::Equal => return,
            };
            let change = if is_raised == keyword.is_upper {
                Change::Widened
            } else {
                Change::Narrowed
            };
            let code = if is_raised {
                keyword.raised
            } else {
                keyword.lowered
            };
            (
                code,
                change,
                format!("`{name}` changed from {} to {}", text(&old), text(&new)),
            )
        }
    };
    comparison.changed(context, change, FindingBuilder::new(code, message), at);
}

/// Returns the place of a bound: of two bounds of the same value, the exclusive one is stricter.
fn place(bound: &Bound<'_>, is_upper: bool) -> (Decimal, i8) {
    let inside = if is_upper { -1 } else { 1 };
    (bound.value, if bound.excluded { inside } else { 0 })
}

fn text(bound: &Bound<'_>) -> String {
    if bound.excluded {
        format!("{} (excluded)", bound.value)
    } else {
        bound.value.to_string()
    }
}

fn multiples<'d>(
    comparison: &mut Comparison<'d>,
    old: &ResolvedSchema<'d>,
    new: &ResolvedSchema<'d>,
    context: &CompareContext,
) {
    let number = |view: &ResolvedSchema<'d>| {
        view.get("multipleOf")
            .and_then(Node::as_number)
            .map(Decimal::from_number)
    };
    let at = (old.spot("multipleOf"), new.spot("multipleOf"));
    let (code, change, message) = match (number(old), number(new)) {
        (None, None) => return,
        (None, Some(new)) => (
            "multiple-of-added",
            Change::Narrowed,
            format!("must now be a multiple of {new}"),
        ),
        (Some(old), None) => (
            "multiple-of-removed",
            Change::Widened,
            format!("no longer has to be a multiple of {old}"),
        ),
        (Some(old), Some(new)) => {
            let change = match (new.is_multiple_of(old), old.is_multiple_of(new)) {
                (true, true) => return,
                (true, false) => Change::Narrowed,
                (false, true) => Change::Widened,
                (false, false) => Change::Altered,
            };
            (
                "multiple-of-changed",
                change,
                format!("`multipleOf` changed from {old} to {new}"),
            )
        }
    };
    comparison.changed(context, change, FindingBuilder::new(code, message), at);
}

fn uniqueness<'d>(
    comparison: &mut Comparison<'d>,
    old: &ResolvedSchema<'d>,
    new: &ResolvedSchema<'d>,
    context: &CompareContext,
) {
    let at = (old.spot("uniqueItems"), new.spot("uniqueItems"));
    match (old.flag("uniqueItems"), new.flag("uniqueItems")) {
        (false, true) => comparison.changed(
            context,
            Change::Narrowed,
            FindingBuilder::new("unique-items-added", "items must now be unique"),
            at,
        ),
        (true, false) => comparison.changed(
            context,
            Change::Widened,
            FindingBuilder::new("unique-items-removed", "items no longer have to be unique"),
            at,
        ),
        _ => {}
    }
}
