//! Pairs of contracts that are too large for the lists of single changes.

use std::fmt::Write as _;

use super::{between, check, document};

#[test]
fn a_model_that_gets_a_branch_of_its_own_is_no_model_that_is_refused() {
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
fn a_name_that_a_branch_gains_is_new_among_its_values() {
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
fn a_model_that_is_given_another_schema_is_held_to_the_new_one() {
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
fn an_alias_that_another_model_is_given_is_told_once_as_moved() {
    let text = |first: &str, second: &str| {
        format!("x-models: {{a: {{aliases: [{first}]}}, b: {{aliases: [{second}]}}}}\n")
    };
    let findings = between(&text("x, y", "z"), &text("x", "y, z"));
    let told: Vec<_> = findings
        .iter()
        .map(|finding| finding.message.as_str())
        .collect();
    assert_eq!(told, ["the alias `y` went from `a` to `b`"]);
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
fn a_link_to_an_operation_that_is_only_called_otherwise_leads_where_it_led() {
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
fn branches_are_known_again_by_what_they_choose_and_by_their_type_in_any_order() {
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
fn a_value_that_goes_from_one_branch_to_another_is_told_as_moved_by_what_most_branches_list() {
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
fn of_two_limits_that_both_hold_the_stricter_is_compared() {
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
fn a_schema_that_holds_itself_in_many_ways_comes_to_an_end() {
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
fn an_operation_that_calls_itself_back_comes_to_an_end() {
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
fn a_chain_of_five_thousand_references_is_followed_to_its_end() {
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
fn a_chain_of_five_thousand_schemas_is_compared_to_its_end() {
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
fn schemas_that_hold_each_other_in_ever_new_sets_come_to_an_end() {
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
