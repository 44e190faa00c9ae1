//! Tests of the reader: places, references, and texts that nobody should be given.

use std::path::Path;

use super::*;

fn refusal(text: &str) -> String {
    Document::parse(text, "openapi.yaml")
        .unwrap_err()
        .to_string()
}

#[test]
fn every_value_knows_its_pointer_its_line_and_its_column() {
    let text = "openapi: 3.0.3\npaths:\n  /v1/a~b:\n    get: {tags: [x,\n      y]}\n";
    let document = Document::parse(text, "openapi.yaml").unwrap();
    let tag = document.at("/paths/~1v1~1a~0b/get/tags/1").unwrap();
    assert_eq!(tag.as_str(), Some("y"));
    assert_eq!(tag.pointer(), "/paths/~1v1~1a~0b/get/tags/1");
    assert_eq!(tag.place(), Place { line: 5, column: 7 });
    let tags = tag.parent().unwrap();
    assert_eq!(
        tags.place(),
        Place {
            line: 4,
            column: 11
        }
    );
    assert!(document.at("/paths/~1v1~1c").is_none());
    assert!(document.at("paths").is_none());
}

#[test]
fn the_contract_reads_as_other_readers_read_it() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi.yaml");
    let document = Document::read(&file, "openapi.yaml").unwrap();
    let plain: serde_json::Value = serde_saphyr::from_str_with_options(
        &std::fs::read_to_string(&file).unwrap(),
        serde_saphyr::options! { strict_booleans: true },
    )
    .unwrap();
    assert_eq!(document.root().value(), plain);
}

#[test]
fn a_reference_resolves_through_others_to_a_value() {
    let text = "a: {$ref: '#/b'}\nb: {$ref: '#/c/0'}\nc: [7]\n";
    let document = Document::parse(text, "x").unwrap();
    assert_eq!(document.at("/a").unwrap().resolve().pointer(), "/c/0");
}

#[test]
fn a_property_called_ref_or_example_is_no_keyword() {
    let text = "properties: {$ref: {$ref: '#/a'}, example: {$ref: '#/a'}}\na: {type: string}\n";
    let document = Document::parse(text, "x").unwrap();
    for name in ["$ref", "example"] {
        let property = document.root().at(&["properties", name]).unwrap();
        assert_eq!(property.resolve().pointer(), "/a", "{name}");
    }
    assert!(Document::parse("example: {$ref: '#/nowhere'}\n", "x").is_ok());
}

#[test]
fn a_reference_that_cannot_be_followed_is_told_with_its_place() {
    assert_eq!(
        refusal("a:\n  b: {$ref: '#/nowhere'}\n"),
        "openapi.yaml:2:7: `$ref: #/nowhere` leads nowhere: nothing stands there"
    );
    assert_eq!(
        refusal("a: {$ref: '#/b'}\nb: {$ref: '#/c'}\nc: {$ref: '#/a'}\n"),
        "openapi.yaml:1:5: `$ref: #/b` leads in a circle: it never comes to a value"
    );
    assert_eq!(
        refusal("a: {$ref: 'other.yaml#/x'}\n"),
        "openapi.yaml:1:5: `$ref: other.yaml#/x` leads out of the document; only references that begin with `#/` are followed"
    );
}

#[test]
fn a_text_that_is_no_yaml_is_told_with_its_place() {
    let broken = refusal("openapi: 3.0.3\npaths: [1,\n  2\nx: {\n");
    assert!(broken.starts_with("openapi.yaml:4:"), "{broken}");
    let twice = refusal("a: 1\nb: 2\na: 3\n");
    assert!(twice.starts_with("openapi.yaml:3:1: "), "{twice}");
    let json = refusal("{\"a\": 1,\n \"b\" }}");
    assert!(json.starts_with("openapi.yaml:2:"), "{json}");
    assert_eq!(
        refusal("- a\n"),
        "openapi.yaml:1:1: a contract is a mapping; this is none"
    );
    assert!(refusal("").ends_with("a contract is a mapping; this is none"));
}

#[test]
fn a_file_that_is_missing_is_told_by_its_name() {
    let error = Document::read(Path::new("/nowhere/openapi.yaml"), "old.yaml").unwrap_err();
    assert!(
        error.to_string().starts_with("old.yaml: cannot be read: "),
        "{error}"
    );
}

#[test]
fn a_document_of_50_megabytes_is_refused_by_its_size() {
    let text = format!("a: {}\n", "x".repeat(50 * 1024 * 1024));
    assert_eq!(
        refusal(&text),
        format!(
            "openapi.yaml: has {} bytes; a contract of more than 33554432 is not read",
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
fn aliases_that_multiply_are_stopped_and_told_with_their_place() {
    use std::fmt::Write as _;
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let alias = vec![format!("*a{}", level - 1); 9].join(", ");
        writeln!(text, "a{level}: &a{level} [{alias}]").unwrap();
    }
    let bomb = refusal(&text);
    assert!(bomb.starts_with("openapi.yaml:"), "{bomb}");
    assert!(
        bomb.contains("this is no YAML that can be read here"),
        "{bomb}"
    );
}

#[test]
fn values_that_stand_too_deep_in_each_other_are_refused() {
    let deep = refusal(&format!("a: {}{}\n", "[".repeat(5000), "]".repeat(5000)));
    assert!(deep.starts_with("openapi.yaml:1:"), "{deep}");
}
