//! The desk at which every request to the API arrives: read, judged, carried out, judged again, written down, answered.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Request, Response, header::AUTHORIZATION, request::Parts};
use hyper::body::Incoming;
use toapis_contract::{Kind, RequestParts, RequestVerdict, ResponseParts, Violation};

use super::{
    Answer, Op, account,
    create::{self, Orders},
    language::Language,
    refusal::Refusal,
    status, upload,
};
use crate::{
    clock::Moment,
    serve::{Handler, Out, Received, Wire, bytes, receive},
    world::{Category, KeyRef, Seen, Taken, World},
};

/// The most that a form may add to the file in it.
const FORM: usize = 64 << 10;

/// Handles requests to the API port.
#[derive(Clone)]
pub(crate) struct Desk(pub(crate) Arc<World>);

/// One request on its way through the desk.
struct Case<'r> {
    world: &'r World,
    head: &'r Parts,
    path_and_query: &'r str,
    body: Bytes,
    verdict: RequestVerdict,
    op: Option<Op>,
    key: Option<KeyRef>,
    now: Moment,
    task: Option<u32>,
}

impl Handler for Desk {
    async fn handle(&self, request: Request<Incoming>, _wire: Wire) -> Response<Out> {
        let world = &*self.0;
        let (head, body) = request.into_parts();
        let received = receive(body, world.facts.upload_bytes + FORM).await;
        let path_and_query = head.uri.path_and_query().map_or("/", |path| path.as_str());
        let (body, refused) = match received {
            Received::Whole(body) => (body, None),
            Received::TooLarge => (Bytes::new(), Some(true)),
            Received::Broken => (Bytes::new(), Some(false)),
        };
        let parts = RequestParts {
            method: &head.method,
            path_and_query,
            headers: &head.headers,
            body: &body,
        };
        let verdict = world.contract.check_request(&parts);
        let op = verdict.operation().and_then(|id| id.parse().ok());
        let now = world.clock.now();
        let key = world.settle_and_find_key(bearer(&head.headers), now);
        let mut case = Case {
            world,
            head: &head,
            path_and_query,
            body,
            verdict,
            op,
            key,
            now,
            task: None,
        };
        let language = Language::of(&head.headers);
        let carried_out = match refused {
            Some(true) if op == Some(Op::Upload) => Err(Refusal::UploadTooLarge),
            Some(true) => Err(Refusal::BodyTooLarge),
            _ => case.carry_out().await,
        };
        let answer = carried_out.unwrap_or_else(|refusal| refusal.answer(op, language));
        case.write_down(&answer);
        deliver(answer)
    }
}

impl Case<'_> {
    async fn carry_out(&mut self) -> Result<Answer, Refusal> {
        let world = self.world;
        let Some(op) = self.op else {
            return Err(Refusal::NoSuchUrl {
                method: self.head.method.to_string(),
                path: self.head.uri.path().to_owned(),
            });
        };
        let key = self.key.ok_or(Refusal::NoKey)?;
        self.take_token(op, key)?;
        if let Some(violation) = self
            .verdict
            .violations()
            .iter()
            .find(|violation| violation.kind() != Kind::Security)
        {
            return Err(invalid(op, violation, &self.body));
        }
        match op {
            Op::Create | Op::Edit => {
                let body = self.verdict.body().cloned().unwrap_or_default();
                let (answer, place) =
                    create::create(world, key, &body, self.now, Orders::default())?;
                self.task = Some(place);
                Ok(answer)
            }
            Op::Status => {
                let asked = percent_encoding::percent_decode_str(
                    self.head.uri.path().rsplit('/').next().unwrap_or_default(),
                );
                let asked = asked.decode_utf8_lossy();
                let place = status::find(world, key, &asked, true).ok_or(Refusal::TaskNotFound)?;
                self.task = Some(place);
                status::status(world, place, self.now)
            }
            Op::Upload => {
                upload::upload(world, key, &self.head.headers, self.body.clone(), self.now).await
            }
            Op::KeyBalance | Op::AccountBalance => Ok(account::balance(world, key, op)),
            Op::Models => Ok(account::models(
                world,
                key,
                self.head.uri.query().unwrap_or_default(),
            )),
        }
    }

    fn take_token(&self, op: Op, key: KeyRef) -> Result<(), Refusal> {
        let Some(category) = self
            .world
            .category(op)
            .filter(|_| self.world.settings.rate_limits)
        else {
            return Ok(());
        };
        let taken = self
            .world
            .state()
            .purse(key)
            .map(|purse| purse.take_token(category, self.now));
        match taken {
            Some(Taken::No {
                retry_after,
                full_in,
                per_minute,
            }) => Err(Refusal::Limited {
                category: Category::name(category),
                retry_after,
                full_in,
                per_minute,
            }),
            Some(Taken::Yes) | None => Ok(()),
        }
    }

    /// Judges the answer, and writes the exchange into the books and the log.
    fn write_down(&self, answer: &Answer) {
        let parts = ResponseParts {
            status: answer.status,
            headers: &answer.headers,
            body: &answer.body,
        };
        let response_violations = match self.op {
            Some(op) => self
                .world
                .contract
                .check_response(op.id(), &parts)
                .into_violations(),
            None => Vec::new(),
        };
        for violation in &response_violations {
            tracing::warn!(
                violation = violation.report(),
                "the simulator's own answer breaks the contract"
            );
        }
        self.world.write_down(Seen {
            port: "api",
            now: self.now,
            method: &self.head.method,
            path: self.path_and_query,
            headers: &self.head.headers,
            op: self.op,
            key: self.key,
            task: self.task,
            request_body: &self.body,
            request_violations: self.verdict.violations(),
            status: Some(answer.status),
            response_body: &answer.body,
            response_violations: &response_violations,
            faults: Vec::new(),
        });
    }
}

fn deliver(answer: Answer) -> Response<Out> {
    let mut response = Response::new(bytes(answer.body));
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    response
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

/// A breach of the contract as the service would say it.
fn invalid(op: Op, violation: &Violation, body: &[u8]) -> Refusal {
    let at = violation.location().at.trim_start_matches('/').to_owned();
    let field = at.split('/').next().unwrap_or_default();
    if op == Op::Upload {
        return Refusal::UploadUnreadable {
            message: violation.message().to_owned(),
        };
    }
    // Of a reference that is no web address the service says so in words of its own.
    if field.ends_with("image_urls") || field.ends_with("reference_images") {
        let inside = at.contains('/');
        let base64 = inside && body.windows(5).any(|window| window == b"data:");
        let message = match (inside, base64) {
            (true, true) => "base64 image is not allowed".to_owned(),
            (true, false) => "invalid image_url".to_owned(),
            _ => format!("{field} {}", violation.message()),
        };
        return Refusal::References {
            message,
            param: Some(field.to_owned()),
        };
    }
    let message = if at.is_empty() {
        violation.message().to_owned()
    } else {
        format!("{at} {}", violation.message())
    };
    Refusal::Invalid {
        param: (!at.is_empty()).then_some(at),
        message,
    }
}
