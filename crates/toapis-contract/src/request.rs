//! Validates a request: path, method, credential, parameters, body.

use std::{borrow::Cow, sync::Arc};

use http::{HeaderMap, Method, Uri, header::CONTENT_TYPE};
use serde_json::Value;

use crate::{
    contract::Contract,
    explain, media_type,
    operation::{Operation, RequestBody},
    parameter::{Parameter, coerce},
    report::RequestReport,
    router::{Path, PathError, Route},
    violation::{LazyLocation, MessagePart, Violation, ViolationKind},
};

/// The parts of a request that the contract covers.
#[derive(Clone, Copy, Debug)]
pub struct RequestParts<'r> {
    /// The method.
    pub method: &'r Method,
    /// Path and query as on the request line: percent-encoded, without scheme and host.
    pub path_and_query: &'r str,
    /// The headers.
    pub headers: &'r HeaderMap,
    /// The complete body; may be empty.
    pub body: &'r [u8],
}

impl<'r, B: AsRef<[u8]>> From<&'r http::Request<B>> for RequestParts<'r> {
    fn from(request: &'r http::Request<B>) -> Self {
        Self {
            method: request.method(),
            path_and_query: path_and_query(request.uri()),
            headers: request.headers(),
            body: request.body().as_ref(),
        }
    }
}

impl Contract {
    /// Validates a request from a client to the service.
    ///
    /// ```
    /// use http::{HeaderMap, Method};
    /// use toapis_contract::{Contract, ViolationKind, RequestParts};
    ///
    /// let report = Contract::embedded().validate_request(&RequestParts {
    ///     method: &Method::GET,
    ///     path_and_query: "/v1/balance",
    ///     headers: &HeaderMap::new(),
    ///     body: b"",
    /// });
    /// assert_eq!(report.operation(), Some("getKeyBalance"));
    /// assert_eq!(report.violations()[0].kind(), ViolationKind::Security);
    /// ```
    #[must_use]
    pub fn validate_request(&self, request: &RequestParts<'_>) -> RequestReport {
        let (path, query) = match request.path_and_query.split_once('?') {
            Some((path, query)) => (path, query),
            None => (request.path_and_query, ""),
        };
        let found = self
            .parse_path(path)
            .and_then(|read| Ok((self.find(request.method, path, &read)?, read)));
        let ((route, operation), path) = match found {
            Ok(found) => found,
            Err(violation) => return RequestReport::new(None, None, vec![*violation]),
        };
        let mut violations = Vec::new();
        let inputs = Inputs {
            route: Some((route, &path)),
            query,
            headers: request.headers,
            body: request.body,
        };
        let body = self.validate_inputs(operation, &inputs, &mut violations);
        RequestReport::new(Some(Arc::clone(operation)), body, violations)
    }

    /// Validates a request from the service to a webhook receiver (a callback: `receiveWebhook`).
    ///
    /// An `operation_id` that is not a callback of the contract is a violation.
    #[must_use]
    pub fn validate_callback(
        &self,
        operation_id: &str,
        headers: &HeaderMap,
        body: &[u8],
    ) -> RequestReport {
        let callback = self
            .operation_arc(operation_id)
            .filter(|operation| operation.callback_of.is_some());
        let Some(operation) = callback else {
            return RequestReport::new(None, None, vec![self.unknown_operation(operation_id)]);
        };
        let mut violations = Vec::new();
        let inputs = Inputs {
            route: None,
            query: "",
            headers,
            body,
        };
        let body = self.validate_inputs(operation, &inputs, &mut violations);
        RequestReport::new(Some(Arc::clone(operation)), body, violations)
    }

    fn parse_path<'p>(&self, path: &'p str) -> Result<Path<'p>, Box<Violation>> {
        Path::parse(path).map_err(|error| {
            let message = match error {
                PathError::DotSegment => "a segment `.` or `..` is not allowed",
                PathError::NotText => "the percent-encoding is not UTF-8",
            };
            self.bad_path(path, message)
        })
    }

    fn bad_path(&self, path: &str, message: &str) -> Box<Violation> {
        let place = LazyLocation::new(MessagePart::Path, "");
        Box::new(
            Violation::new(self.source_map(), ViolationKind::Path, place, "/paths")
                .with_keyword("path")
                .with_message(message)
                .with_actual(path),
        )
    }

    /// Returns the route and the operation for a path and a method.
    fn find(
        &self,
        method: &Method,
        path: &str,
        read: &Path<'_>,
    ) -> Result<(&Route, &Arc<Operation>), Box<Violation>> {
        let mut known: Option<&Route> = None;
        for route in self.routes().iter().filter(|route| route.matches(read)) {
            known = known.or(Some(route));
            for place in &route.operations {
                let operation = self.operation_at(*place);
                if operation.method == *method {
                    return Ok((route, operation));
                }
            }
        }
        let Some(route) = known else {
            return Err(self.bad_path(path, "the contract has no such path"));
        };
        let methods: Vec<&str> = route
            .operations
            .iter()
            .map(|place| self.operation_at(*place).method.as_str())
            .collect();
        let place = LazyLocation::new(MessagePart::Method, "");
        Err(Box::new(
            Violation::new(
                self.source_map(),
                ViolationKind::Method,
                place,
                &route.pointer,
            )
            .with_keyword("method")
            .with_message(format!("the path accepts {}", methods.join(", ")))
            .with_actual(method.as_str()),
        ))
    }

    fn validate_inputs(
        &self,
        operation: &Operation,
        inputs: &Inputs<'_>,
        violations: &mut Vec<Violation>,
    ) -> Option<Value> {
        if let Some(message) = operation.security.find_error(inputs.headers) {
            let place = LazyLocation::new(MessagePart::Header, "authorization");
            violations.push(
                Violation::new(
                    self.source_map(),
                    ViolationKind::Security,
                    place,
                    &operation.security.pointer,
                )
                .with_keyword("security")
                .with_message(message),
            );
        }
        for parameter in &operation.parameters {
            self.validate_parameter(parameter, inputs, violations);
        }
        self.validate_request_body(operation, inputs, violations)
    }

    fn validate_parameter(
        &self,
        parameter: &Parameter,
        inputs: &Inputs<'_>,
        violations: &mut Vec<Violation>,
    ) {
        let (kind, found) = match parameter.part {
            MessagePart::Path => {
                let Some((route, path)) = inputs.route else {
                    return;
                };
                let found = route.parameter(&parameter.name, path);
                (ViolationKind::Parameter, found.map(Cow::Borrowed))
            }
            MessagePart::Query => {
                let found = form_urlencoded::parse(inputs.query.as_bytes())
                    .find(|(name, _)| *name == parameter.name)
                    .map(|(_, value)| value);
                (ViolationKind::Parameter, found)
            }
            _ => {
                let found = inputs
                    .headers
                    .get(&parameter.name)
                    .map(|value| String::from_utf8_lossy(value.as_bytes()));
                (ViolationKind::Header, found)
            }
        };
        let place = LazyLocation::new(parameter.part, &parameter.name);
        match found {
            Some(text) => {
                let value = coerce(&text, parameter.coercion);
                explain::validate(
                    self.schemas(),
                    self.source_map(),
                    parameter.schema,
                    &value,
                    place,
                    kind,
                    violations,
                );
            }
            None if parameter.required => violations.push(
                Violation::new(self.source_map(), kind, place, &parameter.pointer)
                    .with_keyword("required")
                    .with_message("is missing"),
            ),
            None => {}
        }
    }

    fn validate_request_body(
        &self,
        operation: &Operation,
        inputs: &Inputs<'_>,
        violations: &mut Vec<Violation>,
    ) -> Option<Value> {
        let expected = operation.body.as_ref()?;
        if inputs.body.is_empty() {
            if expected.required {
                violations.push(
                    Violation::new(
                        self.source_map(),
                        ViolationKind::Body,
                        LazyLocation::BODY,
                        &expected.pointer,
                    )
                    .with_keyword("required")
                    .with_message("the body is missing"),
                );
            }
            return None;
        }
        let essence = media_type::essence(inputs.headers).unwrap_or_default();
        let Some(media) = media_type::find(&expected.content, essence) else {
            let place = LazyLocation::new(MessagePart::Header, CONTENT_TYPE.as_str());
            violations.push(
                Violation::new(
                    self.source_map(),
                    ViolationKind::MediaType,
                    place,
                    &expected.pointer,
                )
                .with_keyword("media_type")
                .with_message(format!("must be {}", media_type::names(&expected.content)))
                .with_actual(essence),
            );
            return None;
        };
        if let Some(form) = &media.form {
            let content_type = inputs
                .headers
                .get(CONTENT_TYPE)
                .and_then(|value| value.to_str().ok());
            form.check(
                self.schemas(),
                self.source_map(),
                content_type.unwrap_or_default(),
                inputs.body,
                violations,
            );
            return None;
        }
        let value = self.parse_body(media, inputs.body, violations)?;
        if let Some(schema) = media.schema {
            explain::validate(
                self.schemas(),
                self.source_map(),
                schema,
                &value,
                LazyLocation::BODY,
                ViolationKind::Schema,
                violations,
            );
        }
        self.validate_model(operation, &value, violations);
        media.is_json().then_some(value)
    }

    /// Validates the cross-field rules of the model in `body`, if this operation creates with it.
    fn validate_model(&self, operation: &Operation, body: &Value, violations: &mut Vec<Violation>) {
        let model = body
            .get("model")
            .and_then(Value::as_str)
            .and_then(|name| self.model(name))
            .filter(|model| model.operation() == operation.id);
        for rule in model.into_iter().flat_map(|model| &model.rules) {
            violations.extend(rule.validate(self.source_map(), body));
        }
    }
}

impl Contract {
    /// Returns true if `body` is a valid JSON body for `operation`.
    ///
    /// It does not collect violations, so it is much faster than
    /// [`validate_request`](Self::validate_request) on an invalid body.
    #[must_use]
    pub fn is_valid_body(&self, operation: &Operation, body: &Value) -> bool {
        let Some(media) = operation.body.as_ref().and_then(RequestBody::json) else {
            return false;
        };
        let matches_schema = media.schema.is_none_or(|schema| {
            self.schemas()
                .validator(schema)
                .is_ok_and(|validator| validator.is_valid(body))
        });
        let mut violations = Vec::new();
        if matches_schema {
            self.validate_model(operation, body, &mut violations);
        }
        matches_schema && violations.is_empty()
    }
}

/// The input of an operation's validation.
struct Inputs<'r> {
    /// The matched route and path; a callback has none.
    route: Option<(&'r Route, &'r Path<'r>)>,
    query: &'r str,
    headers: &'r HeaderMap,
    body: &'r [u8],
}

/// Returns path and query of a URI, as on a request line.
pub(crate) fn path_and_query(uri: &Uri) -> &str {
    uri.path_and_query().map_or("/", |both| both.as_str())
}
