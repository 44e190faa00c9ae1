//! Finds the Rust items that a finding affects.

use std::collections::BTreeSet;

use super::index::{Index, Item, ItemKind};
use super::syntax::words;
use super::{Callers, RustItem};
use crate::diff::subject::{Step, Subject};

/// Returns the generated items that a subject affects, in both versions of the code, then the
/// hand-written functions that use them.
pub(in crate::diff) fn affected_items(
    subject: &Subject,
    old: &Index,
    new: &Index,
    callers: &Callers,
) -> Vec<RustItem> {
    // For a field that only the new code has, the old code knows the enclosing one.
    let fields = [new, old].map(|index| field(subject, index));
    let innermost = fields.into_iter().flatten().max_by_key(|(depth, _)| *depth);
    let field = innermost.map(|(_, field)| field);
    let matcher = ItemMatcher::of(subject, field);
    let mut found: BTreeSet<RustItem> = BTreeSet::new();
    let mut idents: BTreeSet<Vec<String>> = BTreeSet::new();
    for item in old
        .0
        .values()
        .chain(new.0.values())
        .filter(|item| matcher.is(item))
    {
        found.insert(item.rust.clone());
        // Nobody uses a new field yet, so a use of its name is something else.
        let is_field = matches!(item.kind, ItemKind::Field { .. });
        if is_field && old.counterpart(item, &item.rust.path).is_none() {
            continue;
        }
        let ident = item.ident.clone();
        match &item.kind {
            ItemKind::Field { of, .. } => {
                for mut names in holders(of, old) {
                    names.push(ident.clone());
                    idents.insert(names);
                }
                idents.insert(vec![of.clone(), ident]);
            }
            ItemKind::Variant { of, .. } => {
                idents.insert(vec![of.clone(), ident]);
            }
            _ => {
                idents.insert(vec![ident]);
            }
        }
    }
    if subject.table.as_deref().is_some_and(is_of_errors) {
        let meanings = one_sided(old, new).chain(one_sided(new, old));
        for item in meanings {
            found.insert(item.rust.clone());
            // A match on all meanings handles each of them.
            idents.insert(vec![CATEGORY.to_owned()]);
        }
    }
    for step in &subject.path_steps {
        let Step::Header(name) = step else { continue };
        found.extend(callers.of_header(name));
        for table in old.0.values().filter(|item| is_table_of(item, name)) {
            found.insert(table.rust.clone());
            idents.insert(vec![table.ident.clone()]);
        }
    }
    found.extend(callers.of(&idents));
    found.into_iter().collect()
}

/// Returns true if a table is documented to hold this header.
fn is_table_of(item: &Item, header: &str) -> bool {
    matches!(item.kind, ItemKind::Table) && item.names.contains(header)
}

/// Returns the fields of a type, each with its owner. Code that goes through such a field does not
/// name the type.
fn holders(held: &str, index: &Index) -> Vec<Vec<String>> {
    let fields = index.0.values().filter_map(|item| match &item.kind {
        ItemKind::Field { of, .. } if words(&item.signature).any(|word| word == held) => {
            Some(vec![of.clone(), item.ident.clone()])
        }
        _ => None,
    });
    fields.collect()
}

/// The enum of error meanings. It is exhaustive, so each match on it handles all of them.
const CATEGORY: &str = "ErrorCategory";

fn is_of_errors(table: &str) -> bool {
    matches!(table, "x-errors" | "x-error-messages" | "x-task-errors")
}

/// Returns the error meanings that only one version of the code has.
pub(in crate::diff) fn one_sided<'i>(
    one: &'i Index,
    other: &'i Index,
) -> impl Iterator<Item = &'i Item> {
    let is_meaning =
        |item: &&Item| matches!(&item.kind, ItemKind::Variant { of, .. } if of == CATEGORY);
    one.0.values().filter(is_meaning).filter(move |item| {
        !other
            .0
            .values()
            .any(|known| is_meaning(&known) && known.ident == item.ident)
    })
}

/// Returns letters and digits in lower case, for the comparison of names in the contract and in the
/// code.
pub(in crate::diff) fn plain(name: &str) -> String {
    name.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_lowercase())
        .collect()
}

/// The condition by which items are selected.
enum ItemMatcher<'s> {
    /// A row of a table, or the table.
    Row {
        table: &'s str,
        value: Option<&'s str>,
    },
    /// An operation.
    Operation(Vec<String>),
    /// A schema, a property or a value of an enum.
    Schema {
        /// The struct and the field, for a property.
        field: Option<(String, String)>,
        /// All schemas on the path; the innermost is last.
        names: Vec<String>,
        value: Option<&'s str>,
    },
}

impl<'s> ItemMatcher<'s> {
    fn of(subject: &'s Subject, field: Option<(String, String)>) -> Self {
        let value = subject.value.as_deref();
        if let Some(table) = &subject.table {
            return Self::Row { table, value };
        }
        let names: Vec<_> = subject
            .path_steps
            .iter()
            .filter_map(|step| match step {
                Step::Schema(name) => Some(plain(name)),
                _ => None,
            })
            .collect();
        if names.is_empty() {
            let names = [&subject.operation, &subject.former];
            return Self::Operation(
                names
                    .into_iter()
                    .flatten()
                    .map(|name| plain(name))
                    .collect(),
            );
        }
        Self::Schema {
            field,
            names,
            value,
        }
    }

    fn is(&self, item: &Item) -> bool {
        match self {
            Self::Row { table, value } => is_row(item, table, *value),
            Self::Operation(operations) => operations
                .iter()
                .any(|operation| !operation.is_empty() && is_operation(item, operation)),
            Self::Schema {
                field,
                names,
                value,
            } => is_schema(item, field.as_ref(), names, *value),
        }
    }
}

fn is_operation(item: &Item, operation: &str) -> bool {
    let name = plain(&item.ident);
    match &item.kind {
        // One function sends the request, the other builds it.
        ItemKind::Function => {
            item.rust.package == "toapis-client"
                && name
                    .strip_prefix(operation)
                    .is_some_and(|rest| matches!(rest, "" | "request"))
        }
        ItemKind::Table => name == operation,
        // The typed mocks are named after the operation, with the suffix `When` or `Then`.
        ItemKind::Type => name
            .strip_prefix(operation)
            .is_some_and(|half| matches!(half, "when" | "then")),
        _ => false,
    }
}

fn is_row(item: &Item, table: &str, value: Option<&str>) -> bool {
    match (&item.kind, value) {
        (ItemKind::Variant { wire, .. }, Some(value)) => {
            wire == value && item.rust.package == "toapis"
        }
        // The documentation of field rules names the tables of their schema.
        (ItemKind::Table, _) => {
            item.names.contains(table) && !item.rust.file.ends_with("/rules.rs")
        }
        _ => false,
    }
}

/// Returns true for the field of a property, the variant of a value, or else the type of the
/// schema.
fn is_schema(
    item: &Item,
    field: Option<&(String, String)>,
    names: &[String],
    value: Option<&str>,
) -> bool {
    let is_ours = item.rust.package == "toapis";
    match &item.kind {
        ItemKind::Field { of, wire } => {
            field.is_some_and(|(owner, name)| name == wire && *owner == plain(of))
        }
        ItemKind::Variant { of, wire } => {
            value == Some(wire)
                && (is_ours
                    || names
                        .iter()
                        .any(|name| plain(of).starts_with(name.as_str())))
        }
        ItemKind::Type => {
            field.is_none() && item.is_public && names.last() == Some(&plain(&item.ident))
        }
        // Tables of rules are documented with their schema.
        ItemKind::Table => {
            is_ours
                && item
                    .names
                    .iter()
                    .any(|name| names.last() == Some(&plain(name)))
        }
        ItemKind::Function => false,
    }
}

/// Returns the innermost property that is a field of a struct: its depth, the struct and the
/// property.
fn field(subject: &Subject, index: &Index) -> Option<(usize, (String, String))> {
    let mut owners: Vec<String> = Vec::new();
    let mut best = None;
    for (depth, step) in subject.path_steps.iter().enumerate() {
        match step {
            Step::Schema(name) => owners.push(plain(name)),
            Step::Items => {}
            Step::Header(_) => owners.clear(),
            Step::Property(name) => {
                let owner = owners.iter().rev().find(|owner| {
                    index.0.values().any(|item| {
                        matches!(&item.kind, ItemKind::Field { of, wire } if plain(of) == **owner && wire == name)
                    })
                });
                if let Some(owner) = owner {
                    best = Some((depth, (owner.clone(), name.clone())));
                }
                // Further steps belong to the type of this property.
                owners.clear();
            }
        }
    }
    best
}
