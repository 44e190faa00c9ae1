//! Parses a contract from YAML or JSON.

use serde_json::Value;
use toapis_openapi::Document;

use crate::error::LoadError;

/// Parses a document of OpenAPI 3.0, or of 3.1 as far as 3.0 can express it.
pub(crate) fn parse(text: &str) -> Result<Value, LoadError> {
    let document = Document::parse(text, "").map_err(|error| {
        let line = error.location.map(|location| location.line.into());
        LoadError::new(error.message).on_line(line)
    })?;
    match document.version() {
        "" => {
            return Err(LoadError::new(
                "`openapi: 3.0.x` is missing or not a string",
            ));
        }
        version if version.starts_with("3.0.") || version.starts_with("3.1.") => {}
        version => {
            return Err(LoadError::at(
                "/openapi",
                format!("OpenAPI {version} is not supported; expected 3.0.x"),
            ));
        }
    }
    let document = document.to_value();
    if !document.get("paths").is_some_and(Value::is_object) {
        return Err(LoadError::new("`paths` is missing"));
    }
    Ok(document)
}

#[cfg(test)]
mod tests {
    use test_case::test_case;

    use super::*;

    fn error(text: &str) -> String {
        parse(text).unwrap_err().to_string()
    }

    #[test_case("openapi: 3.0.3\npaths: {}\ninfo: {}\npaths: {}\n", "line 4: "; "duplicate key")]
    #[test_case("openapi: 3.0.3\npaths: [1,\n  2\nx: {\n", "line "; "invalid YAML")]
    #[test_case("{\n\"openapi\": \"3.0.3\",\n", "line "; "truncated JSON")]
    #[test_case("openapi: 3.2.0\npaths: {}\n", "OpenAPI 3.2.0 is not supported; expected 3.0.x"; "other version")]
    #[test_case("swagger: '2.0'\n", "`openapi: 3.0.x` is missing"; "swagger")]
    #[test_case("openapi: 3.0.3\n", "`paths` is missing"; "no paths")]
    fn invalid_document_is_rejected(text: &str, message: &str) {
        let error = error(text);
        assert!(error.contains(message), "{error}");
    }

    #[test]
    fn list_is_rejected() {
        assert!(parse("- a\n- b\n").is_err());
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
        let error =
            error("openapi: 3.0.3\npaths: {}\ncomponents: {schemas: {A: {$ref: '#/none'}}}\n");
        assert!(error.contains("`$ref: #/none`"), "{error}");
    }
}
