//! Whether a request carries the credential that its operation asks for.

use http::HeaderMap;
use serde_json::Value;

use crate::{error::LoadError, pointer};

/// What an operation asks for: any one of the alternatives; none at all if there is no alternative.
#[derive(Debug)]
pub(crate) struct Security {
    alternatives: Vec<Vec<Scheme>>,
    pub(crate) pointer: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Scheme {
    /// `Authorization: Bearer <key>`.
    Bearer,
    /// A key in a header of its own.
    Header(String),
}

impl Security {
    /// The operation's own `security`, else the document's.
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

    /// Whether no credential is needed.
    pub(crate) fn is_open(&self) -> bool {
        self.alternatives.is_empty() || self.alternatives.iter().any(Vec::is_empty)
    }

    /// What is wrong with the credential, in words; `None` if it is there. Whether it is the right one, only a server knows.
    pub(crate) fn fault(&self, headers: &HeaderMap) -> Option<&'static str> {
        if self.is_open() {
            return None;
        }
        let mut fault = "a key is missing";
        for schemes in &self.alternatives {
            match schemes.iter().find_map(|scheme| scheme.fault(headers)) {
                None => return None,
                Some(found) => fault = found,
            }
        }
        Some(fault)
    }
}

impl Scheme {
    fn compile(document: &Value, name: &str) -> Result<Self, LoadError> {
        let at = pointer::join("/components/securitySchemes", name);
        let (at, scheme) = pointer::follow(document, &at).map_err(|_| {
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
                    "the security scheme `{name}` is neither `http` `bearer` nor an `apiKey` in a header; no other is judged here"
                ),
            )),
        }
    }

    fn fault(&self, headers: &HeaderMap) -> Option<&'static str> {
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
                .then_some("the header with the key is missing"),
        }
    }
}
