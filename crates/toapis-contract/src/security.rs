//! Checks that a request has the credential that its operation requires.

use http::HeaderMap;
use serde_json::Value;
use toapis_openapi::{pointer, reference};

use crate::error::LoadError;

/// The credentials that an operation accepts: any one of the alternatives, or none if it is empty.
#[derive(Debug)]
pub(crate) struct Security {
    alternatives: Vec<Vec<Scheme>>,
    pub(crate) pointer: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Scheme {
    /// `Authorization: Bearer <key>`.
    Bearer,
    /// An API key in a header.
    Header(String),
}

impl Security {
    /// Compiles the operation's own `security`, else the document's.
    pub(crate) fn compile(document: &Value, operation: &str) -> Result<Self, LoadError> {
        let own = format!("{operation}/security");
        let (pointer, list) = match document.pointer(&own) {
            Some(list) => (own, Some(list)),
            None => ("/security".to_owned(), document.pointer("/security")),
        };
        let mut alternatives = Vec::new();
        for requirement in list.and_then(Value::as_array).into_iter().flatten() {
            let names = requirement
                .as_object()
                .into_iter()
                .flat_map(|all| all.keys());
            let schemes = names
                .map(|name| Scheme::compile(document, name))
                .collect::<Result<_, _>>()?;
            alternatives.push(schemes);
        }
        Ok(Self {
            alternatives,
            pointer,
        })
    }

    /// Returns true if no credential is required.
    pub(crate) fn is_open(&self) -> bool {
        self.alternatives.is_empty() || self.alternatives.iter().any(Vec::is_empty)
    }

    /// Returns what is wrong with the credential, or `None`. Only a server can verify its value.
    pub(crate) fn find_error(&self, headers: &HeaderMap) -> Option<&'static str> {
        if self.is_open() {
            return None;
        }
        let mut message = "the credential is missing";
        for schemes in &self.alternatives {
            match schemes.iter().find_map(|scheme| scheme.find_error(headers)) {
                None => return None,
                Some(found) => message = found,
            }
        }
        Some(message)
    }
}

impl Scheme {
    fn compile(document: &Value, name: &str) -> Result<Self, LoadError> {
        let at = pointer::join("/components/securitySchemes", name);
        let (at, scheme) = reference::follow(document, &at).map_err(|_| {
            LoadError::at(&at, format!("the security scheme `{name}` is not defined"))
        })?;
        let text = |field: &str| {
            scheme
                .get(field)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        match (text("type"), text("scheme"), text("in")) {
            ("http", scheme, _) if scheme.eq_ignore_ascii_case("bearer") => Ok(Self::Bearer),
            ("apiKey", _, "header") => Ok(Self::Header(text("name").to_owned())),
            _ => Err(LoadError::at(
                at,
                format!(
                    "the security scheme `{name}` is not supported; expected `http` `bearer` or an `apiKey` in a header"
                ),
            )),
        }
    }

    fn find_error(&self, headers: &HeaderMap) -> Option<&'static str> {
        match self {
            Self::Bearer => {
                let Some(value) = headers.get(http::header::AUTHORIZATION) else {
                    return Some("the header is missing; send `Authorization: Bearer <key>`");
                };
                let bytes = value.as_bytes();
                let is_bearer = bytes
                    .get(..7)
                    .is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"Bearer "));
                match bytes.get(7..) {
                    Some(key) if is_bearer && !key.trim_ascii().is_empty() => None,
                    _ => Some("the header is not of the form `Authorization: Bearer <key>`"),
                }
            }
            Self::Header(name) => (!headers.contains_key(name.as_str()))
                .then_some("the header with the API key is missing"),
        }
    }
}
