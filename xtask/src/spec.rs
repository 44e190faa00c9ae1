//! `cargo xtask spec`: the commands of [`toapis_spec`] with the generator of this workspace.

use std::path::Path;

use anyhow::{Error, Result};
use serde_json::Value;
use toapis_codegen::{SpecError, unsupported, write_atomic};
use toapis_openapi::Document;
use toapis_openapi::operations::operations;
use toapis_spec::bump::{self, BumpArguments, BumpPlan};
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

/// Checks a contract with the generator of this workspace.
#[must_use]
pub fn lint(document: &Document) -> LintReport {
    toapis_spec::lint::lint(document, &Generator)
}

/// Raises the versions and writes the draft of the changelog.
///
/// # Errors
///
/// A file cannot be read or written. Nothing is written before everything is read.
pub fn bump(root: &Path, arguments: &BumpArguments) -> Result<BumpPlan> {
    let bumped = bump::plan(root, arguments, &Generator)?;
    if !arguments.dry_run {
        for (name, text) in &bumped.files {
            write_atomic(&root.join(name), text)?;
        }
    }
    Ok(bumped)
}
