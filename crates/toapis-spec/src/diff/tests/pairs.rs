//! Pairs of contracts that are too large for the lists of single changes.

use std::fmt::Write as _;

use super::{between, check, document};

#[test]
fn new_branch_for_an_allowed_model_is_compatible() {
    let request = |branches: &str, known: &str| {
        format!(
            "{{oneOf: [{branches}, {{type: object, properties: {{model: {{type: string, not: {{enum: [{known}]}}}}}}}}]}}"
        )
    };
    let branch = |model: &str| {
        format!("{{type: object, properties: {{model: {{type: string, enum: [{model}]}}}}}}")
    };
    let old = request(&branch("a"), "a");
    let new = request(&format!("{}, {}", branch("a"), branch("b")), "a, b");
    check([
        (
            "added",
            document(&old, "{}"),
            document(&new, "{}"),
            "enum-value-moved info neither patch",
        ),
        (
            "removed",
            document(&new, "{}"),
            document(&old, "{}"),
            "enum-value-moved info neither patch",
        ),
    ]);
}

#[test]
fn value_added_to_a_branch_moved_from_the_others() {
    let request = |names: &str| {
        let named = format!("{{type: object, properties: {{model: {{enum: [{names}]}}}}}}");
        let others =
            format!("{{type: object, properties: {{model: {{not: {{enum: [{names}]}}}}}}}}");
        document(&format!("{{oneOf: [{named}, {others}]}}"), "{}")
    };
    check([(
        "alias",
        request("a"),
        request("a, b"),
        "enum-value-moved info neither patch",
    )]);
}

#[test]
fn model_with_another_schema_is_compared_with_it() {
    let text = |schema: &str| {
        format!(
            "x-models: {{a: {{schema: '#/components/schemas/{schema}'}}}}
components: {{schemas: {{A: {{type: string, maxLength: 9}}, B: {{type: string, maxLength: 8}}}}}}"
        )
    };
    check([(
        "schema",
        text("A"),
        text("B"),
        "max-length-lowered breaking client major",
    )]);
}

#[test]
fn moved_alias_is_reported_once() {
    let text = |first: &str, second: &str| {
        format!("x-models: {{a: {{aliases: [{first}]}}, b: {{aliases: [{second}]}}}}\n")
    };
    let findings = between(&text("x, y", "z"), &text("x", "y, z"));
    let found: Vec<_> = findings
        .iter()
        .map(|finding| finding.message.as_str())
        .collect();
    assert_eq!(found, ["the alias `y` moved from `a` to `b`"]);
    check([
        (
            "moved",
            text("x, y", "z"),
            text("x", "y, z"),
            "row-moved breaking client major",
        ),
        (
            "shared before",
            text("x, y", "y"),
            text("x", "y"),
            "row-removed breaking client major",
        ),
    ]);
}

#[test]
fn link_to_a_renamed_operation_is_unchanged() {
    let text = |id: &str, parameter: &str, other: &str| {
        format!(
            "paths:
  /a: {{post: {{operationId: make, responses: {{'200': {{description: ok, links: {{next: {{operationId: {id}, parameters: {{{parameter}: $response.body#/id}}}}}}}}}}}}}}
  /a/{{{parameter}}}: {{get: {{operationId: {other}, parameters: [{{name: {parameter}, in: path, required: true, schema: {{}}}}]}}}}
"
        )
    };
    check([
        (
            "operation and parameter renamed",
            text("get", "id", "get"),
            text("read", "key", "read"),
            "operation-id-changed warning neither major; parameter-renamed warning neither major",
        ),
        (
            "led elsewhere",
            text("get", "id", "get"),
            text("make", "id", "get"),
            "link-changed warning both minor",
        ),
    ]);
}

#[test]
fn branches_are_paired_by_meaning_in_any_order() {
    let one_of = |branches: &str| document(&format!("{{oneOf: [{branches}]}}"), "{}");
    let chosen = |value: &str, limit: u32| {
        format!(
            "{{type: object, properties: {{k: {{enum: [{value}]}}, p: {{type: string, maxLength: {limit}}}}}}}"
        )
    };
    let both = |first: &str, second: &str| one_of(&format!("{first}, {second}"));
    check([
        (
            "by the value that chooses",
            both(&chosen("a", 9), &chosen("b", 7)),
            both(&chosen("b", 6), &chosen("a", 8)),
            "max-length-lowered breaking client major; max-length-lowered breaking client major",
        ),
        (
            "by the type",
            both(
                "{type: string, maxLength: 9}",
                "{type: integer, maximum: 9}",
            ),
            both(
                "{type: integer, maximum: 8}",
                "{type: string, maxLength: 8}",
            ),
            "max-length-lowered breaking client major; maximum-lowered breaking client major",
        ),
        (
            "one that was named before",
            both("{$ref: '#/components/schemas/A'}", "{type: integer}"),
            both("{type: string, maxLength: 8}", "{type: integer}"),
            "max-length-lowered breaking client major",
        ),
    ]);
}

#[test]
fn value_that_changes_its_branch_is_reported_as_moved() {
    let text = |also: &str, first: &str, second: &str| {
        with_schemas(&format!(
            "    S0: {{oneOf: [{{$ref: '#/components/schemas/S1'}}, {{$ref: '#/components/schemas/S2'}}]}}
    S1: {{type: object, properties: {{also: {{enum: [{also}]}}, k: {{enum: [{first}]}}}}}}
    S2: {{type: object, properties: {{k: {{enum: [{second}]}}}}}}
"
        ))
    };
    check([
        (
            "moved",
            text("x", "a, b", "c"),
            text("x", "a", "b, c"),
            "enum-value-moved info neither patch; enum-value-moved info neither patch",
        ),
        (
            "moved, and gone from what does not choose",
            text("a, b", "a, b", "c"),
            text("a", "a", "b, c"),
            "enum-value-moved info neither patch; enum-value-moved info neither patch; enum-value-removed breaking client major",
        ),
    ]);
}

#[test]
fn stricter_of_two_limits_is_compared() {
    let limits = |first: u32, second: u32| {
        document(
            &format!("{{allOf: [{{maxLength: {first}}}, {{maxLength: {second}}}]}}"),
            "{}",
        )
    };
    check([
        (
            "lowered",
            limits(9, 5),
            limits(9, 4),
            "max-length-lowered breaking client major",
        ),
        ("the looser moved", limits(9, 5), limits(8, 5), ""),
    ]);
}

#[test]
fn comparison_of_recursive_schemas_ends() {
    let text = |limit: u32| {
        format!(
            "paths: {{/a: {{post: {{requestBody: {{content: {{a/b: {{schema: {{$ref: '#/components/schemas/X'}}}}}}}}}}}}}}
components: {{schemas: {{X: {{maxLength: {limit}, allOf: [{{items: {{$ref: '#/components/schemas/X'}}}}], oneOf: [{{properties: {{p: {{$ref: '#/components/schemas/X'}}}}}}, {{not: {{properties: {{q: {{$ref: '#/components/schemas/X'}}}}}}}}]}}}}}}"
        )
    };
    let findings = between(&text(9), &text(8));
    assert!(
        findings
            .iter()
            .all(|finding| finding.code == "max-length-lowered")
    );
    assert!(!findings.is_empty());
}

#[test]
fn comparison_of_recursive_callbacks_ends() {
    let text = |method: &str| {
        format!("paths: {{/a: {{post: {{callbacks: {{c: {{$ref: '#/components/callbacks/C'}}}}}}}}}}
components: {{callbacks: {{C: {{'{{$url}}': {{{method}: {{callbacks: {{c: {{$ref: '#/components/callbacks/C'}}}}}}}}}}}}}}")
    };
    check([
        ("the same", text("post"), text("post"), ""),
        (
            "another method",
            text("post"),
            text("put"),
            "callback-added info server minor; callback-removed breaking client major",
        ),
    ]);
}

/// Returns a contract whose request is the first of these schemas.
fn with_schemas(schemas: &str) -> String {
    format!(
        "paths: {{/a: {{post: {{requestBody: {{content: {{a/b: {{schema: {{$ref: '#/components/schemas/S0'}}}}}}}}}}}}}}
components:
  schemas:
{schemas}"
    )
}

#[test]
fn long_chain_of_references_is_followed() {
    let text = |limit: u32| {
        let mut schemas = String::new();
        for index in 0..5_000 {
            let next = index + 1;
            writeln!(
                schemas,
                "    S{index}: {{$ref: '#/components/schemas/S{next}'}}"
            )
            .unwrap();
        }
        writeln!(schemas, "    S5000: {{maxLength: {limit}}}").unwrap();
        with_schemas(&schemas)
    };
    check([(
        "chain",
        text(9),
        text(8),
        "max-length-lowered breaking client major",
    )]);
}

#[test]
fn long_chain_of_schemas_is_compared() {
    let text = |limit: u32| {
        let mut schemas = String::new();
        for index in 0..5_000 {
            let next = index + 1;
            writeln!(
                schemas,
                "    S{index}: {{properties: {{p: {{$ref: '#/components/schemas/S{next}'}}}}}}"
            )
            .unwrap();
        }
        writeln!(schemas, "    S5000: {{maxLength: {limit}}}").unwrap();
        with_schemas(&schemas)
    };
    check([(
        "chain",
        text(9),
        text(8),
        "max-length-lowered breaking client major",
    )]);
}

#[test]
fn comparison_of_growing_schema_sets_ends() {
    // Below `p` each schema is itself and the next one, below `q` the next one: there are 2^20 sets
    // of schemas.
    let text = |limit: u32| {
        let mut schemas = "    S0: {allOf: [{$ref: '#/components/schemas/T0'}]}\n".to_owned();
        for index in 0..9 {
            let (next, first) = (index + 1, 0);
            writeln!(
                schemas,
                "    T{index}: {{properties: {{p: {{allOf: [{{$ref: '#/components/schemas/T{next}'}}, {{$ref: '#/components/schemas/T{first}'}}]}}, q: {{$ref: '#/components/schemas/T{next}'}}}}}}"
            )
            .unwrap();
        }
        writeln!(schemas, "    T9: {{maxLength: {limit}}}").unwrap();
        with_schemas(&schemas)
    };
    let findings = between(&text(9), &text(8));
    assert!(!findings.is_empty());
    assert!(
        findings
            .iter()
            .all(|finding| finding.code == "max-length-lowered")
    );
}
