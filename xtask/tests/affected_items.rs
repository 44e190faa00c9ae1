//! `spec diff` names the hand-written code that the compiler will point at.

use std::fs;
use std::process::Command;

use xtask::workspace_root;

/// What the diff says of the contract with one row more in x-errors.
fn report_with_error(kind: &str) -> String {
    let file = workspace_root().join("openapi.yaml");
    let before = "  - { status: 500, code: internal_error,";
    let row = format!(
        "  - {{ status: 429, code: too_many_zebras, kind: {kind}, task_made: false, resend: never, source: docs }}\n"
    );
    let yaml = fs::read_to_string(&file).unwrap();
    assert_eq!(yaml.matches(before).count(), 1);
    let dir = tempfile::tempdir().unwrap();
    let new = dir.path().join("openapi.yaml");
    fs::write(&new, yaml.replacen(before, &format!("{row}{before}"), 1)).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["spec", "diff"])
        .args([&file, &new])
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn new_meaning_affects_the_exhaustive_match() {
    let new = report_with_error("zebra_strike");
    assert!(new.contains("error::classify::kind_of"), "{new}");
    assert!(new.contains("ErrorCategory::ZebraStrike"), "{new}");
    let known = report_with_error("rate_limited");
    assert!(known.contains("too_many_zebras"), "{known}");
    assert!(!known.contains("kind_of"), "{known}");
}
