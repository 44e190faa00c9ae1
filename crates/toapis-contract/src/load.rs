//! From a text to a document: YAML or JSON, OpenAPI 3.0, and every `$ref` leads somewhere.

use serde_json::Value;

use crate::{error::LoadError, pointer};

/// Reads `text` as JSON if it begins with a brace, else as YAML, and checks what every contract needs.
pub(crate) fn read(text: &str) -> Result<Value, LoadError> {
    let document: Value = if text.trim_start().starts_with('{') {
        serde_json::from_str(text).map_err(|error| {
            let line = u64::try_from(error.line()).ok();
            LoadError::new(format!("this is not JSON: {error}")).on_line(line)
        })?
    } else {
        serde_saphyr::from_str_with_options(text, yaml_options()).map_err(|error| {
            let line = error.location().map(|place| place.line());
            LoadError::new(format!(
                "this is not YAML: {}",
                first_line(&error.to_string())
            ))
            .on_line(line)
        })?
    };
    check(&document)?;
    Ok(document)
}

/// YAML 1.2, as OpenAPI asks: `n` and `on` are words there, not booleans.
pub(crate) fn yaml_options() -> serde_saphyr::Options {
    serde_saphyr::options! { strict_booleans: true }
}

/// The checks on a document that do not depend on what it says of any operation.
fn check(document: &Value) -> Result<(), LoadError> {
    if !document.is_object() {
        return Err(LoadError::new(
            "an OpenAPI document is a mapping; this is not one",
        ));
    }
    match document.get("openapi").and_then(Value::as_str) {
        Some(version) if version.starts_with("3.0.") => {}
        Some(version) => {
            return Err(LoadError::at(
                "/openapi",
                format!("OpenAPI {version} is not read here; the contract is written in 3.0.x"),
            ));
        }
        None => {
            return Err(LoadError::new(
                "`openapi: 3.0.x` is missing, or is not a string: this is no OpenAPI 3.0 document",
            ));
        }
    }
    if !document.get("paths").is_some_and(Value::is_object) {
        return Err(LoadError::new(
            "`paths` is missing, so there is nothing to judge",
        ));
    }
    check_references(document, document, "")
}

/// Follows every `$ref` below `value`; data that is only shown (examples, enums, defaults) is left alone.
fn check_references(document: &Value, value: &Value, at: &str) -> Result<(), LoadError> {
    match value {
        Value::Object(entries) => {
            if entries.get("$ref").is_some_and(Value::is_string) {
                pointer::follow(document, at)
                    .map_err(|fault| LoadError::at(pointer::join(at, "$ref"), fault.to_string()))?;
            }
            for (key, below) in entries {
                if !is_data(key) {
                    check_references(document, below, &pointer::join(at, key))?;
                }
            }
        }
        Value::Array(items) => {
            for (position, item) in items.iter().enumerate() {
                check_references(document, item, &format!("{at}/{position}"))?;
            }
        }
        _ => {}
    }
    Ok(())
}

/// Whether what stands under `key` is data rather than a description of it.
pub(crate) fn is_data(key: &str) -> bool {
    matches!(key, "example" | "examples" | "default" | "enum") || key.starts_with("x-")
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        read(text).unwrap_err().to_string()
    }

    #[test]
    fn a_key_that_stands_twice_is_told_with_its_line() {
        let said = refusal("openapi: 3.0.3\npaths: {}\ninfo: {}\npaths: {}\n");
        assert!(said.starts_with("line 4: "), "{said}");
    }

    #[test]
    fn broken_yaml_and_broken_json_are_told_with_their_line() {
        let yaml = refusal("openapi: 3.0.3\npaths: [1,\n  2\nx: {\n");
        assert!(yaml.starts_with("line "), "{yaml}");
        let json = refusal("{\n\"openapi\": \"3.0.3\",\n oops}");
        assert!(json.starts_with("line 3: this is not JSON"), "{json}");
    }

    #[test]
    fn another_version_is_refused_by_name() {
        assert_eq!(
            refusal("openapi: 3.1.0\npaths: {}\n"),
            "OpenAPI 3.1.0 is not read here; the contract is written in 3.0.x (at #/openapi)"
        );
        assert!(refusal("swagger: '2.0'\n").contains("`openapi: 3.0.x` is missing"));
        assert!(refusal("- a\n- b\n").contains("is a mapping"));
        assert!(refusal("openapi: 3.0.3\n").contains("`paths` is missing"));
    }

    #[test]
    fn a_status_written_as_a_number_is_a_key_all_the_same() {
        let document =
            read("openapi: 3.0.3\npaths:\n  /a: {get: {responses: {200: {description: ok}}}}\n")
                .unwrap();
        assert!(document.pointer("/paths/~1a/get/responses/200").is_some());
    }

    #[test]
    fn a_word_that_older_yaml_took_for_a_boolean_stays_a_word() {
        let document = read("openapi: 3.0.3\npaths: {}\nx-words: [n, on, yes, true]\n").unwrap();
        assert_eq!(
            document["x-words"],
            serde_json::json!(["n", "on", "yes", true])
        );
    }

    #[test]
    fn a_reference_in_an_example_is_data() {
        let text =
            "openapi: 3.0.3\npaths: {}\ncomponents: {schemas: {A: {example: {$ref: '#/none'}}}}\n";
        assert!(read(text).is_ok());
        let said =
            refusal("openapi: 3.0.3\npaths: {}\ncomponents: {schemas: {A: {$ref: '#/none'}}}\n");
        assert_eq!(
            said,
            "`$ref: #/none` points at nothing in the document (at #/components/schemas/A/$ref)"
        );
    }
}
