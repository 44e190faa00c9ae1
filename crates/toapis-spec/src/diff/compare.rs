//! Compares two documents.

use super::comparison::Comparison;
use super::context::{CompareContext, MessageRole, Places};
use super::finding::Finding;
use super::resolved_schema::Schema;
use super::{api, schema, security, tables};
use toapis_openapi::{Document, Node};

/// Returns all changes of meaning between two documents.
#[must_use]
pub fn compare(old: &Document, new: &Document) -> Vec<Finding> {
    compare_with_places(old, new).0
}

/// Returns the changes, and the places where the component schema has another name.
pub(super) fn compare_with_places<'d>(
    old: &'d Document,
    new: &'d Document,
) -> (Vec<Finding>, Places<'d>) {
    let mut comparison = Comparison::new(schema::compare);
    let (old, new) = (old.root(), new.root());
    security::servers(&mut comparison, old, new);
    api::compare(&mut comparison, old, new);
    // Operations come first, so that findings in schemas name the message that contains them.
    comparison.drain();
    tables::compare(&mut comparison, old, new);
    schemas_of_models(&mut comparison, old, new);
    comparison.finish(old, new)
}

/// Compares the schema of each model with its schema in the old document, which may have another
/// name.
fn schemas_of_models<'d>(comparison: &mut Comparison<'d>, old: Node<'d>, new: Node<'d>) {
    let schema = |root: Node<'d>, model: Node<'d>| {
        let pointer = model.get("schema")?.as_str()?.strip_prefix('#')?;
        root.document().at(pointer)
    };
    for (name, was) in old.get("x-models").into_iter().flat_map(Node::entries) {
        let Some(is) = new.at(&["x-models", name]) else {
            continue;
        };
        if let (Some(was), Some(is)) = (schema(old, was), schema(new, is)) {
            let context =
                CompareContext::new(MessageRole::Request, None, &format!("x-models, {name}"));
            comparison.schemas(Schema::of([was]), Schema::of([is]), context);
        }
    }
}
