//! Parses a contract from YAML or JSON; checks its version and every `$ref`.

use serde_json::Value;

use crate::{error::LoadError, pointer};

/// Parses `text` as JSON if it begins with a brace, else as YAML.
pub(crate) fn parse(text: &str) -> Result<Value, LoadError> {
    let document: Value = if text.trim_start().starts_with('{') {
        serde_json::from_str(text).map_err(|error| {
            let line = u64::try_from(error.line()).ok();
            LoadError::new(format!("not JSON: {error}")).on_line(line)
        })?
    } else {
        serde_saphyr::from_str_with_options(text, yaml_options()).map_err(|error| {
            let line = error.location().map(|location| location.line());
            LoadError::new(format!("not YAML: {}", first_line(&error.to_string()))).on_line(line)
        })?
    };
    check(&document)?;
    Ok(document)
}

/// Returns the options for YAML 1.2, which OpenAPI uses: `n` and `on` are strings, not booleans.
pub(crate) fn yaml_options() -> serde_saphyr::Options {
    serde_saphyr::options! { strict_booleans: true }
}

/// Checks the document as a whole.
fn check(document: &Value) -> Result<(), LoadError> {
    if !document.is_object() {
        return Err(LoadError::new("an OpenAPI document must be a mapping"));
    }
    match document.get("openapi").and_then(Value::as_str) {
        Some(version) if version.starts_with("3.0.") => {}
        Some(version) => {
            return Err(LoadError::at(
                "/openapi",
                format!("OpenAPI {version} is not supported; expected 3.0.x"),
            ));
        }
        None => {
            return Err(LoadError::new(
                "`openapi: 3.0.x` is missing or not a string",
            ));
        }
    }
    if !document.get("paths").is_some_and(Value::is_object) {
        return Err(LoadError::new("`paths` is missing"));
    }
    check_references(document, document, "")
}

/// Resolves every `$ref` below `value`, except in data (examples, enums, defaults).
fn check_references(document: &Value, value: &Value, at: &str) -> Result<(), LoadError> {
    match value {
        Value::Object(entries) => {
            if entries.get("$ref").is_some_and(Value::is_string) {
                pointer::resolve(document, at)
                    .map_err(|error| LoadError::at(pointer::join(at, "$ref"), error.to_string()))?;
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

/// Returns true if the value of `key` is data, not a schema.
pub(crate) fn is_data(key: &str) -> bool {
    matches!(key, "example" | "examples" | "default" | "enum") || key.starts_with("x-")
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        parse(text).unwrap_err().to_string()
    }

    #[test]
    fn duplicate_key_is_reported_with_its_line() {
        let said = error("openapi: 3.0.3\npaths: {}\ninfo: {}\npaths: {}\n");
        assert!(said.starts_with("line 4: "), "{said}");
    }

    #[test]
    fn syntax_error_is_reported_with_its_line() {
        let yaml = error("openapi: 3.0.3\npaths: [1,\n  2\nx: {\n");
        assert!(yaml.starts_with("line "), "{yaml}");
        let json = error("{\n\"openapi\": \"3.0.3\",\n oops}");
        assert!(json.starts_with("line 3: not JSON"), "{json}");
    }

    #[test]
    fn other_document_is_rejected() {
        assert_eq!(
            error("openapi: 3.1.0\npaths: {}\n"),
            "OpenAPI 3.1.0 is not supported; expected 3.0.x (at #/openapi)"
        );
        assert!(error("swagger: '2.0'\n").contains("`openapi: 3.0.x` is missing"));
        assert!(error("- a\n- b\n").contains("must be a mapping"));
        assert!(error("openapi: 3.0.3\n").contains("`paths` is missing"));
    }

    #[test]
    fn numeric_status_is_a_key() {
        let document =
            parse("openapi: 3.0.3\npaths:\n  /a: {get: {responses: {200: {description: ok}}}}\n")
                .unwrap();
        assert!(document.pointer("/paths/~1a/get/responses/200").is_some());
    }

    #[test]
    fn yaml_1_1_booleans_are_strings() {
        let document = parse("openapi: 3.0.3\npaths: {}\nx-words: [n, on, yes, true]\n").unwrap();
        assert_eq!(
            document["x-words"],
            serde_json::json!(["n", "on", "yes", true])
        );
    }

    #[test]
    fn reference_in_an_example_is_not_resolved() {
        let text =
            "openapi: 3.0.3\npaths: {}\ncomponents: {schemas: {A: {example: {$ref: '#/none'}}}}\n";
        assert!(parse(text).is_ok());
        let said =
            error("openapi: 3.0.3\npaths: {}\ncomponents: {schemas: {A: {$ref: '#/none'}}}\n");
        assert_eq!(
            said,
            "`$ref: #/none` does not resolve (at #/components/schemas/A/$ref)"
        );
    }
}
