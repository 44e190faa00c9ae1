//! Random pairs of schemas, judged by a validator that shares no code with the comparison.
//!
//! A witness is a value that a writer of one schema sends, that this schema allows, and that the
//! other does not. Each witness proves a breaking change, which must be reported.
//! `SPEC_DIFF_PAIRS=100000 cargo test -p toapis-spec witness` checks more pairs than the default.

use fastrand::Rng;
use serde_json::{Map, Value, json};

use super::{Finding, between, document};
use crate::diff::{Direction, Severity};

/// The number of pairs without `SPEC_DIFF_PAIRS`.
const DEFAULT_PAIRS: u64 = 2_000;
/// The number of values that are tried for each direction of a pair.
const VALUES: usize = 160;
/// The share of pairs without a witness that may be reported as breaking, in percent.
const MAX_UNPROVEN_PERCENT: u64 = 2;

const NAMES: [&str; 4] = ["a", "b", "c", "d"];

fn pick<'t, T>(rng: &mut Rng, options: &'t [T]) -> &'t T {
    &options[rng.usize(..options.len())]
}

fn scalar(rng: &mut Rng) -> Value {
    match rng.u8(..7) {
        0 => json!({"type": "boolean"}),
        1 => json!({"type": "string"}),
        2 => {
            let low = rng.u8(..3);
            json!({"type": "string", "minLength": low, "maxLength": low + rng.u8(..4)})
        }
        3 => json!({"type": "string", "enum": NAMES[..rng.usize(1..4)]}),
        4 => {
            let low = rng.u8(..5);
            json!({"type": "integer", "minimum": low, "maximum": low + rng.u8(..9)})
        }
        5 => json!({"type": *pick(rng, &["integer", "number"])}),
        _ => json!({"type": "number", "minimum": rng.u8(..4), "exclusiveMinimum": rng.bool()}),
    }
}

fn schema(rng: &mut Rng, depth: u8) -> Value {
    let mut schema = match rng.u8(..if depth == 0 { 3 } else { 10 }) {
        0..=2 => scalar(rng),
        3 | 4 => object(rng, depth),
        5 => {
            let low = rng.u8(..2);
            json!({"type": "array", "items": schema(rng, depth - 1), "minItems": low, "maxItems": low + rng.u8(1..3)})
        }
        6 | 7 => {
            let branches: Vec<_> = (0..rng.usize(1..4))
                .map(|_| branch(rng, depth - 1))
                .collect();
            json!({*pick(rng, &["oneOf", "anyOf"]): branches})
        }
        8 => {
            json!({"allOf": [open_object(rng, depth, &NAMES[..2]), open_object(rng, depth, &NAMES[2..])]})
        }
        _ => {
            let mut whole = object(rng, depth);
            let branches: Vec<_> = (0..rng.usize(2..4))
                .map(|_| branch(rng, depth - 1))
                .collect();
            whole[*pick(rng, &["oneOf", "anyOf"])] = json!(branches);
            whole
        }
    };
    if schema.get("type").is_some() && schema.get("enum").is_none() && rng.u8(..6) == 0 {
        schema["nullable"] = json!(true);
    }
    schema
}

fn branch(rng: &mut Rng, depth: u8) -> Value {
    match rng.u8(..5) {
        0 | 1 => scalar(rng),
        _ => object_branch(rng, depth),
    }
}

fn object_branch(rng: &mut Rng, depth: u8) -> Value {
    match rng.u8(..3) {
        0 => json!({"required": [*pick(rng, &NAMES)]}),
        1 => {
            let mut chosen = object(rng, depth);
            chosen["properties"]["k"] = json!({"type": "string", "enum": [*pick(rng, &NAMES)]});
            chosen["required"] = json!(["k"]);
            chosen
        }
        _ => object(rng, depth),
    }
}

fn object(rng: &mut Rng, depth: u8) -> Value {
    let mut schema = open_object(rng, depth, &NAMES);
    if rng.u8(..3) == 0 {
        schema["additionalProperties"] = json!(false);
    }
    schema
}

fn open_object(rng: &mut Rng, depth: u8, names: &[&str]) -> Value {
    let mut properties = Map::new();
    for name in names {
        if rng.bool() {
            properties.insert((*name).to_owned(), schema(rng, depth.saturating_sub(1)));
        }
    }
    let required: Vec<_> = properties
        .keys()
        .filter(|_| rng.u8(..3) == 0)
        .cloned()
        .collect();
    let mut schema = json!({"type": "object", "properties": properties});
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

/// Returns the schema with one random place changed.
fn mutated(rng: &mut Rng, schema: &Value, depth: u8) -> Value {
    let mut changed = schema.clone();
    let Value::Object(map) = &mut changed else {
        return changed;
    };
    let is_part = map.get("type") == Some(&json!("object")) || map.contains_key("required");
    if rng.u8(..4) == 0 && !is_part {
        return self::schema(rng, depth);
    }
    let has_type = map.contains_key("type");
    let keys: Vec<_> = map.keys().cloned().collect();
    let Some(key) = keys.get(rng.usize(..keys.len().max(1))) else {
        return self::schema(rng, depth);
    };
    match (key.as_str(), &mut map[key]) {
        ("oneOf" | "anyOf" | "allOf", Value::Array(branches)) => match rng.u8(..5) {
            0 if branches.len() > 1 => {
                branches.remove(rng.usize(..branches.len()));
            }
            1 => {
                let new = if has_type || key == "allOf" {
                    json!({"required": [*pick(rng, &NAMES)]})
                } else {
                    branch(rng, depth.saturating_sub(1))
                };
                branches.insert(rng.usize(..=branches.len()), new);
            }
            2 => branches.reverse(),
            3 if key != "allOf" => {
                let branches = map.remove(key).unwrap_or_default();
                map.insert(
                    if key == "oneOf" { "anyOf" } else { "oneOf" }.to_owned(),
                    branches,
                );
            }
            _ => {
                let index = rng.usize(..branches.len());
                branches[index] = mutated(rng, &branches[index], depth.saturating_sub(1));
            }
        },
        ("properties", Value::Object(properties)) if !properties.is_empty() => {
            let names: Vec<_> = properties.keys().cloned().collect();
            let name = pick(rng, &names).clone();
            if rng.u8(..4) == 0 {
                properties.remove(&name);
            } else {
                properties[&name] = mutated(rng, &properties[&name], depth.saturating_sub(1));
            }
        }
        ("items", items) => *items = mutated(rng, items, depth.saturating_sub(1)),
        ("minimum" | "maximum" | "minLength" | "maxLength" | "minItems" | "maxItems", bound) => {
            *bound = json!(rng.u8(..9));
            for kind in ["imum", "Length", "Items"] {
                let (low, high) = (format!("min{kind}"), format!("max{kind}"));
                if let (Some(least), Some(most)) = (map.get(&low).cloned(), map.get(&high).cloned())
                    && least.as_i64() > most.as_i64()
                {
                    map.insert(low, most);
                    map.insert(high, least);
                }
            }
        }
        ("additionalProperties" | "nullable" | "exclusiveMinimum", flag) => {
            *flag = json!(flag != &json!(true));
        }
        ("type", _) if !is_part => return self::schema(rng, depth),
        _ => {
            map.remove(key);
        }
    }
    changed
}

/// Returns the form that JSON Schema draft 4 knows.
fn translated(schema: &Value) -> Value {
    match schema {
        Value::Object(map) => {
            let mut map: Map<_, _> = map
                .iter()
                .map(|(key, value)| (key.clone(), translated(value)))
                .collect();
            if map.remove("nullable") == Some(json!(true))
                && let Some(kind) = map.remove("type")
            {
                map.insert("type".to_owned(), json!([kind, "null"]));
            }
            Value::Object(map)
        }
        Value::Array(items) => items.iter().map(translated).collect(),
        other => other.clone(),
    }
}

fn validator(schema: &Value) -> jsonschema::Validator {
    let options = jsonschema::options().with_draft(jsonschema::Draft::Draft4);
    options.build(&translated(schema)).unwrap()
}

/// Builds a value that a writer of all `schemas` together may send.
fn value(rng: &mut Rng, schemas: &[&Value]) -> Value {
    let mut parts: Vec<&Value> = Vec::new();
    let mut queue = schemas.to_vec();
    while let Some(schema) = queue.pop() {
        parts.push(schema);
        queue.extend(schema["allOf"].as_array().into_iter().flatten());
        for choice in ["oneOf", "anyOf"] {
            if let Some(branches) = schema[choice].as_array() {
                queue.push(pick(rng, branches));
            }
        }
    }
    if let Some(values) = parts.iter().find_map(|part| part["enum"].as_array()) {
        return pick(rng, values).clone();
    }
    let kinds: Vec<_> = parts
        .iter()
        .filter_map(|part| part["type"].as_str())
        .collect();
    let kind = if kinds.is_empty() {
        *pick(
            rng,
            &["boolean", "string", "integer", "number", "array", "object"],
        )
    } else {
        *pick(rng, &kinds)
    };
    let bounds = |low: &str, high: &str| {
        let low = parts.iter().filter_map(|part| part[low].as_i64()).max();
        let high = parts.iter().filter_map(|part| part[high].as_i64()).min();
        let low = low.or(high.map(|high| high.min(0))).unwrap_or(0);
        (low, high.unwrap_or(low + 12).max(low))
    };
    let is_null = parts.iter().any(|part| part["nullable"] == json!(true)) && rng.u8(..5) == 0;
    match kind {
        _ if is_null => Value::Null,
        "boolean" => json!(rng.bool()),
        "string" => {
            let (low, high) = bounds("minLength", "maxLength");
            let length = *pick(rng, &[low, high, rng.clone().i64(low..=high)]);
            let letter = if rng.u8(..3) == 0 {
                "x"
            } else {
                *pick(rng, &NAMES)
            };
            json!(letter.repeat(usize::try_from(length).unwrap_or(0)))
        }
        "integer" | "number" => {
            let (low, high) = bounds("minimum", "maximum");
            let number = *pick(rng, &[low, high, low + 1, rng.clone().i64(low..=high)]);
            if kind == "number" && rng.bool() {
                #[expect(clippy::cast_precision_loss, reason = "the numbers are small")]
                return json!(number as f64 + 0.5);
            }
            json!(number)
        }
        "array" => {
            let (low, high) = bounds("minItems", "maxItems");
            let length = rng.i64(low..=high.min(low + 3));
            let items: Vec<_> = parts.iter().filter_map(|part| part.get("items")).collect();
            (0..length).map(|_| value(rng, &items)).collect()
        }
        _ => {
            let mut map = Map::new();
            let required: Vec<_> = parts
                .iter()
                .flat_map(|part| part["required"].as_array().into_iter().flatten())
                .filter_map(Value::as_str)
                .collect();
            let properties = parts
                .iter()
                .filter_map(|part| part["properties"].as_object())
                .flatten();
            let mut names: Vec<_> = properties.map(|(name, _)| name.as_str()).collect();
            names.extend(&required);
            let share = *pick(rng, &[0, 2, 4]);
            for name in names {
                if required.contains(&name) || rng.u8(..4) < share {
                    let schemas: Vec<_> = parts
                        .iter()
                        .filter_map(|part| part["properties"].get(name))
                        .collect();
                    map.insert(name.to_owned(), value(rng, &schemas));
                }
            }
            let is_closed = parts
                .iter()
                .any(|part| part["additionalProperties"] == json!(false));
            // No schema names this property: it shows whether the object is open.
            if !is_closed && rng.u8(..6) == 0 {
                map.insert("zz".to_owned(), json!(1));
            }
            Value::Object(map)
        }
    }
}

/// Returns a value of `sent` that `taken` does not allow.
fn witness(rng: &mut Rng, sent: &Value, taken: &Value) -> Option<Value> {
    let (allowed, expected) = (validator(sent), validator(taken));
    (0..VALUES)
        .map(|_| value(rng, &[sent]))
        .find(|value| allowed.is_valid(value) && !expected.is_valid(value))
}

fn breaks_clients(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| {
        finding.severity == Severity::Breaking
            && matches!(finding.direction, Direction::Client | Direction::Both)
    })
}

#[test]
fn every_witness_of_a_break_is_reported() {
    let pairs = std::env::var("SPEC_DIFF_PAIRS")
        .ok()
        .and_then(|text| text.parse().ok());
    let pairs = pairs.unwrap_or(DEFAULT_PAIRS);
    let (mut missed, mut unproven, mut quiet, mut broken) = (Vec::new(), Vec::new(), 0, 0);
    for seed in 0..pairs {
        let mut rng = Rng::with_seed(seed);
        let old = schema(&mut rng, 2);
        let mut new = mutated(&mut rng, &old, 2);
        if rng.u8(..3) == 0 {
            new = mutated(&mut rng, &new, 2);
        }
        for is_request in [true, false] {
            let text = |schema: &Value| {
                if is_request {
                    document(&schema.to_string(), "{}")
                } else {
                    document("{}", &schema.to_string())
                }
            };
            let (sent, taken) = if is_request {
                (&old, &new)
            } else {
                (&new, &old)
            };
            let witness = witness(&mut rng, sent, taken);
            let is_reported = breaks_clients(&between(&text(&old), &text(&new)));
            let line = || {
                let place = if is_request { "request" } else { "response" };
                format!(
                    "{place} seed {seed}\n {old}\n  {new}\n  {}",
                    witness.clone().unwrap_or_default()
                )
            };
            match (&witness, is_reported) {
                (Some(_), false) => missed.push(line()),
                (None, true) => unproven.push(line()),
                (None, false) => quiet += 1,
                (Some(_), true) => broken += 1,
            }
        }
    }
    println!(
        "{pairs} pairs: {broken} breaks reported, {} missed, {quiet} compatible, {} reported without a witness",
        missed.len(),
        unproven.len()
    );
    println!(
        "{}",
        unproven
            .iter()
            .take(12)
            .cloned()
            .collect::<Vec<_>>()
            .join("\n")
    );
    assert!(
        missed.is_empty(),
        "{}",
        missed[..missed.len().min(12)].join("\n")
    );
    let is_precise = (unproven.len() as u64) * 100 <= pairs * 2 * MAX_UNPROVEN_PERCENT;
    assert!(
        is_precise,
        "{}",
        unproven[..unproven.len().min(12)].join("\n")
    );
}
