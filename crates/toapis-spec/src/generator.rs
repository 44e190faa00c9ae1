//! The code generator that a workspace plugs in.
//!
//! This crate compares and lints documents without generating code. A workspace that does generate
//! code implements [`CodeGenerator`], so that findings name the Rust items that change and the lint
//! reports what the generator does not support.

use std::fmt;

use serde_json::Value;

/// A generated Rust file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GeneratedFile {
    /// The path from the root of the workspace, with `/`.
    pub path: String,
    /// The Rust code.
    pub text: String,
}

/// A place in a document that a generator rejects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// The JSON pointer of the place; empty if the generator names none.
    pub pointer: String,
    /// Why it is rejected.
    pub message: String,
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Rejection {}

/// A part of OpenAPI that a generator may not support.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feature {
    /// Operations outside of `paths`, and methods without a function.
    Paths,
    /// Servers and credentials of single operations.
    ServersAndSecurity,
    /// Styles and content types of parameters.
    ParameterStyles,
    /// Parameters in cookies.
    Cookies,
}

/// Generates Rust code from a document.
pub trait CodeGenerator: Sync {
    /// Generates all files of a document without writing them.
    ///
    /// # Errors
    ///
    /// No code can be generated from the document.
    fn generate(&self, document: &Value) -> Result<Vec<GeneratedFile>, Rejection>;

    /// Returns the JSON pointers of keys that have no meaning in OpenAPI 3.0.
    ///
    /// # Errors
    ///
    /// The document is not an OpenAPI document.
    fn unknown_keys(&self, document: &Value) -> Result<Vec<String>, Rejection> {
        let _ = document;
        Ok(Vec::new())
    }

    /// Returns the places that use a part of OpenAPI in a way that is not supported.
    fn unsupported(&self, feature: Feature, document: &Value) -> Vec<Rejection> {
        let _ = (feature, document);
        Vec::new()
    }

    /// Returns false if there is no code to compare.
    fn generates_code(&self) -> bool {
        true
    }
}

/// The generator of a workspace without generated code.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoGenerator;

impl CodeGenerator for NoGenerator {
    fn generate(&self, _: &Value) -> Result<Vec<GeneratedFile>, Rejection> {
        Ok(Vec::new())
    }

    fn generates_code(&self) -> bool {
        false
    }
}
