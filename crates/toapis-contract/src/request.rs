//! Judges a request: path, method, key, parameters, body.

use std::{borrow::Cow, sync::Arc};

use http::{HeaderMap, Method, header::CONTENT_TYPE};
use serde_json::Value;

use crate::{
    contract::Contract,
    exchange::path_and_query,
    explain, media,
    operation::Operation,
    parameter::{Parameter, coerce},
    paths::{Path, PathFault, Route},
    verdict::RequestVerdict,
    violation::{Kind, Part, Place, Violation},
};

/// The parts of a request that the contract speaks of.
#[derive(Clone, Copy, Debug)]
pub struct RequestParts<'r> {
    /// The method.
    pub method: &'r Method,
    /// Path and query as they stand on the request line, percent-encoded, without scheme and host.
    pub path_and_query: &'r str,
    /// The headers.
    pub headers: &'r HeaderMap,
    /// The whole body; empty for none.
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
    /// Judges a request that a client sends to the service.
    ///
    /// ```
    /// use http::{HeaderMap, Method};
    /// use toapis_contract::{Contract, Kind, RequestParts};
    ///
    /// let verdict = Contract::embedded().check_request(&RequestParts {
    ///     method: &Method::GET,
    ///     path_and_query: "/v1/balance",
    ///     headers: &HeaderMap::new(),
    ///     body: b"",
    /// });
    /// assert_eq!(verdict.operation(), Some("getKeyBalance"));
    /// assert_eq!(verdict.violations()[0].kind(), Kind::Security);
    /// ```
    #[must_use]
    pub fn check_request(&self, request: &RequestParts<'_>) -> RequestVerdict {
        let (path, query) = match request.path_and_query.split_once('?') {
            Some((path, query)) => (path, query),
            None => (request.path_and_query, ""),
        };
        let found = self
            .read_path(path)
            .and_then(|read| Ok((self.find(request.method, path, &read)?, read)));
        let ((route, operation), path) = match found {
            Ok(found) => found,
            Err(violation) => return RequestVerdict::new(None, None, vec![*violation]),
        };
        let mut violations = Vec::new();
        let inputs = Inputs {
            route: Some((route, &path)),
            query,
            headers: request.headers,
            body: request.body,
        };
        let body = self.check_inputs(operation, &inputs, &mut violations);
        RequestVerdict::new(Some(Arc::clone(operation)), body, violations)
    }

    /// Judges a request that the service sends to a customer (a callback, as `receiveWebhook`); its URL is the customer's own.
    ///
    /// An `operation_id` that is no callback of the contract is a violation.
    #[must_use]
    pub fn check_callback(
        &self,
        operation_id: &str,
        headers: &HeaderMap,
        body: &[u8],
    ) -> RequestVerdict {
        let callback = self
            .operation_arc(operation_id)
            .filter(|operation| operation.callback_of.is_some());
        let Some(operation) = callback else {
            return RequestVerdict::new(None, None, vec![self.unknown_operation(operation_id)]);
        };
        let mut violations = Vec::new();
        let inputs = Inputs {
            route: None,
            query: "",
            headers,
            body,
        };
        let body = self.check_inputs(operation, &inputs, &mut violations);
        RequestVerdict::new(Some(Arc::clone(operation)), body, violations)
    }

    fn read_path<'p>(&self, path: &'p str) -> Result<Path<'p>, Box<Violation>> {
        Path::read(path).map_err(|fault| {
            let message = match fault {
                PathFault::DotSegment => "a segment `.` or `..` may lead elsewhere",
                PathFault::NotText => "the percent-encoding is no UTF-8 text",
            };
            self.bad_path(path, message)
        })
    }

    fn bad_path(&self, path: &str, message: &str) -> Box<Violation> {
        let place = Place::new(Part::Path, "");
        Box::new(
            Violation::new(self.lines(), Kind::Path, place, "/paths")
                .rule_is("path")
                .says(message)
                .got_text(path),
        )
    }

    /// The route and the operation behind a path and a method.
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
        let place = Place::new(Part::Method, "");
        Err(Box::new(
            Violation::new(self.lines(), Kind::Method, place, &route.pointer)
                .rule_is("method")
                .says(format!("the path takes {}", methods.join(", ")))
                .got_text(method.as_str()),
        ))
    }

    fn check_inputs(
        &self,
        operation: &Operation,
        inputs: &Inputs<'_>,
        violations: &mut Vec<Violation>,
    ) -> Option<Value> {
        if let Some(fault) = operation.security.fault(inputs.headers) {
            let place = Place::new(Part::Header, "authorization");
            violations.push(
                Violation::new(
                    self.lines(),
                    Kind::Security,
                    place,
                    &operation.security.pointer,
                )
                .rule_is("security")
                .says(fault),
            );
        }
        for parameter in &operation.parameters {
            self.check_parameter(parameter, inputs, violations);
        }
        self.check_request_body(operation, inputs, violations)
    }

    fn check_parameter(
        &self,
        parameter: &Parameter,
        inputs: &Inputs<'_>,
        violations: &mut Vec<Violation>,
    ) {
        let (kind, found) = match parameter.part {
            Part::Path => {
                let Some((route, path)) = inputs.route else {
                    return;
                };
                let found = route.parameter(&parameter.name, path);
                (Kind::Parameter, found.map(Cow::Borrowed))
            }
            Part::Query => {
                let found = form_urlencoded::parse(inputs.query.as_bytes())
                    .find(|(name, _)| *name == parameter.name)
                    .map(|(_, value)| value);
                (Kind::Parameter, found)
            }
            _ => {
                let found = inputs
                    .headers
                    .get(&parameter.name)
                    .map(|value| String::from_utf8_lossy(value.as_bytes()));
                (Kind::Header, found)
            }
        };
        let place = Place::new(parameter.part, &parameter.name);
        match found {
            Some(text) => {
                let value = coerce(&text, parameter.coercion);
                explain::judge(
                    self.schemas(),
                    self.lines(),
                    parameter.schema,
                    &value,
                    place,
                    kind,
                    violations,
                );
            }
            None if parameter.required => violations.push(
                Violation::new(self.lines(), kind, place, &parameter.pointer)
                    .rule_is("required")
                    .says("is missing"),
            ),
            None => {}
        }
    }

    fn check_request_body(
        &self,
        operation: &Operation,
        inputs: &Inputs<'_>,
        violations: &mut Vec<Violation>,
    ) -> Option<Value> {
        let wanted = operation.body.as_ref()?;
        if inputs.body.is_empty() {
            if wanted.required {
                violations.push(
                    Violation::new(self.lines(), Kind::Body, Place::BODY, &wanted.pointer)
                        .rule_is("required")
                        .says("the body is missing"),
                );
            }
            return None;
        }
        let essence = media::essence(inputs.headers).unwrap_or_default();
        let Some(media) = media::find(&wanted.content, essence) else {
            let place = Place::new(Part::Header, CONTENT_TYPE.as_str());
            violations.push(
                Violation::new(self.lines(), Kind::MediaType, place, &wanted.pointer)
                    .rule_is("media_type")
                    .says(format!("must be {}", media::names(&wanted.content)))
                    .got_text(essence),
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
                self.lines(),
                content_type.unwrap_or_default(),
                inputs.body,
                violations,
            );
            return None;
        }
        let value = self.read_body(media, inputs.body, violations)?;
        if let Some(schema) = media.schema {
            explain::judge(
                self.schemas(),
                self.lines(),
                schema,
                &value,
                Place::BODY,
                Kind::Schema,
                violations,
            );
        }
        self.check_model(operation, &value, violations);
        media.is_json().then_some(value)
    }

    /// The rules across fields of the model that `body` names, if it is one of this operation's.
    fn check_model(&self, operation: &Operation, body: &Value, violations: &mut Vec<Violation>) {
        let model = body
            .get("model")
            .and_then(Value::as_str)
            .and_then(|name| self.model(name))
            .filter(|model| model.operation() == operation.id);
        for rule in model.into_iter().flat_map(|model| &model.rules) {
            violations.extend(rule.judge(self.lines(), body));
        }
    }
}

#[cfg(feature = "suite")]
impl Contract {
    /// Whether `body` is legal JSON for an operation, without saying why not: much faster than
    /// [`check_request`](Self::check_request) on a body that is not.
    pub(crate) fn takes(&self, operation: &Operation, media: &media::Media, body: &Value) -> bool {
        let fits = media.schema.is_none_or(|schema| {
            self.schemas()
                .validator(schema)
                .is_ok_and(|validator| validator.is_valid(body))
        });
        let mut violations = Vec::new();
        if fits {
            self.check_model(operation, body, &mut violations);
        }
        fits && violations.is_empty()
    }
}

/// What an operation's own checks look at.
struct Inputs<'r> {
    /// The route and the path that matched it; a callback has none.
    route: Option<(&'r Route, &'r Path<'r>)>,
    query: &'r str,
    headers: &'r HeaderMap,
    body: &'r [u8],
}
