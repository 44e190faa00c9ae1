//! One operation of the contract, compiled: parameters, body, answers, security.

use http::{Method, StatusCode};
use serde_json::{Map, Value};

use crate::{
    error::LoadError,
    media::{self, Media},
    parameter::Parameter,
    pointer,
    schema::Schemas,
    security::Security,
};

/// The methods a path item may have in OpenAPI 3.0.
const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// One operation of the contract.
#[derive(Debug)]
pub struct Operation {
    pub(crate) id: String,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) pointer: String,
    pub(crate) callback_of: Option<String>,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) body: Option<Body>,
    pub(crate) answers: Vec<Answer>,
    pub(crate) security: Security,
    extensions: Map<String, Value>,
}

/// The body that an operation takes.
#[derive(Debug)]
pub(crate) struct Body {
    pub(crate) required: bool,
    pub(crate) pointer: String,
    pub(crate) content: Vec<Media>,
}

/// One documented answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusRange,
    pub(crate) pointer: String,
    pub(crate) headers: Vec<Parameter>,
    pub(crate) content: Vec<Media>,
    /// `x-empty-body: true`: the answer may also come with no body at all.
    pub(crate) may_be_empty: bool,
}

/// The statuses that one entry of `responses` stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StatusRange {
    /// One status.
    Exact(u16),
    /// `4XX` and the like, by its first digit.
    Family(u16),
    /// `default`: whatever no other entry names.
    Default,
}

impl StatusRange {
    fn parse(text: &str) -> Option<Self> {
        if text == "default" {
            return Some(Self::Default);
        }
        match text.strip_suffix("XX") {
            Some(family) => family
                .parse()
                .ok()
                .filter(|digit| (1..=5).contains(digit))
                .map(Self::Family),
            None => text
                .parse()
                .ok()
                .filter(|code| (100..600).contains(code))
                .map(Self::Exact),
        }
    }

    /// Whether `status` falls under it.
    #[must_use]
    pub fn contains(self, status: StatusCode) -> bool {
        match self {
            Self::Exact(code) => code == status.as_u16(),
            Self::Family(digit) => digit == status.as_u16() / 100,
            Self::Default => true,
        }
    }
}

impl std::fmt::Display for StatusRange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exact(code) => write!(f, "{code}"),
            Self::Family(digit) => write!(f, "{digit}XX"),
            Self::Default => f.write_str("default"),
        }
    }
}

impl Operation {
    /// Its `operationId`; an operation without one is refused when the contract is loaded.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its method.
    #[must_use]
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// Its path as the contract has it, as `/v1/images/generations/{task_id}`; of a callback, its URL expression.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Where it stands in the contract, as `#/paths/...`.
    #[must_use]
    pub fn pointer(&self) -> String {
        format!("#{}", self.pointer)
    }

    /// For a callback (a request that the service sends): the operation under which it stands.
    #[must_use]
    pub fn callback_of(&self) -> Option<&str> {
        self.callback_of.as_deref()
    }

    /// An extension of the operation: `x-rate-limit`, `x-safe-to-repeat`, `x-webhook`, ...
    #[must_use]
    pub fn extension(&self, name: &str) -> Option<&Value> {
        self.extensions.get(name)
    }

    /// Whether a credential is needed.
    #[must_use]
    pub fn needs_key(&self) -> bool {
        !self.security.is_open()
    }

    /// The documented statuses, exact ones first.
    pub fn statuses(&self) -> impl Iterator<Item = StatusRange> {
        self.answers.iter().map(|answer| answer.status)
    }

    /// The entry under which `status` falls: exact before `4XX` before `default`.
    pub(crate) fn answer(&self, status: StatusCode) -> Option<&Answer> {
        // Sorted so when compiled.
        self.answers
            .iter()
            .find(|answer| answer.status.contains(status))
    }
}

/// Reads the operations of one path item, its callbacks too.
pub(crate) fn compile_path(
    document: &Value,
    schemas: &mut Schemas,
    path: &str,
    item: &str,
    callback_of: Option<&str>,
) -> Result<Vec<Operation>, LoadError> {
    let (item, value) =
        pointer::follow(document, item).map_err(|fault| LoadError::at(item, fault.to_string()))?;
    let mut operations = Vec::new();
    for method in METHODS {
        let Some(operation) = value.get(method) else {
            continue;
        };
        let at = format!("{item}/{method}");
        let compiled = compile(document, schemas, path, &item, &at, method, callback_of)?;
        let id = compiled.id.clone();
        operations.push(compiled);
        for (name, callback) in operation
            .get("callbacks")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            let place = pointer::join(&format!("{at}/callbacks"), name);
            for expression in callback.as_object().into_iter().flat_map(|all| all.keys()) {
                let item = pointer::join(&place, expression);
                operations.extend(compile_path(
                    document,
                    schemas,
                    expression,
                    &item,
                    Some(&id),
                )?);
            }
        }
    }
    Ok(operations)
}

fn compile(
    document: &Value,
    schemas: &mut Schemas,
    path: &str,
    item: &str,
    at: &str,
    method: &str,
    callback_of: Option<&str>,
) -> Result<Operation, LoadError> {
    let object = document
        .pointer(at)
        .and_then(Value::as_object)
        .ok_or_else(|| LoadError::at(at, "an operation is a mapping; this is not one"))?;
    let id = object
        .get("operationId")
        .and_then(Value::as_str)
        .ok_or_else(|| LoadError::at(at, "the operation has no operationId to be called by"))?;
    let method = Method::from_bytes(method.to_ascii_uppercase().as_bytes())
        .map_err(|error| LoadError::at(at, error.to_string()))?;
    Ok(Operation {
        id: id.to_owned(),
        method,
        path: path.to_owned(),
        pointer: at.to_owned(),
        callback_of: callback_of.map(str::to_owned),
        parameters: compile_parameters(document, schemas, item, at)?,
        body: compile_body(document, schemas, at)?,
        answers: compile_answers(document, schemas, at)?,
        security: Security::compile(document, at)?,
        extensions: object
            .iter()
            .filter(|(key, _)| key.starts_with("x-"))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect(),
    })
}

/// The parameters of the operation, and those of its path that it does not itself name again.
fn compile_parameters(
    document: &Value,
    schemas: &mut Schemas,
    item: &str,
    at: &str,
) -> Result<Vec<Parameter>, LoadError> {
    let mut parameters: Vec<Parameter> = Vec::new();
    for owner in [at, item] {
        let list = format!("{owner}/parameters");
        let count = document
            .pointer(&list)
            .and_then(Value::as_array)
            .map_or(0, Vec::len);
        for position in 0..count {
            let parameter = Parameter::compile(document, schemas, &format!("{list}/{position}"))?;
            let known = parameters
                .iter()
                .any(|other| other.name == parameter.name && other.part == parameter.part);
            if !known {
                parameters.push(parameter);
            }
        }
    }
    Ok(parameters)
}

fn compile_body(
    document: &Value,
    schemas: &mut Schemas,
    at: &str,
) -> Result<Option<Body>, LoadError> {
    let at = format!("{at}/requestBody");
    if document.pointer(&at).is_none() {
        return Ok(None);
    }
    let (at, object) =
        pointer::follow(document, &at).map_err(|fault| LoadError::at(&at, fault.to_string()))?;
    Ok(Some(Body {
        required: object.get("required") == Some(&Value::Bool(true)),
        content: media::compile(document, schemas, &at, object.get("content"))?,
        pointer: at,
    }))
}

fn compile_answers(
    document: &Value,
    schemas: &mut Schemas,
    at: &str,
) -> Result<Vec<Answer>, LoadError> {
    let list = format!("{at}/responses");
    let entries = document
        .pointer(&list)
        .and_then(Value::as_object)
        .ok_or_else(|| LoadError::at(at, "the operation documents no responses"))?;
    let mut answers = Vec::new();
    for status in entries.keys().filter(|key| !key.starts_with("x-")) {
        let at = pointer::join(&list, status);
        let range = StatusRange::parse(status).ok_or_else(|| {
            LoadError::at(
                &at,
                format!("`{status}` is no status, no `4XX` and not `default`"),
            )
        })?;
        let (at, object) = pointer::follow(document, &at)
            .map_err(|fault| LoadError::at(&at, fault.to_string()))?;
        let mut headers = Vec::new();
        for name in object
            .get("headers")
            .and_then(Value::as_object)
            .into_iter()
            .flat_map(|all| all.keys())
        {
            let place = pointer::join(&format!("{at}/headers"), name);
            headers.push(Parameter::header(document, schemas, name, &place)?);
        }
        answers.push(Answer {
            status: range,
            headers,
            content: media::compile(document, schemas, &at, object.get("content"))?,
            may_be_empty: object.get("x-empty-body") == Some(&Value::Bool(true)),
            pointer: at,
        });
    }
    answers.sort_by_key(|answer| answer.status);
    Ok(answers)
}
