//! Judges an answer: status, headers, body.

use http::{HeaderMap, StatusCode, header::CONTENT_TYPE};
use serde_json::Value;

use crate::{
    contract::Contract,
    explain,
    media::{self, Media},
    operation::{Answer, Operation},
    parameter::coerce,
    verdict::Verdict,
    violation::{Kind, Part, Place, Violation},
};

/// The parts of an answer that the contract speaks of.
#[derive(Clone, Copy, Debug)]
pub struct ResponseParts<'r> {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: &'r HeaderMap,
    /// The whole body, decompressed; empty for none.
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
    /// Judges the answer that a service gave to `operation_id`.
    ///
    /// An `operation_id` that is none of the contract's is a violation.
    ///
    /// ```
    /// use http::{HeaderMap, StatusCode};
    /// use toapis_contract::{Contract, ResponseParts};
    ///
    /// let mut headers = HeaderMap::new();
    /// headers.insert("content-type", "application/json".parse().unwrap());
    /// let verdict = Contract::embedded().check_response("getImageTask", &ResponseParts {
    ///     status: StatusCode::OK,
    ///     headers: &headers,
    ///     body: br#"{"id":"img_1","object":"generation.task","status":"moderating"}"#,
    /// });
    /// assert_eq!(verdict.violations()[0].location().at, "/status");
    /// assert_eq!(verdict.violations()[0].rule(), "enum");
    /// ```
    #[must_use]
    pub fn check_response(&self, operation_id: &str, response: &ResponseParts<'_>) -> Verdict {
        let (mut violations, found) =
            self.check_head(operation_id, response.status, response.headers);
        let Some(answer) = found else {
            return Verdict::new(violations);
        };
        if let Some(media) = self.find_media(answer, response, &mut violations)
            && let Some(value) = self.read_body(media, response.body, &mut violations)
        {
            self.check_answer_value(media, &value, &mut violations);
        }
        Verdict::new(violations)
    }

    /// Judges an answer whose JSON body has not been written out yet: the same verdict for less work.
    ///
    /// `headers` may still lack the `content-type`, which is taken to be `application/json`.
    #[must_use]
    pub fn check_json_response(
        &self,
        operation_id: &str,
        status: StatusCode,
        headers: &HeaderMap,
        body: &Value,
    ) -> Verdict {
        let (mut violations, found) = self.check_head(operation_id, status, headers);
        if let Some(answer) = found {
            match media::find(&answer.content, "application/json") {
                Some(media) => self.check_answer_value(media, body, &mut violations),
                None if answer.content.is_empty() => {}
                None => violations.push(self.wrong_media(answer, "application/json")),
            }
        }
        Verdict::new(violations)
    }

    fn check_head(
        &self,
        operation_id: &str,
        status: StatusCode,
        headers: &HeaderMap,
    ) -> (Vec<Violation>, Option<&Answer>) {
        let Some(operation) = self.operation(operation_id) else {
            return (vec![self.unknown_operation(operation_id)], None);
        };
        let Some(answer) = operation.answer(status) else {
            return (vec![self.unknown_status(operation, status)], None);
        };
        let mut violations = Vec::new();
        for header in &answer.headers {
            let place = Place::new(Part::Header, &header.name);
            match headers.get(&header.name) {
                Some(value) => {
                    let value = coerce(&String::from_utf8_lossy(value.as_bytes()), header.coercion);
                    explain::judge(
                        self.schemas(),
                        self.lines(),
                        header.schema,
                        &value,
                        place,
                        Kind::Header,
                        &mut violations,
                    );
                }
                None if header.required => violations.push(
                    Violation::new(self.lines(), Kind::Header, place, &header.pointer)
                        .rule_is("required")
                        .says("is missing"),
                ),
                None => {}
            }
        }
        (violations, Some(answer))
    }

    /// The media type whose schema judges the body; `None` once there is nothing more to judge.
    fn find_media<'c>(
        &self,
        answer: &'c Answer,
        response: &ResponseParts<'_>,
        violations: &mut Vec<Violation>,
    ) -> Option<&'c Media> {
        if answer.content.is_empty() {
            return None;
        }
        if response.body.is_empty() {
            if !answer.may_be_empty {
                violations.push(
                    Violation::new(self.lines(), Kind::Body, Place::BODY, &answer.pointer)
                        .rule_is("required")
                        .says("the body is missing"),
                );
            }
            return None;
        }
        let essence = media::essence(response.headers).unwrap_or_default();
        let media = media::find(&answer.content, essence);
        if media.is_none() {
            violations.push(self.wrong_media(answer, essence));
        }
        media
    }

    fn check_answer_value(&self, media: &Media, value: &Value, violations: &mut Vec<Violation>) {
        if let Some(schema) = media.schema {
            let place = Place::BODY;
            explain::judge(
                self.schemas(),
                self.lines(),
                schema,
                value,
                place,
                Kind::Schema,
                violations,
            );
        }
    }

    fn wrong_media(&self, answer: &Answer, essence: &str) -> Violation {
        let place = Place::new(Part::Header, CONTENT_TYPE.as_str());
        Violation::new(
            self.lines(),
            Kind::MediaType,
            place,
            format!("{}/content", answer.pointer),
        )
        .rule_is("media_type")
        .says(format!("must be {}", media::names(&answer.content)))
        .got_text(essence)
    }

    fn unknown_status(&self, operation: &Operation, status: StatusCode) -> Violation {
        let documented: Vec<String> = operation
            .statuses()
            .map(|range| range.to_string())
            .collect();
        let pointer = format!("{}/responses", operation.pointer);
        Violation::new(
            self.lines(),
            Kind::Status,
            Place::new(Part::Status, ""),
            pointer,
        )
        .rule_is("status")
        .says(format!(
            "{} is documented to answer {}",
            operation.id,
            documented.join(", ")
        ))
        .got_text(status.as_str())
    }

    /// Reads a body as its media type says; `None` if it is none that a schema looks into, or cannot be read.
    pub(crate) fn read_body(
        &self,
        media: &Media,
        body: &[u8],
        violations: &mut Vec<Violation>,
    ) -> Option<Value> {
        let unreadable = |rule: &'static str, message: String| {
            Violation::new(self.lines(), Kind::Body, Place::BODY, &media.pointer)
                .rule_is(rule)
                .says(message)
                .got_text(&String::from_utf8_lossy(&body[..body.len().min(1024)]))
        };
        let read = if media.is_json() {
            serde_json::from_slice(body)
                .map_err(|error| unreadable("json", format!("the body is not JSON: {error}")))
        } else if media.is_text() {
            std::str::from_utf8(body)
                .map(|text| Value::String(text.to_owned()))
                .map_err(|error| unreadable("text", format!("the body is not text: {error}")))
        } else {
            return None;
        };
        read.map_err(|violation| violations.push(violation)).ok()
    }
}
