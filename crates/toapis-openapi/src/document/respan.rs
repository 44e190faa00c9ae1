//! The values of a changed document, with the locations of the original values.

use serde_json::Value;

use super::node::Node;
use super::tree::{Kind, NodeId, Slot, Step};
use crate::error::Location;

/// Returns the values of a changed document. `original` is the root before the change.
pub(super) fn slots(value: &Value, original: Node<'_>) -> Vec<Slot> {
    let mut slots = Vec::new();
    push(
        value,
        Step::Root,
        NodeId(0),
        (Some(original), original.location()),
        &mut slots,
    );
    slots
}

/// Appends a value and its descendants. `original` is the value that it replaces, if any, and
/// `inherited` the location of its parent.
fn push(
    value: &Value,
    step: Step,
    parent: NodeId,
    (original, inherited): (Option<Node<'_>>, Location),
    slots: &mut Vec<Slot>,
) -> NodeId {
    let id = NodeId(u32::try_from(slots.len()).unwrap_or(u32::MAX));
    let location = original.map_or(inherited, Node::location);
    slots.push(Slot {
        parent,
        step,
        location,
        kind: Kind::Null,
    });
    let kind = match value {
        Value::Null => Kind::Null,
        Value::Bool(value) => Kind::Bool(*value),
        Value::Number(number) => Kind::Number(number.clone()),
        Value::String(text) => Kind::Text(text.as_str().into()),
        Value::Array(items) => Kind::List(
            items
                .iter()
                .zip(counterparts(items, original))
                .zip(0..)
                .map(|((item, original), index)| {
                    push(item, Step::Item(index), id, (original, location), slots)
                })
                .collect(),
        ),
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            Kind::Map(
                entries
                    .into_iter()
                    .map(|(key, value)| {
                        let original = original.and_then(|original| original.get(key));
                        push(
                            value,
                            Step::Key(key.as_str().into()),
                            id,
                            (original, location),
                            slots,
                        )
                    })
                    .collect(),
            )
        }
    };
    slots[id.0 as usize].kind = kind;
    id
}

/// Pairs each item of a list with its original: the next item of the same content, else the item
/// at the same index if nothing else is paired with it.
fn counterparts<'d>(items: &[Value], original: Option<Node<'d>>) -> Vec<Option<Node<'d>>> {
    let before: Vec<_> = original.into_iter().flat_map(Node::items).collect();
    let values: Vec<_> = before.iter().map(|node| node.to_value()).collect();
    let mut is_taken = vec![false; before.len()];
    let mut next = 0;
    let mut counterparts: Vec<_> = items
        .iter()
        .map(|item| {
            let found = next + values[next..].iter().position(|value| value == item)?;
            next = found + 1;
            is_taken[found] = true;
            Some(before[found])
        })
        .collect();
    for (index, counterpart) in counterparts.iter_mut().enumerate() {
        if counterpart.is_none() && is_taken.get(index) == Some(&false) {
            *counterpart = Some(before[index]);
        }
    }
    counterparts
}
