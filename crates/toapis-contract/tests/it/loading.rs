//! A contract that cannot be used is refused when it is loaded, with the place.

use toapis_contract::Contract;

const HEAD: &str = "openapi: 3.0.3\ninfo: {title: t, version: '1'}\n";

fn refusal(rest: &str) -> String {
    Contract::parse(&format!("{HEAD}{rest}"))
        .unwrap_err()
        .to_string()
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let said = Contract::load("/nowhere/openapi.yaml")
        .unwrap_err()
        .to_string();
    assert!(
        said.starts_with("/nowhere/openapi.yaml: the file cannot be read"),
        "{said}"
    );
}

#[test]
fn faults_of_an_operation_are_told_with_their_line() {
    assert_eq!(
        refusal("paths:\n  /a:\n    get: {responses: {'200': {description: ok}}}\n"),
        "line 5: the operation has no operationId to be called by (at #/paths/~1a/get)"
    );
    assert_eq!(
        refusal("paths:\n  /a:\n    get: {operationId: a}\n"),
        "line 5: the operation documents no responses (at #/paths/~1a/get)"
    );
    assert_eq!(
        refusal(
            "paths:\n  /a:\n    get:\n      operationId: a\n      responses:\n        '2oo': {description: ok}\n"
        ),
        "line 8: `2oo` is no status, no `4XX` and not `default` (at #/paths/~1a/get/responses/2oo)"
    );
    let twice = "paths:\n  /a: {get: {operationId: a, responses: {'200': {description: ok}}}}\n  /b: {get: {operationId: a, responses: {'200': {description: ok}}}}\n";
    assert_eq!(
        refusal(twice),
        "line 5: two operations are called `a` (at #/paths/~1b/get)"
    );
}

#[test]
fn references_that_lead_nowhere_or_in_a_circle_are_told_with_their_line() {
    assert_eq!(
        refusal(
            "paths: {}\ncomponents:\n  schemas:\n    A: {$ref: '#/components/schemas/B'}\n    B: {$ref: '#/components/schemas/A'}\n"
        ),
        "line 6: `$ref: #/components/schemas/B` comes back to itself (at #/components/schemas/A/$ref)"
    );
    assert_eq!(
        refusal("paths: {}\ncomponents:\n  schemas:\n    A: {$ref: 'b.yaml#/B'}\n"),
        "line 6: `$ref: b.yaml#/B` leaves the document; only references that begin with `#/` are followed (at #/components/schemas/A/$ref)"
    );
}

#[test]
fn a_schema_may_contain_itself_as_long_as_a_value_stands_between() {
    let text = format!(
        "{HEAD}paths:\n  /a: {{get: {{operationId: a, responses: {{'200': {{description: ok, content: {{application/json: {{schema: {{$ref: '#/components/schemas/Tree'}}}}}}}}}}}}}}\ncomponents:\n  schemas:\n    Tree:\n      type: object\n      properties:\n        leaves: {{type: array, items: {{$ref: '#/components/schemas/Tree'}}}}\n"
    );
    let contract = Contract::parse(&text).unwrap();
    assert!(contract.operation("a").is_some());
}

#[test]
fn a_rule_that_nothing_judges_is_refused() {
    let said = refusal(
        "paths: {}\ncomponents: {schemas: {A: {type: object}}}\nx-models:\n  m:\n    schema: '#/components/schemas/A'\n    rules:\n      - {rule: sum_min}\n",
    );
    assert!(
        said.starts_with("line 9: nothing judges a rule called `sum_min`"),
        "{said}"
    );
}

#[test]
fn a_schema_that_is_none_is_refused() {
    let said = refusal(
        "paths:\n  /a:\n    get:\n      operationId: a\n      responses:\n        '200':\n          description: ok\n          content:\n            application/json:\n              schema:\n                type: string\n                pattern: '('\n",
    );
    assert!(
        said.contains("cannot be compiled") && said.starts_with("line 12: "),
        "{said}"
    );
}
