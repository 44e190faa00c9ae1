//! Tests of the reader: locations, references, and hostile texts.

use std::path::Path;

use super::*;
use crate::error::Location;

fn parse_error(text: &str) -> String {
    Document::parse(text, "openapi.yaml")
        .unwrap_err()
        .to_string()
}

#[test]
fn values_have_a_pointer_a_line_and_a_column() {
    let text = "openapi: 3.0.3\npaths:\n  /v1/a~b:\n    get: {tags: [x,\n      y]}\n";
    let document = Document::parse(text, "openapi.yaml").unwrap();
    let tag = document.at("/paths/~1v1~1a~0b/get/tags/1").unwrap();
    assert_eq!(tag.as_str(), Some("y"));
    assert_eq!(tag.pointer(), "/paths/~1v1~1a~0b/get/tags/1");
    assert_eq!(tag.location(), Location { line: 5, column: 7 });
    let tags = tag.parent().unwrap();
    assert_eq!(
        tags.location(),
        Location {
            line: 4,
            column: 11
        }
    );
    assert!(document.at("/paths/~1v1~1c").is_none());
    assert!(document.at("paths").is_none());
}

#[test]
fn the_contract_has_the_values_of_another_reader() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi.yaml");
    let document = Document::read(&file, "openapi.yaml").unwrap();
    let plain: serde_json::Value = serde_saphyr::from_str_with_options(
        &std::fs::read_to_string(&file).unwrap(),
        serde_saphyr::options! { strict_booleans: true },
    )
    .unwrap();
    assert_eq!(document.root().to_value(), plain);
}

#[test]
fn references_resolve_through_others_to_a_value() {
    let text = "a: {$ref: '#/b'}\nb: {$ref: '#/c/0'}\nc: [7]\n";
    let document = Document::parse(text, "x").unwrap();
    assert_eq!(document.at("/a").unwrap().resolve().pointer(), "/c/0");
}

#[test]
fn properties_named_like_keywords_are_not_keywords() {
    let text = "properties: {$ref: {$ref: '#/a'}, example: {$ref: '#/a'}}\na: {type: string}\n";
    let document = Document::parse(text, "x").unwrap();
    for name in ["$ref", "example"] {
        let property = document.root().at(&["properties", name]).unwrap();
        assert_eq!(property.resolve().pointer(), "/a", "{name}");
    }
    assert!(Document::parse("example: {$ref: '#/nowhere'}\n", "x").is_ok());
}

#[test]
fn references_without_a_target_are_errors_with_a_location() {
    assert_eq!(
        parse_error("a:\n  b: {$ref: '#/nowhere'}\n"),
        "openapi.yaml:2:7: `$ref: #/nowhere` points to nothing in the document"
    );
    assert_eq!(
        parse_error("a: {$ref: '#/b'}\nb: {$ref: '#/c'}\nc: {$ref: '#/a'}\n"),
        "openapi.yaml:1:5: `$ref: #/b` refers to itself through other references"
    );
    assert_eq!(
        parse_error("a: {$ref: 'other.yaml#/x'}\n"),
        "openapi.yaml:1:5: `$ref: other.yaml#/x` points out of the document; only references that begin with `#/` are followed"
    );
}

#[test]
fn schemas_that_only_contain_themselves_are_errors() {
    for (schemas, message) in [
        (
            "A: {allOf: [{$ref: '#/A'}]}\n",
            "openapi.yaml:1:14: `$ref: #/A` refers to a schema that contains this reference",
        ),
        (
            "A: {oneOf: [{type: string}, {$ref: '#/B'}]}\nB: {not: {anyOf: [{$ref: '#/A'}]}}\n",
            "openapi.yaml:2:20: `$ref: #/A` refers to a schema that contains this reference",
        ),
    ] {
        assert_eq!(parse_error(schemas), message);
    }
    // A property or an item is another value, so validation ends.
    for schemas in [
        "A: {properties: {not: {$ref: '#/A'}}, items: {allOf: [{$ref: '#/A'}]}}\n",
        "A: {allOf: [{$ref: '#/B'}, {$ref: '#/C'}]}\nB: {allOf: [{$ref: '#/C'}]}\nC: {}\n",
    ] {
        assert!(Document::parse(schemas, "x").is_ok(), "{schemas}");
    }
}

#[test]
fn yaml_errors_have_plain_messages() {
    for (text, message) in [
        (
            "a: 1\na: 2\n",
            "x:2:1: not valid YAML: duplicate mapping key: a",
        ),
        (
            "a: 1\n---\nb: 2\n",
            "x:3:1: not valid YAML: the file contains more than one YAML document",
        ),
        (
            "a: &a [*a]\n",
            "x:1:8: not valid YAML: an alias refers to a value that contains it",
        ),
    ] {
        let error = Document::parse(text, "x").unwrap_err().to_string();
        assert_eq!(error, message);
    }
}

#[test]
fn yaml_errors_have_a_location() {
    let broken = parse_error("openapi: 3.0.3\npaths: [1,\n  2\nx: {\n");
    assert!(broken.starts_with("openapi.yaml:4:"), "{broken}");
    let twice = parse_error("a: 1\nb: 2\na: 3\n");
    assert!(twice.starts_with("openapi.yaml:3:1: "), "{twice}");
    let json = parse_error("{\"a\": 1,\n \"b\" }}");
    assert!(json.starts_with("openapi.yaml:2:"), "{json}");
    assert_eq!(
        parse_error("- a\n"),
        "openapi.yaml:1:1: the document is not a mapping"
    );
    assert!(parse_error("").ends_with("the document is not a mapping"));
}

#[test]
fn a_missing_file_is_named() {
    let error = Document::read(Path::new("/nowhere/openapi.yaml"), "old.yaml").unwrap_err();
    assert!(
        error.to_string().starts_with("old.yaml: cannot be read: "),
        "{error}"
    );
}

/// Returns the error for a file of these bytes.
fn file_error(bytes: &[u8]) -> String {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    Document::read(file.path(), "openapi.yaml")
        .unwrap_err()
        .to_string()
}

#[test]
fn files_that_are_not_utf8_are_errors() {
    assert_eq!(
        file_error(b"a: 1\nb: \xc3\xa9\xff\n"),
        "openapi.yaml:2:5: not valid UTF-8"
    );
    let text: Vec<u8> = "a: 1\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(
        file_error(&[&[0xff, 0xfe], text.as_slice()].concat()),
        "openapi.yaml: is UTF-16; save it as UTF-8"
    );
    let directory = tempfile::tempdir().unwrap();
    let error = Document::read(directory.path(), "openapi.yaml").unwrap_err();
    assert_eq!(
        error.to_string(),
        "openapi.yaml: is a directory; name the file in it"
    );
}

#[test]
fn a_byte_order_mark_is_removed() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "\u{feff}a: 1\n").unwrap();
    let document = Document::read(file.path(), "x").unwrap();
    let one = document.at("/a").unwrap();
    assert_eq!(one.location(), Location { line: 1, column: 1 });
}

#[cfg(unix)]
#[test]
fn a_device_is_read_up_to_the_limit() {
    let error = Document::read(Path::new("/dev/zero"), "zero").unwrap_err();
    assert_eq!(
        error.to_string(),
        "zero: has 33554433 bytes; the limit is 33554432"
    );
}

const AMENDED: &str = "openapi: 3.1.0
a:
  b: 1
list:
  - one
  - two
  - three
components:
  schemas:
    A:
      type: [string, 'null']
      $ref: '#/a'
";

/// A document amended by an overlay with these actions.
fn amended(actions: &str) -> Result<Document, ReadError> {
    let overlay = format!("overlay: 1.0.0\nactions: {actions}\n");
    let overlay = Overlay::parse(&overlay, "overlays/a.yaml")?;
    Document::parse_with_overlays(AMENDED, "openapi.yaml", &[overlay])
}

#[test]
fn amended_values_keep_their_locations() {
    let document = amended(
        "[{target: $.a, update: {c: {d: 2}}}, {target: '$.list[0]', remove: true}, {target: $.list, update: four}]",
    )
    .unwrap();
    let line = |pointer: &str| {
        let node = document.at(pointer).unwrap();
        assert_eq!(node.pointer(), pointer);
        node.location().line
    };
    assert_eq!((line("/a/b"), line("/a/c"), line("/a/c/d")), (3, 2, 2));
    assert_eq!(document.at("/a/c/d").unwrap().to_value(), 2);
    let list: Vec<_> = document.at("/list").unwrap().items().collect();
    let lines: Vec<_> = list
        .iter()
        .map(|item| (item.as_str().unwrap(), item.location().line))
        .collect();
    assert_eq!(lines, [("two", 6), ("three", 7), ("four", 4)]);
    assert_eq!(document.overlays(), ["overlays/a.yaml"]);
    assert!(!document.is_as_written());
}

#[test]
fn a_document_of_3_1_is_converted_and_keeps_its_locations() {
    let document = Document::parse(AMENDED, "openapi.yaml").unwrap();
    let schema = document.at("/components/schemas/A").unwrap();
    assert_eq!(
        schema.to_value(),
        serde_json::json!({"type": "string", "nullable": true, "allOf": [{"$ref": "#/a"}]})
    );
    assert_eq!(schema.get("type").unwrap().location().line, 11);
    assert_eq!(schema.get("nullable").unwrap().location().line, 10);
    assert_eq!(
        document
            .at("/components/schemas/A/allOf/0")
            .unwrap()
            .resolve()
            .pointer(),
        "/a"
    );
    assert_eq!(document.version(), "3.1.0");
    assert!(!document.is_as_written());
    assert_eq!(
        parse_error(&AMENDED.replace("'null'", "integer")),
        "openapi.yaml:11:7: `/components/schemas/A/type`: a list of 2 types cannot be expressed in OpenAPI 3.0"
    );
}

#[test]
fn overlay_faults_are_errors_with_a_location() {
    let error = amended("[{target: $.a, remove: true}]").unwrap_err();
    assert_eq!(
        error.to_string(),
        "openapi.yaml:10:5: `$ref: #/a` points to nothing in the document"
    );
    let error =
        amended("\n- {target: $.a, update: {}}\n- {target: $.x, remove: true}").unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("overlays/a.yaml:4:3: action 1: `$.x` matches nothing"),
        "{error}"
    );
}

#[test]
fn a_document_over_the_size_limit_is_an_error() {
    let text = format!("a: {}\n", "x".repeat(50 * 1024 * 1024));
    assert_eq!(
        parse_error(&text),
        format!(
            "openapi.yaml: has {} bytes; the limit is 33554432",
            text.len()
        )
    );
    let mut file = tempfile::NamedTempFile::new().unwrap();
    std::io::Write::write_all(&mut file, text.as_bytes()).unwrap();
    let error = Document::read(file.path(), "big.yaml").unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("big.yaml: has 52428804 bytes"),
        "{error}"
    );
}

#[test]
fn aliases_that_multiply_are_errors() {
    use std::fmt::Write as _;
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let alias = vec![format!("*a{}", level - 1); 9].join(", ");
        writeln!(text, "a{level}: &a{level} [{alias}]").unwrap();
    }
    let bomb = parse_error(&text);
    assert!(bomb.starts_with("openapi.yaml:"), "{bomb}");
    assert!(bomb.contains("not valid YAML"), "{bomb}");
}

#[test]
fn deep_nesting_is_an_error() {
    let deep = parse_error(&format!("a: {}{}\n", "[".repeat(5000), "]".repeat(5000)));
    assert!(deep.starts_with("openapi.yaml:1:"), "{deep}");
}
