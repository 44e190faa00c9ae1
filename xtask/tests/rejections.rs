//! `cargo xtask codegen` reports an unsupported contract as the lint does, and never panics.

use std::fs;
use std::process::Command;

use xtask::workspace_root;

/// Runs the command on a copy of the contract with `from` replaced by `to`. Returns its stderr.
fn rejection(from: &str, to: &str) -> String {
    let root = tempfile::tempdir().unwrap();
    let yaml = fs::read_to_string(workspace_root().join("openapi.yaml")).unwrap();
    assert!(
        yaml.contains(from),
        "openapi.yaml has no `{from}` to change"
    );
    fs::write(root.path().join("openapi.yaml"), yaml.replacen(from, to, 1)).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["codegen", "--root"])
        .arg(root.path())
        .env("RUST_BACKTRACE", "1")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let written: Vec<_> = fs::read_dir(root.path()).unwrap().collect();
    assert_eq!(written.len(), 1, "{written:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn contract_that_panics_the_generator_is_rejected_with_a_finding() {
    for (from, to, code) in [
        (
            "        - name: task_id\n          in: path\n",
            "        - name: task\n          in: path\n",
            "D107 `{task_id}`",
        ),
        (
            "          application/json:\n            schema:\n              $ref: '#/components/schemas/EditRequest'\n",
            "          text/plain:\n            schema:\n              type: string\n          application/json:\n            schema:\n              $ref: '#/components/schemas/EditRequest'\n",
            "G106 `editImage` accepts several media types",
        ),
        (
            "operationId: getKeyBalance\n",
            "x-nothing: 1\n",
            "D103 no `operationId`",
        ),
        (
            "      maximum: 100\n      example: 80\n",
            "      maximum: 100\n      multipleOf: 5\n      example: 80\n",
            "G107 ",
        ),
        (
            "  /v1/models:\n    get:\n",
            "  /v1/models:\n    trace:\n      operationId: traceModels\n      x-safe-to-repeat: true\n      responses: {}\n    get:\n",
            "G108 `/v1/models` has an operation of the method `trace`",
        ),
        (
            "      operationId: listModels\n",
            "      operationId: listModels\n      servers: [{url: 'https://example.com'}]\n",
            "G109 `servers` that are not the document's",
        ),
        (
            "          in: query\n",
            "          in: query\n          style: spaceDelimited\n",
            "G110 the parameter `type` of `listModels` is written in the style `spaceDelimited`",
        ),
    ] {
        let said = rejection(from, to);
        assert!(
            !said.contains("panicked") && !said.contains("backtrace"),
            "{said}"
        );
        let line = said
            .lines()
            .find(|line| line.contains(code))
            .unwrap_or_else(|| panic!("no {code} in {said}"));
        assert!(
            line.starts_with("openapi.yaml:") && !line.starts_with("openapi.yaml:1:1:"),
            "{line}"
        );
        assert!(
            said.contains("    note: ") && said.contains("    help: "),
            "{said}"
        );
    }
}
