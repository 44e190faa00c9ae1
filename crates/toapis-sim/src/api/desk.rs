//! The desk at which every request to the API arrives: read, judged, carried out, judged again, written down, answered.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Request, Response, header::AUTHORIZATION, request::Parts};
use hyper::body::Incoming;
use serde_json::{Map, Value};
use toapis_contract::{Kind, RequestParts, RequestVerdict, Violation};

use super::{Answer, Op, account, create, language::Language, refusal::Refusal, status, upload};
use crate::{
    clock::Moment,
    fault::{self, Action, Drawn, Wait},
    serve::{Handler, Out, Received, Wire, deliver, is_lost, receive},
    world::{Category, Failure, KeyRef, Seen, Taken, World},
};

/// The most that a form may add to the file in it.
const FORM: usize = 64 << 10;

/// Handles requests to the API port.
#[derive(Clone)]
pub(crate) struct Desk(pub(crate) Arc<World>);

/// What the faults tell the one who carries a request out.
#[derive(Clone, Debug, Default)]
pub(super) struct Orders {
    /// The task will fail so.
    pub(super) failure: Option<Failure>,
    /// Only the catalogue's form of references is taken.
    pub(super) strict_references: bool,
    /// The prompt is refused.
    pub(super) moderated: bool,
    /// So long a task is not found.
    pub(super) missing: Option<Wait>,
    /// A task is not found by the id that its caller gave it.
    pub(super) no_business_id: bool,
    /// So often the task's webhook is delivered again though it was taken.
    pub(super) webhook_again: u32,
}

/// One request on its way through the desk.
struct Case<'r> {
    world: &'r World,
    head: Parts,
    body: Bytes,
    verdict: RequestVerdict,
    op: Option<Op>,
    key: Option<KeyRef>,
    now: Moment,
    /// The task that it is about, and whether it was named by its business id.
    task: Option<(u32, bool)>,
    polls: u32,
    faults: Vec<Drawn>,
}

impl Handler for Desk {
    async fn handle(&self, request: Request<Incoming>, wire: Wire) -> Response<Out> {
        let world = &*self.0;
        let (head, body) = request.into_parts();
        let received = receive(body, world.facts.upload_bytes + FORM).await;
        let too_large = matches!(received, Received::TooLarge);
        let body = match received {
            Received::Whole(body) => body,
            // Whoever went away in the middle of a request hears no answer; nothing is carried out.
            Received::Broken | Received::TooLarge => Bytes::new(),
        };
        let parts = RequestParts {
            method: &head.method,
            path_and_query: head.uri.path_and_query().map_or("/", |path| path.as_str()),
            headers: &head.headers,
            body: &body,
        };
        let verdict = world.contract.check_request(&parts);
        let op = verdict.operation().and_then(|id| id.parse().ok());
        let now = world.clock.now();
        let key = world.settle_and_find_key(bearer(&head.headers), now);
        let mut case = Case {
            world,
            head,
            body,
            verdict,
            op,
            key,
            now,
            task: None,
            polls: 0,
            faults: Vec::new(),
        };
        case.find_task();
        case.draw_faults();
        let mut answer = case.answer(too_large).await;
        let faults = case.write_down(&answer);
        // Faults of the service carry an id as its answers do; what never came from it has none.
        if !answer.body.is_empty() {
            answer.headers.insert(
                world.facts.request_id_header.clone(),
                world.next_request_id(),
            );
        }
        deliver(answer, &faults, &wire).await
    }
}

impl Case<'_> {
    fn find_task(&mut self) {
        if let (Some(Op::Status), Some(key)) = (self.op, self.key) {
            let last = self.head.uri.path().rsplit('/').next().unwrap_or_default();
            let asked = percent_encoding::percent_decode_str(last).decode_utf8_lossy();
            self.task = status::find(self.world, key, &asked);
        }
    }

    fn draw_faults(&mut self) {
        let model = self
            .verdict
            .body()
            .and_then(|body| body.get("model"))
            .and_then(Value::as_str);
        let task = self.task.map(|(place, _)| place);
        self.faults = self
            .world
            .draw_faults(self.op, false, model, task, self.key);
    }

    /// The answer of the service, or of the fault that takes its place.
    async fn answer(&mut self, too_large: bool) -> Answer {
        let contract = self.world.contract;
        let instead = self
            .faults
            .iter()
            .find_map(|fault| fault::stand_in(contract, &fault.action, self.op));
        let held_back = self.faults.iter().any(|fault| {
            fault.action.keeps_it_from_being_carried_out()
                && !matches!(fault.action, Action::Moderate { .. })
        });
        if held_back {
            // Without an answer of its own such a fault sends none at all, and this one is only for the log.
            return instead
                .unwrap_or_else(|| Answer::new(http::StatusCode::OK, "text/plain", Bytes::new()));
        }
        let done = match (too_large, self.op) {
            (true, Some(Op::Upload)) => Err(Refusal::UploadTooLarge {
                most: self.world.facts.upload_bytes,
            }),
            (true, _) => Err(Refusal::BodyTooLarge),
            (false, _) => self.carry_out().await,
        };
        match done {
            Ok(answer) => instead.unwrap_or_else(|| self.reshape(answer)),
            Err(refusal) => refusal.answer(
                self.op,
                Language::of(&self.head.headers),
                &self.world.facts.rate_headers,
            ),
        }
    }

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
            return Err(invalid(world, op, violation, &self.body));
        }
        let orders = self.orders();
        match op {
            Op::Create | Op::Edit => {
                let body = self.verdict.body().unwrap_or(&Value::Null);
                let (answer, place) = create::create(world, op, key, body, self.now, &orders)?;
                self.task = Some((place, false));
                world.announce(place, key);
                Ok(answer)
            }
            Op::Status => {
                let (place, by_business_id) = self.task.ok_or(Refusal::TaskNotFound)?;
                if by_business_id && orders.no_business_id {
                    return Err(Refusal::TaskNotFound);
                }
                let (answer, polls) = status::status(world, place, self.now, &orders)?;
                self.polls = polls;
                Ok(answer)
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

    fn orders(&self) -> Orders {
        let mut orders = Orders::default();
        for fault in &self.faults {
            match &fault.action {
                Action::Fail { code, message } => {
                    let message = message.clone().unwrap_or_else(|| {
                        "call upstream API failed: upstream returned status 422".to_owned()
                    });
                    orders.failure = Some(Failure {
                        code: code.clone(),
                        message,
                    });
                }
                Action::Moderate { later: false } => orders.moderated = true,
                Action::Moderate { later: true } => {
                    let (_, code) = Refusal::Moderated.row();
                    let message = "The picture was rejected by the content policy".to_owned();
                    orders.failure = Some(Failure {
                        code: code.to_owned(),
                        message,
                    });
                }
                Action::StrictReferences => orders.strict_references = true,
                Action::Missing(wait) => orders.missing = Some(*wait),
                Action::NoBusinessId => orders.no_business_id = true,
                Action::WebhookAgain { times } => orders.webhook_again = *times,
                _ => {}
            }
        }
        orders
    }

    fn reshape(&self, mut answer: Answer) -> Answer {
        if self.faults.is_empty() {
            return answer;
        }
        if let Ok(mut body) = serde_json::from_slice::<Map<String, Value>>(&answer.body) {
            let mut changed = false;
            for fault in &self.faults {
                changed |= fault::reshape(&fault.action, &mut body, self.polls);
            }
            if changed {
                answer.body = Answer::json(answer.status, &body).body;
            }
        }
        answer
    }

    /// Judges the answer, and writes the exchange into the books and the log. Gives the faults back.
    fn write_down(self, answer: &Answer) -> Vec<Drawn> {
        let lost = is_lost(&self.faults);
        let response_violations = match self.op.filter(|_| !lost) {
            Some(op) => self.world.judge.violations(op, answer),
            None => Vec::new(),
        };
        if self.faults.is_empty() {
            for violation in &response_violations {
                tracing::error!(
                    violation = violation.report(),
                    "the simulator's own answer breaks the contract"
                );
            }
        }
        self.world.write_down(Seen {
            port: "api",
            now: self.now,
            head: &self.head,
            op: self.op,
            key: self.key,
            task: self.task,
            request_body: &self.body,
            request_violations: self.verdict.into_violations(),
            status: (!lost).then_some(answer.status),
            response_body: if lost { &[] } else { &answer.body },
            response_violations,
            faults: self
                .faults
                .iter()
                .map(|fault| Arc::clone(&fault.rule))
                .collect(),
        });
        self.faults
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

/// A breach of the contract as the service would say it.
fn invalid(world: &World, op: Op, violation: &Violation, body: &[u8]) -> Refusal {
    let at = violation.location().at.trim_start_matches('/').to_owned();
    let field = at.split('/').next().unwrap_or_default();
    let said = violation.message();
    let message = match violation.kind() {
        // A rule across fields names them itself.
        Kind::ModelRule => said.to_owned(),
        _ if at.is_empty() => said.to_owned(),
        _ => format!("{at} {said}"),
    };
    if op == Op::Upload {
        return match violation.rule() {
            "encoding" => upload::wrong_type(world),
            _ if at.is_empty() => Refusal::UploadUnreadable { message },
            _ => Refusal::UploadUnreadable {
                message: format!("{at}: {said}"),
            },
        };
    }
    // Of a reference that is no web address the service says so in words of its own.
    if field.ends_with("image_urls") || field.ends_with("reference_images") {
        let inside = at.contains('/');
        let base64 = inside && body.windows(5).any(|window| window == b"data:");
        let message = match (inside, base64) {
            (true, true) => "base64 image is not allowed".to_owned(),
            (true, false) => "invalid image_url".to_owned(),
            _ => message,
        };
        return Refusal::References {
            message,
            param: Some(field.to_owned()),
        };
    }
    Refusal::Invalid {
        param: (!at.is_empty()).then_some(at),
        message,
    }
}
