//! What a change of the contract means, in both directions: for clients that are out already, and for servers that are.
//!
//! The comparison is of what the two contracts allow, never of their text: an order, a description, an example or a
//! `$ref` that was written out changes nothing. Requests and answers have opposite variance. What a request may no
//! longer hold breaks the clients that send it; what an answer may newly hold breaks the clients that do not know it;
//! and with the two contracts swapped, the same holds of servers.
//!
//! | what is allowed | in a request | in an answer |
//! | --- | --- | --- |
//! | less | breaking, for clients | breaking, for servers |
//! | more | a warning, for servers: who uses it fails there | breaking, for clients |
//! | more, by a thing of its own (an operation, a field) | info, for servers | info, for servers |
//! | more values of an enum that may grow | - | info, for clients |
//! | other, or it cannot be told | breaking or a warning, for both | the same |

mod api;
mod bodies;
mod finding;
mod fingerprint;
mod items;
mod keywords;
mod parameters;
mod responses;
mod schema;
mod security;
mod subject;
mod tables;
#[cfg(test)]
mod tests;
mod verdict;
mod view;
mod walk;

pub use finding::{Direction, Finding, Severity, Spot};
pub use items::RustItem;
pub use verdict::Level;

use self::view::Schema;
use self::walk::{Position, Site, Walk};
use super::document::{Document, Node};

/// Everything that differs in meaning between two contracts, the worst last.
#[must_use]
pub fn compare(old: &Document, new: &Document) -> Vec<Finding> {
    let mut walk = Walk::default();
    let (old, new) = (old.root(), new.root());
    security::servers(&mut walk, old, new);
    api::compare(&mut walk, old, new);
    tables::compare(&mut walk, old, new);
    walk.finish()
}

/// Compares the schemas of each model with its former one: a model may be given another.
fn schema_of_model<'d>(walk: &mut Walk<'d>, old: Node<'d>, new: Node<'d>) {
    let schema = |root: Node<'d>, model: Node<'d>| {
        let pointer = model.get("schema")?.as_str()?.strip_prefix('#')?;
        root.document().at(pointer)
    };
    for (name, was) in old.get("x-models").into_iter().flat_map(Node::entries) {
        let Some(is) = new.at(&["x-models", name]) else {
            continue;
        };
        if let (Some(was), Some(is)) = (schema(old, was), schema(new, is)) {
            let site = Site::new(Position::Request, None, &format!("x-models, {name}"));
            walk.schemas(Schema::of([was]), Schema::of([is]), site);
        }
    }
}
