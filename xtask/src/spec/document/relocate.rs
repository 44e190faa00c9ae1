//! The values of a document that was changed, each with the place it had, or the nearest above it had.

use serde_json::Value;

use super::node::{Node, Place};
use super::tree::{Kind, NodeId, Slot, Step};

/// The values of what a document became.
pub(super) fn slots(value: &Value, was: Node<'_>) -> Vec<Slot> {
    let mut slots = Vec::new();
    push(
        value,
        Step::Root,
        NodeId(0),
        (Some(was), was.place()),
        &mut slots,
    );
    slots
}

/// Appends a value and everything in it. `was` is what stood there, and where.
fn push(
    value: &Value,
    step: Step,
    parent: NodeId,
    (was, above): (Option<Node<'_>>, Place),
    slots: &mut Vec<Slot>,
) -> NodeId {
    let id = NodeId(u32::try_from(slots.len()).unwrap_or(u32::MAX));
    let place = was.map_or(above, Node::place);
    slots.push(Slot {
        parent,
        step,
        place,
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
                .zip(partners(items, was))
                .zip(0..)
                .map(|((item, was), index)| push(item, Step::Item(index), id, (was, place), slots))
                .collect(),
        ),
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            Kind::Map(
                entries
                    .into_iter()
                    .map(|(key, value)| {
                        let was = was.and_then(|was| was.get(key));
                        push(
                            value,
                            Step::Key(key.as_str().into()),
                            id,
                            (was, place),
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

/// What each item of a list was: the next of the same content, else that of its number if nothing else was it.
fn partners<'d>(items: &[Value], was: Option<Node<'d>>) -> Vec<Option<Node<'d>>> {
    let before: Vec<_> = was.into_iter().flat_map(Node::items).collect();
    let values: Vec<_> = before.iter().map(|node| node.value()).collect();
    let mut is_taken = vec![false; before.len()];
    let mut next = 0;
    let mut partners: Vec<_> = items
        .iter()
        .map(|item| {
            let found = next + values[next..].iter().position(|value| value == item)?;
            next = found + 1;
            is_taken[found] = true;
            Some(before[found])
        })
        .collect();
    for (index, partner) in partners.iter_mut().enumerate() {
        if partner.is_none() && is_taken.get(index) == Some(&false) {
            *partner = Some(before[index]);
        }
    }
    partners
}
