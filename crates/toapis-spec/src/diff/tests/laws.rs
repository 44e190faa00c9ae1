//! Laws that hold for any two contracts.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Finding, between, document};
use crate::diff::Direction;

/// Generates schemas of a few levels.
fn schema() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!({})),
        Just(json!({"$ref": "#/components/schemas/A"})),
        Just(json!({"$ref": "#/components/schemas/Node"})),
        (0..4_u8, 4..8_u8, any::<bool>()).prop_map(|(low, high, nullable)| json!({
            "type": "string", "minLength": low, "maxLength": high, "nullable": nullable,
        })),
        (0..4_u8, 4..8_u8, any::<bool>(), 1..4_u8).prop_map(|(low, high, edge, step)| json!({
            "type": "integer", "minimum": low, "maximum": high, "exclusiveMinimum": edge, "multipleOf": step,
        })),
        (proptest::collection::btree_set("[a-d]", 1..4), any::<bool>(), any::<bool>()).prop_map(
            |(values, open, case)| json!({
                "type": "string", "enum": values, "x-extensible-enum": open, "x-ignore-case": case,
            })
        ),
        prop_oneof![Just("date"), Just("uri")].prop_map(|format| json!({"type": "string", "format": format})),
        "[a-c]".prop_map(|pattern| json!({"type": "string", "pattern": pattern, "default": pattern})),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let properties = proptest::collection::btree_map("[a-d]", inner.clone(), 0..4);
        let required = proptest::collection::btree_set("[a-d]", 0..3);
        prop_oneof![
            (properties, required, any::<bool>()).prop_map(|(properties, required, open)| json!({
                "type": "object", "properties": properties, "required": required, "additionalProperties": open,
            })),
            (inner.clone(), 0..3_u8, any::<bool>()).prop_map(|(items, least, unique)| json!({
                "type": "array", "items": items, "minItems": least, "uniqueItems": unique,
            })),
            proptest::collection::vec(inner.clone(), 1..4).prop_map(|all| json!({"allOf": all})),
            proptest::collection::vec(inner.clone(), 1..4).prop_map(|one| json!({"oneOf": one})),
            inner.prop_map(|not| json!({"not": not})),
        ]
    })
}

fn contract() -> impl Strategy<Value = String> {
    (schema(), schema())
        .prop_map(|(request, response)| document(&request.to_string(), &response.to_string()))
}

/// Returns the affected side by place, which is reversed if the two contracts are swapped.
fn noticed(findings: &[Finding], swapped: bool) -> BTreeSet<(String, String, Direction)> {
    let pointer = |spot: &Option<crate::diff::SourceLocation>| {
        spot.as_ref()
            .map(|spot| spot.pointer.clone())
            .unwrap_or_default()
    };
    findings
        .iter()
        .map(|finding| {
            if swapped {
                (
                    pointer(&finding.new),
                    pointer(&finding.old),
                    finding.direction.swapped(),
                )
            } else {
                (
                    pointer(&finding.old),
                    pointer(&finding.new),
                    finding.direction,
                )
            }
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn contract_equals_itself(text in contract()) {
        prop_assert_eq!(between(&text, &text), []);
    }

    #[test]
    fn swapped_contracts_affect_the_other_side(old in contract(), new in contract()) {
        prop_assert_eq!(noticed(&between(&old, &new), true), noticed(&between(&new, &old), false));
    }
}
