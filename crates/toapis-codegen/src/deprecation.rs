//! Marks deprecated parts in their descriptions, since the generator ignores `deprecated`.

use serde_json::{Map, Value};

/// The end of the comment of a deprecated item.
const NOTE: &str = "Deprecated.";

/// Returns the contract with `deprecated: true` as words after each description.
pub(crate) fn annotate_deprecated(mut contract: Value) -> Value {
    annotate(&mut contract);
    contract
}

fn annotate(value: &mut Value) {
    match value {
        Value::Object(map) => {
            if map.get("deprecated") == Some(&Value::Bool(true)) {
                note(map);
            }
            for (key, below) in map {
                let is_data = matches!(key.as_str(), "example" | "examples" | "default" | "enum");
                if !is_data && !key.starts_with("x-") {
                    annotate(below);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(annotate),
        _ => {}
    }
}

fn note(map: &mut Map<String, Value>) {
    let given = map.get("description").and_then(Value::as_str);
    let annotated = match given.map(str::trim_end) {
        None | Some("") => NOTE.to_owned(),
        Some(text) => format!("{text} {NOTE}"),
    };
    map.insert("description".to_owned(), annotated.into());
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::json;

    use super::*;

    #[test]
    fn deprecated_items_are_marked_in_their_comments() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let (_, document) = crate::read_contract(&root).unwrap();
        let mut document = document.to_value();
        let list = &mut document["paths"]["/v1/models"]["get"];
        list["deprecated"] = true.into();
        list["parameters"][0]["deprecated"] = true.into();
        document["components"]["schemas"]["ModelList"]["properties"]["old"] =
            json!({"type": "string", "deprecated": true, "example": {"deprecated": true}});
        let sources = crate::sources(&document).unwrap();
        let client = sources
            .iter()
            .find(|source| source.path.ends_with("/client.rs"));
        let notes: Vec<_> = client
            .unwrap()
            .text
            .lines()
            .filter(|line| line.ends_with(NOTE))
            .map(str::trim)
            .collect();
        assert_eq!(notes.len(), 3, "{notes:#?}");
        assert_eq!(notes[0], "/// Deprecated.");
        assert!(notes[1].starts_with("/// The models that the key may use."));
        assert_eq!(notes[2], "/// - `type_`: What the models make. Deprecated.");
    }

    #[test]
    fn examples_and_tables_are_unchanged() {
        let given = json!({"example": {"deprecated": true}, "x-a": {"deprecated": true}, "b": {"deprecated": false}});
        assert_eq!(annotate_deprecated(given.clone()), given);
    }
}
