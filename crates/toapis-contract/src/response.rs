//! Validates a response: status, headers, body.

use http::{HeaderMap, StatusCode, header::CONTENT_TYPE};
use serde_json::Value;

use crate::{
    contract::Contract,
    explain,
    media_type::{self, MediaType},
    operation::{Operation, ResponseSpec},
    parameter::coerce,
    report::ValidationReport,
    violation::{LazyLocation, MessagePart, Violation, ViolationKind},
};

/// The parts of a response that the contract covers.
#[derive(Clone, Copy, Debug)]
pub struct ResponseParts<'r> {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: &'r HeaderMap,
    /// The complete body, decompressed; may be empty.
    pub body: &'r [u8],
}

impl<'r, B: AsRef<[u8]>> From<&'r http::Response<B>> for ResponseParts<'r> {
    fn from(response: &'r http::Response<B>) -> Self {
        Self {
            status: response.status(),
            headers: response.headers(),
            body: response.body().as_ref(),
        }
    }
}

impl Contract {
    /// Validates a response of the service to `operation_id`.
    ///
    /// An `operation_id` that is not in the contract is a violation.
    ///
    /// ```
    /// use http::{HeaderMap, StatusCode};
    /// use toapis_contract::{Contract, ResponseParts};
    ///
    /// let mut headers = HeaderMap::new();
    /// headers.insert("content-type", "application/json".parse().unwrap());
    /// let report = Contract::embedded().validate_response("getImageTask", &ResponseParts {
    ///     status: StatusCode::OK,
    ///     headers: &headers,
    ///     body: br#"{"id":"img_1","object":"generation.task","status":"moderating"}"#,
    /// });
    /// assert_eq!(report.violations()[0].location().at, "/status");
    /// assert_eq!(report.violations()[0].keyword(), "enum");
    /// ```
    #[must_use]
    pub fn validate_response(
        &self,
        operation_id: &str,
        response: &ResponseParts<'_>,
    ) -> ValidationReport {
        let (mut violations, found) =
            self.validate_head(operation_id, response.status, response.headers);
        let Some(answer) = found else {
            return ValidationReport::new(violations);
        };
        if let Some(media) = self.select_media_type(answer, response, &mut violations)
            && let Some(value) = self.parse_body(media, response.body, &mut violations)
        {
            self.validate_response_value(media, &value, &mut violations);
        }
        ValidationReport::new(violations)
    }

    /// Validates a response with a JSON body that is not serialized yet.
    ///
    /// The `content-type` is `application/json`, even if `headers` does not contain it.
    #[must_use]
    pub fn validate_json_response(
        &self,
        operation_id: &str,
        status: StatusCode,
        headers: &HeaderMap,
        body: &Value,
    ) -> ValidationReport {
        let (mut violations, found) = self.validate_head(operation_id, status, headers);
        if let Some(answer) = found {
            match media_type::find(&answer.content, "application/json") {
                Some(media) => self.validate_response_value(media, body, &mut violations),
                None if answer.content.is_empty() => {}
                None => violations.push(self.unexpected_media_type(answer, "application/json")),
            }
        }
        ValidationReport::new(violations)
    }

    fn validate_head(
        &self,
        operation_id: &str,
        status: StatusCode,
        headers: &HeaderMap,
    ) -> (Vec<Violation>, Option<&ResponseSpec>) {
        let Some(operation) = self.operation(operation_id) else {
            return (vec![self.unknown_operation(operation_id)], None);
        };
        let Some(answer) = operation.response(status) else {
            return (vec![self.unknown_status(operation, status)], None);
        };
        let mut violations = Vec::new();
        for header in &answer.headers {
            let place = LazyLocation::new(MessagePart::Header, &header.name);
            match headers.get(&header.name) {
                Some(value) => {
                    let value = coerce(&String::from_utf8_lossy(value.as_bytes()), header.coercion);
                    explain::validate(
                        self.schemas(),
                        self.source_map(),
                        header.schema,
                        &value,
                        place,
                        ViolationKind::Header,
                        &mut violations,
                    );
                }
                None if header.required => violations.push(
                    Violation::new(
                        self.source_map(),
                        ViolationKind::Header,
                        place,
                        &header.pointer,
                    )
                    .with_keyword("required")
                    .with_message("is missing"),
                ),
                None => {}
            }
        }
        (violations, Some(answer))
    }

    /// Selects the documented media type of the body; `None` if there is nothing more to validate.
    fn select_media_type<'c>(
        &self,
        answer: &'c ResponseSpec,
        response: &ResponseParts<'_>,
        violations: &mut Vec<Violation>,
    ) -> Option<&'c MediaType> {
        if answer.content.is_empty() {
            return None;
        }
        if response.body.is_empty() {
            if !answer.may_be_empty {
                violations.push(
                    Violation::new(
                        self.source_map(),
                        ViolationKind::Body,
                        LazyLocation::BODY,
                        &answer.pointer,
                    )
                    .with_keyword("required")
                    .with_message("the body is missing"),
                );
            }
            return None;
        }
        let essence = media_type::essence(response.headers).unwrap_or_default();
        let media = media_type::find(&answer.content, essence);
        if media.is_none() {
            violations.push(self.unexpected_media_type(answer, essence));
        }
        media
    }

    fn validate_response_value(
        &self,
        media: &MediaType,
        value: &Value,
        violations: &mut Vec<Violation>,
    ) {
        if let Some(schema) = media.schema {
            let place = LazyLocation::BODY;
            explain::validate(
                self.schemas(),
                self.source_map(),
                schema,
                value,
                place,
                ViolationKind::Schema,
                violations,
            );
        }
    }

    fn unexpected_media_type(&self, answer: &ResponseSpec, essence: &str) -> Violation {
        let place = LazyLocation::new(MessagePart::Header, CONTENT_TYPE.as_str());
        Violation::new(
            self.source_map(),
            ViolationKind::MediaType,
            place,
            format!("{}/content", answer.pointer),
        )
        .with_keyword("media_type")
        .with_message(format!("must be {}", media_type::names(&answer.content)))
        .with_actual(essence)
    }

    fn unknown_status(&self, operation: &Operation, status: StatusCode) -> Violation {
        let documented: Vec<String> = operation
            .statuses()
            .map(|range| range.to_string())
            .collect();
        let pointer = format!("{}/responses", operation.pointer);
        Violation::new(
            self.source_map(),
            ViolationKind::Status,
            LazyLocation::new(MessagePart::Status, ""),
            pointer,
        )
        .with_keyword("status")
        .with_message(format!(
            "{} documents the statuses {}",
            operation.id,
            documented.join(", ")
        ))
        .with_actual(status.as_str())
    }

    /// Parses a body as JSON or text; `None` for another media type or an invalid body.
    pub(crate) fn parse_body(
        &self,
        media: &MediaType,
        body: &[u8],
        violations: &mut Vec<Violation>,
    ) -> Option<Value> {
        let invalid = |rule: &'static str, message: String| {
            Violation::new(
                self.source_map(),
                ViolationKind::Body,
                LazyLocation::BODY,
                &media.pointer,
            )
            .with_keyword(rule)
            .with_message(message)
            .with_actual(&String::from_utf8_lossy(&body[..body.len().min(1024)]))
        };
        let parsed = if media.is_json() {
            serde_json::from_slice(body)
                .map_err(|error| invalid("json", format!("the body is not JSON: {error}")))
        } else if media.is_text() {
            std::str::from_utf8(body)
                .map(|text| Value::String(text.to_owned()))
                .map_err(|error| invalid("text", format!("the body is not text: {error}")))
        } else {
            return None;
        };
        parsed.map_err(|violation| violations.push(violation)).ok()
    }
}
