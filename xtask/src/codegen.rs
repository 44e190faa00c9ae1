//! `cargo xtask codegen`: writes or checks the generated files.

use std::path::Path;

use anyhow::{Error, Result, anyhow};
use schemars::schema_for;
use toapis_codegen::{Artifact, Mode, Outcome, SpecError, apply, read_contract};
use toapis_openapi::Document;
use toapis_spec::{diff, learn, lint};

use crate::spec;

/// Generates all files from `openapi.yaml` and `overlays/*.yaml` under `root`, then writes them or
/// compares them with those on disk.
///
/// # Errors
///
/// The contract cannot be read, no code can be generated from it, rustfmt is not installed, or a
/// file cannot be written.
pub fn run(root: &Path, mode: Mode) -> Result<Outcome> {
    apply(root, &artifacts(root)?, mode)
}

/// Generates all files without writing them.
///
/// # Errors
///
/// Same as [`run`], except writing.
pub fn artifacts(root: &Path) -> Result<Vec<Artifact>> {
    let (yaml, document) = read_contract(root)?;
    let mut artifacts = toapis_codegen::artifacts(root, &document, &yaml)
        .map_err(|error| explain(&document, error))?;
    artifacts.extend(schemas());
    artifacts.sort_by(|left, right| left.path.cmp(&right.path));
    Ok(artifacts)
}

/// Returns the JSON schemas of the documents that `cargo xtask spec` prints.
fn schemas() -> impl Iterator<Item = Artifact> {
    let documents = [
        ("spec-diff", schema_for!(diff::DiffReport)),
        ("spec-learn", schema_for!(learn::LearnReport)),
        ("spec-lint", schema_for!(lint::LintReport)),
    ];
    documents.into_iter().map(|(name, schema)| {
        let mut schema = schema.to_value();
        schema.sort_all_objects();
        Artifact {
            path: format!("docs/schemas/xtask/{name}.json").into(),
            text: format!("{schema:#}\n"),
        }
    })
}

/// Replaces an error of the generator by the findings of the lint about the same contract, which
/// are more precise. Without findings, adds the location in `openapi.yaml`.
fn explain(document: &Document, error: Error) -> Error {
    let mut report = spec::lint(document);
    report.findings.retain(lint::blocks_codegen);
    if !report.findings.is_empty() {
        let findings = lint::render(&report, false);
        return anyhow!("no code can be generated from the contract\n\n{findings}");
    }
    let pointer = error.downcast_ref::<SpecError>().map(|at| &at.pointer);
    match pointer.map(|pointer| document.nearest(pointer).location()) {
        Some(location) => error.context(format!("openapi.yaml:{location}")),
        None => error,
    }
}
