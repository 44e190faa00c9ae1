//! Writes observations as an overlay for review.

use serde_json::{Map, Value, json};

use super::observations::{Observation, ObservationKind};
use super::responses::kind;
use crate::contract::Contract;

/// Returns an overlay with actions for the observations that it can describe; null if there are
/// none.
pub(super) fn overlay(contract: &Contract, observations: &[Observation]) -> Value {
    let actions: Vec<Value> = observations
        .iter()
        .flat_map(|observation| actions(contract, observation))
        .collect();
    if actions.is_empty() {
        return Value::Null;
    }
    json!({
        "overlay": "1.0.0",
        "info": {"title": "Learned from recordings: review each action", "version": "1.0.0"},
        "actions": actions,
    })
}

fn actions(contract: &Contract, observation: &Observation) -> Vec<Value> {
    let action = |pointer: &str, update: Value| json!({"target": json_path(pointer), "description": observation.message, "update": update});
    let (home, name) = observation.pointer.rsplit_once('/').unwrap_or(("", ""));
    let name = name.replace("~1", "/").replace("~0", "~");
    match observation.kind {
        ObservationKind::Type if observation.example.is_null() => {
            vec![action(&observation.pointer, json!({"nullable": true}))]
        }
        // The meaning of a path or another type is unknown.
        ObservationKind::Operation | ObservationKind::Type => Vec::new(),
        ObservationKind::Status => vec![action(
            home,
            json!({name: {"description": "Seen in a recording.", "x-source": "seen"}}),
        )],
        ObservationKind::Field => vec![action(home, json!({name: field(&observation.example)}))],
        ObservationKind::Value => {
            let mut actions = vec![action(&observation.pointer, observation.example.clone())];
            // Polling ends with a final status, so each status says whether it is final; an unknown
            // one is not.
            let states = format!("{home}/x-states");
            if let (Some(_), Some(state)) = (contract.at(&states), observation.example.as_str()) {
                actions.push(action(
                    &states,
                    json!({state: {"final": false, "source": "seen"}}),
                ));
            }
            actions
        }
        ObservationKind::Code => meaning(contract, &observation.example)
            .map(|kind| {
                let mut row = observation.example.clone();
                row["kind"] = kind;
                row["task_made"] = json!("unknown");
                row["resend"] = json!("never");
                row["source"] = json!("seen");
                action(&observation.pointer, row)
            })
            .into_iter()
            .collect(),
    }
}

/// Returns the schema of a field of which one value was seen.
fn field(example: &Value) -> Value {
    let mut schema = Map::from_iter([
        ("description".to_owned(), json!("Seen in a recording.")),
        ("x-source".to_owned(), json!("seen")),
    ]);
    match kind(example) {
        // Its type when it is not null is unknown.
        "null" => {}
        "array" => {
            schema.extend([
                ("type".to_owned(), json!("array")),
                ("nullable".to_owned(), json!(true)),
                ("items".to_owned(), json!({})),
            ]);
        }
        kind => {
            schema.extend([
                ("type".to_owned(), json!(kind)),
                ("nullable".to_owned(), json!(true)),
            ]);
        }
    }
    Value::Object(schema)
}

/// Returns the meaning of other codes with the same status.
fn meaning(contract: &Contract, row: &Value) -> Option<Value> {
    let rows = contract.at("/x-errors")?.as_array()?;
    rows.iter()
        .find(|known| known.get("status") == row.get("status"))?
        .get("kind")
        .cloned()
}

/// `/a/b~1c/0` is `$['a']['b/c'][0]`.
fn json_path(pointer: &str) -> String {
    pointer
        .split('/')
        .skip(1)
        .fold("$".to_owned(), |path, step| {
            let step = step.replace("~1", "/").replace("~0", "~");
            if step.chars().all(|letter| letter.is_ascii_digit())
                && !path.ends_with("['responses']")
            {
                format!("{path}[{step}]")
            } else {
                format!(
                    "{path}['{}']",
                    step.replace('\\', "\\\\").replace('\'', "\\'")
                )
            }
        })
}
