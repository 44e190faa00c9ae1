//! Invalid contracts are rejected with the location of the error.

use test_case::test_case;
use toapis_contract::Contract;

const HEAD: &str = "openapi: 3.0.3\ninfo: {title: t, version: '1'}\n";

fn load_error(rest: &str) -> String {
    Contract::parse(&format!("{HEAD}{rest}"))
        .unwrap_err()
        .to_string()
}

#[test]
fn missing_file_is_named() {
    let message = Contract::load("/nowhere/openapi.yaml")
        .unwrap_err()
        .to_string();
    assert!(
        message.starts_with("/nowhere/openapi.yaml: cannot read the file"),
        "{message}"
    );
}

#[test]
fn invalid_operation_is_reported_with_its_line() {
    assert_eq!(
        load_error("paths:\n  /a:\n    get: {responses: {'200': {description: ok}}}\n"),
        "line 5: the operation has no operationId (at #/paths/~1a/get)"
    );
    assert_eq!(
        load_error("paths:\n  /a:\n    get: {operationId: a}\n"),
        "line 5: the operation documents no responses (at #/paths/~1a/get)"
    );
    assert_eq!(
        load_error(
            "paths:\n  /a:\n    get:\n      operationId: a\n      responses:\n        '2oo': {description: ok}\n"
        ),
        "line 8: `2oo` is not a status, a range such as `4XX`, or `default` (at #/paths/~1a/get/responses/2oo)"
    );
    let twice = "paths:\n  /a: {get: {operationId: a, responses: {'200': {description: ok}}}}\n  /b: {get: {operationId: a, responses: {'200': {description: ok}}}}\n";
    assert_eq!(
        load_error(twice),
        "line 5: two operations have the id `a` (at #/paths/~1b/get)"
    );
}

#[test_case("#/components/schemas/A"; "cyclic")]
#[test_case("b.yaml#/B"; "external")]
#[test_case("#/components/schemas/B"; "missing")]
fn unresolved_reference_is_reported_with_its_line(reference: &str) {
    let error = load_error(&format!(
        "paths: {{}}\ncomponents:\n  schemas:\n    A: {{$ref: '{reference}'}}\n"
    ));
    let expected = format!("line 6: `$ref: {reference}`");
    assert!(error.starts_with(&expected), "{error}");
}

#[test]
fn recursive_schema_is_valid() {
    let text = format!(
        "{HEAD}paths:\n  /a: {{get: {{operationId: a, responses: {{'200': {{description: ok, content: {{application/json: {{schema: {{$ref: '#/components/schemas/Tree'}}}}}}}}}}}}}}\ncomponents:\n  schemas:\n    Tree:\n      type: object\n      properties:\n        leaves: {{type: array, items: {{$ref: '#/components/schemas/Tree'}}}}\n"
    );
    let contract = Contract::parse(&text).unwrap();
    assert!(contract.operation("a").is_some());
}

#[test]
fn unknown_rule_is_rejected() {
    let message = load_error(
        "paths: {}\ncomponents: {schemas: {A: {type: object}}}\nx-models:\n  m:\n    schema: '#/components/schemas/A'\n    rules:\n      - {rule: sum_min}\n",
    );
    assert!(
        message.starts_with("line 9: unknown variant `sum_min`"),
        "{message}"
    );
}

#[test]
fn invalid_schema_is_rejected() {
    let message = load_error(
        "paths:\n  /a:\n    get:\n      operationId: a\n      responses:\n        '200':\n          description: ok\n          content:\n            application/json:\n              schema:\n                type: string\n                pattern: '('\n",
    );
    assert!(
        message.contains("does not compile") && message.starts_with("line 12: "),
        "{message}"
    );
}
