//! `cargo xtask spec`: the commands of [`toapis_spec`] with the generator of this workspace.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Error, Result};
use serde_json::Value;
use toapis_codegen::{SpecError, read_contract, unsupported, write_atomic};
use toapis_conformance::Recording;
use toapis_openapi::operations::operations;
use toapis_openapi::{Document, overlay, read_text};
use toapis_spec::bump::{self, BumpArguments, BumpPlan};
use toapis_spec::diff::Overlays;
use toapis_spec::learn::{self, LearnReport};
use toapis_spec::lint::LintReport;
use toapis_spec::{CodeGenerator, Feature, GeneratedFile, Rejection};

/// The generator of this workspace.
#[derive(Clone, Copy, Debug, Default)]
pub struct Generator;

impl CodeGenerator for Generator {
    fn generate(&self, document: &Value) -> Result<Vec<GeneratedFile>, Rejection> {
        let sources = toapis_codegen::sources(document).map_err(|error| rejection(&error))?;
        let files = sources.into_iter().map(|source| GeneratedFile {
            path: source.path.to_owned(),
            text: source.text,
        });
        Ok(files.collect())
    }

    fn unknown_keys(&self, document: &Value) -> Result<Vec<String>, Rejection> {
        toapis_codegen::unknown_keys(document).map_err(|error| rejection(&error))
    }

    fn unsupported(&self, feature: Feature, document: &Value) -> Vec<Rejection> {
        let found = match feature {
            Feature::Paths => unsupported::paths(document),
            Feature::ServersAndSecurity => unsupported::hosts_and_keys(document),
            Feature::ParameterStyles => unsupported::spelling(document),
            Feature::Cookies => cookies(document),
        };
        found
            .into_iter()
            .map(|(pointer, message)| Rejection { pointer, message })
            .collect()
    }
}

fn rejection(error: &Error) -> Rejection {
    let located = error.downcast_ref::<SpecError>();
    Rejection {
        pointer: located.map(|at| at.pointer.clone()).unwrap_or_default(),
        message: format!("{error:#}"),
    }
}

/// Returns the parameters in cookies. A parameter of a path belongs to all its operations, and is
/// returned once.
fn cookies(document: &Value) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for operation in operations(document) {
        for (pointer, parameter) in unsupported::parameters(document, &operation) {
            let is_cookie = parameter.get("in").and_then(Value::as_str) == Some("cookie");
            if is_cookie && !found.iter().any(|(other, _)| *other == pointer) {
                found.push((pointer, "a parameter in a cookie".to_owned()));
            }
        }
    }
    found
}

/// Lints a contract, including what the generator of this workspace does not support.
#[must_use]
pub fn lint(document: &Document) -> LintReport {
    toapis_spec::lint::lint(document, &Generator)
}

/// Lints a contract in a file under `root`, with the overlays next to it.
///
/// # Errors
///
/// A file cannot be read, or is not an OpenAPI document.
pub fn lint_file(root: &Path, file: &Path, overlays: Overlays) -> Result<LintReport> {
    let (path, name) = (root.join(file), file.display().to_string());
    let overlays = match overlays {
        Overlays::Applied => overlay::read_beside(&path)?,
        Overlays::LeftOut => Vec::new(),
    };
    let text = read_text(&path, &name)?;
    let document = Document::parse_with_overlays(&text, &name, &overlays)?;
    Ok(lint(&document))
}

/// Compares recorded traffic with the contract of the workspace.
///
/// # Errors
///
/// A recording or the contract cannot be read.
pub fn learn(root: &Path, recordings: &[PathBuf]) -> Result<LearnReport> {
    let mut exchanges = Vec::new();
    for file in recordings {
        let name = file.display().to_string();
        let recording = Recording::parse(&read_text(file, &name)?);
        exchanges.extend_from_slice(recording.with_context(|| name)?.exchanges());
    }
    let (_, contract) = read_contract(root)?;
    learn::learn(&contract, &exchanges)
}

/// Raises the versions of the crates and drafts the changelog entry. With `dry_run`, only plans.
///
/// # Errors
///
/// A file cannot be read or written. All files are read before the first is written.
pub fn bump(root: &Path, arguments: &BumpArguments) -> Result<BumpPlan> {
    let plan = bump::plan(root, arguments, &Generator)?;
    if !arguments.dry_run {
        for (name, text) in &plan.files {
            write_atomic(&root.join(name), text)?;
        }
    }
    Ok(plan)
}
