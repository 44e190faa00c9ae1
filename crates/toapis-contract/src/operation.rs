//! One compiled operation of the contract: parameters, body, responses, security.

use http::{Method, StatusCode};
use serde_json::{Map, Value};
use toapis_openapi::{pointer, reference};

use crate::{
    error::LoadError,
    media_type::{self, MediaType},
    parameter::Parameter,
    schema::Schemas,
    security::Security,
};

/// The methods of a path item in OpenAPI 3.0.
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
    pub(crate) body: Option<RequestBody>,
    pub(crate) responses: Vec<ResponseSpec>,
    pub(crate) security: Security,
    extensions: Map<String, Value>,
}

/// The body that an operation accepts.
#[derive(Debug)]
pub struct RequestBody {
    pub(crate) required: bool,
    pub(crate) pointer: String,
    pub(crate) content: Vec<MediaType>,
}

/// One documented response of an operation.
#[derive(Debug)]
pub struct ResponseSpec {
    pub(crate) status: StatusRange,
    pub(crate) pointer: String,
    pub(crate) headers: Vec<Parameter>,
    pub(crate) content: Vec<MediaType>,
    /// `x-empty-body: true`: the response may also have no body.
    pub(crate) may_be_empty: bool,
}

/// The statuses that one entry of `responses` covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StatusRange {
    /// One status.
    Exact(u16),
    /// A range such as `4XX`, by its first digit.
    Family(u16),
    /// `default`: every status without another entry.
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

    /// Returns true if the entry covers `status`.
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
    /// Returns the `operationId`, which every operation of a valid contract has.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the method.
    #[must_use]
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// Returns the path template, as `/v1/images/generations/{task_id}`; for a callback, the URL
    /// expression.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the pointer of the operation in the contract, as `#/paths/...`.
    #[must_use]
    pub fn pointer(&self) -> String {
        format!("#{}", self.pointer)
    }

    /// Returns the `operationId` of the operation with this callback, a request by the service.
    #[must_use]
    pub fn callback_of(&self) -> Option<&str> {
        self.callback_of.as_deref()
    }

    /// Returns an extension of the operation, such as `x-rate-limit` or `x-safe-to-repeat`.
    #[must_use]
    pub fn extension(&self, name: &str) -> Option<&Value> {
        self.extensions.get(name)
    }

    /// Returns true if a credential is required.
    #[must_use]
    pub fn requires_auth(&self) -> bool {
        !self.security.is_open()
    }

    /// Returns the documented statuses, exact ones first.
    pub fn statuses(&self) -> impl Iterator<Item = StatusRange> {
        self.responses.iter().map(|answer| answer.status)
    }

    /// Returns the parameters of path, query and headers.
    #[must_use]
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// Returns the request body, if the operation has one.
    #[must_use]
    pub fn request_body(&self) -> Option<&RequestBody> {
        self.body.as_ref()
    }

    /// Returns the pointer of the security requirement, its own or the document's, as `#/security`.
    #[must_use]
    pub fn security_pointer(&self) -> String {
        format!("#{}", self.security.pointer)
    }

    /// Returns the documented response for `status`: an exact entry before `4XX` before `default`.
    #[must_use]
    pub fn response(&self, status: StatusCode) -> Option<&ResponseSpec> {
        // Sorted by `compile_responses`.
        self.responses
            .iter()
            .find(|answer| answer.status.contains(status))
    }
}

impl RequestBody {
    /// Returns true if a request without a body is invalid.
    #[must_use]
    pub fn is_required(&self) -> bool {
        self.required
    }

    /// Returns the pointer of the body in the contract, as `#/paths/...`.
    #[must_use]
    pub fn pointer(&self) -> String {
        format!("#{}", self.pointer)
    }

    /// Returns the media types that the operation accepts.
    #[must_use]
    pub fn content(&self) -> &[MediaType] {
        &self.content
    }

    /// Returns the JSON media type, if the operation accepts JSON.
    #[must_use]
    pub fn json(&self) -> Option<&MediaType> {
        self.content.iter().find(|media| media.is_json())
    }
}

impl ResponseSpec {
    /// Returns the statuses that the entry covers.
    #[must_use]
    pub fn status(&self) -> StatusRange {
        self.status
    }

    /// Returns the pointer of the response in the contract, after `$ref`, as `#/components/...`.
    #[must_use]
    pub fn pointer(&self) -> String {
        format!("#{}", self.pointer)
    }
}

/// Compiles the operations of one path item and their callbacks.
pub(crate) fn compile_path(
    document: &Value,
    schemas: &mut Schemas,
    path: &str,
    item: &str,
    callback_of: Option<&str>,
) -> Result<Vec<Operation>, LoadError> {
    let (item, value) = reference::follow(document, item)
        .map_err(|error| LoadError::at(item, error.to_string()))?;
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
        .ok_or_else(|| LoadError::at(at, "an operation must be a mapping"))?;
    let id = object
        .get("operationId")
        .and_then(Value::as_str)
        .ok_or_else(|| LoadError::at(at, "the operation has no operationId"))?;
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
        responses: compile_responses(document, schemas, at)?,
        security: Security::compile(document, at)?,
        extensions: object
            .iter()
            .filter(|(key, _)| key.starts_with("x-"))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect(),
    })
}

/// Compiles the parameters of the operation, and those of its path that it does not override.
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
) -> Result<Option<RequestBody>, LoadError> {
    let at = format!("{at}/requestBody");
    if document.pointer(&at).is_none() {
        return Ok(None);
    }
    let (at, object) =
        reference::follow(document, &at).map_err(|error| LoadError::at(&at, error.to_string()))?;
    Ok(Some(RequestBody {
        required: object.get("required") == Some(&Value::Bool(true)),
        content: media_type::compile(document, schemas, &at, object.get("content"))?,
        pointer: at,
    }))
}

fn compile_responses(
    document: &Value,
    schemas: &mut Schemas,
    at: &str,
) -> Result<Vec<ResponseSpec>, LoadError> {
    let list = format!("{at}/responses");
    let entries = document
        .pointer(&list)
        .and_then(Value::as_object)
        .ok_or_else(|| LoadError::at(at, "the operation documents no responses"))?;
    let mut responses = Vec::new();
    for status in entries.keys().filter(|key| !key.starts_with("x-")) {
        let at = pointer::join(&list, status);
        let range = StatusRange::parse(status).ok_or_else(|| {
            LoadError::at(
                &at,
                format!("`{status}` is not a status, a range such as `4XX`, or `default`"),
            )
        })?;
        let (at, object) = reference::follow(document, &at)
            .map_err(|error| LoadError::at(&at, error.to_string()))?;
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
        responses.push(ResponseSpec {
            status: range,
            headers,
            content: media_type::compile(document, schemas, &at, object.get("content"))?,
            may_be_empty: object.get("x-empty-body") == Some(&Value::Bool(true)),
            pointer: at,
        });
    }
    responses.sort_by_key(|answer| answer.status);
    Ok(responses)
}
