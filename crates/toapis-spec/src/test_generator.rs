//! The workspace's own generator, for tests.

use serde_json::Value;

use crate::{CodeGenerator, GeneratedFile, Rejection};

/// Generates the code of this workspace.
pub(crate) struct TestGenerator;

impl CodeGenerator for TestGenerator {
    fn generate(&self, document: &Value) -> Result<Vec<GeneratedFile>, Rejection> {
        let sources = toapis_codegen::sources(document).map_err(|error| Rejection {
            pointer: String::new(),
            message: format!("{error:#}"),
        })?;
        let files = sources.into_iter().map(|source| GeneratedFile {
            path: source.path.to_owned(),
            text: source.text,
        });
        Ok(files.collect())
    }
}
