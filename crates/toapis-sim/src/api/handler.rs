//! Requests to the API port: validated, executed, validated again, recorded, sent.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri, request::Parts};
use hyper::body::Incoming;
use serde_json::{Map, Value};
use toapis_contract::{RequestParts, RequestReport, ViolationKind};

use super::{
    account, create,
    credentials::{bearer_key, key_problem},
    error::ApiError,
    language::Language,
    response_check::ResponseValidator,
    status, upload,
    violation::invalid_request,
};
use crate::{
    clock::SimInstant,
    faults::{
        self, Action, ActiveFault, Endpoint, FaultEffects, FaultInjector, FaultTarget,
        plan_response,
    },
    operation::Operation,
    server::{
        AllowedHosts, BufferedResponse, ConnectionHandle, Handler, ReceivedBody, ResponseBody,
        ResponsePlan, allow_any_origin, preflight_response, receive_body, send_response,
    },
    state::{Acquired, AppState, ExchangeRecord, KeyRef, Port, TaskMatch},
    task_object::TaskObject,
    webhooks::WebhookSender,
};

/// The maximum number of bytes that a form adds to the file in it.
const MAX_FORM_OVERHEAD_BYTES: usize = 64 << 10;

/// Announces the simulator and its speed, so that clients can poll it faster than the service:
/// `speed=10`.
const SIMULATOR_HEADER: HeaderName = HeaderName::from_static("x-toapis-simulator");

/// Handles requests to the API port.
#[derive(Clone)]
pub(crate) struct ApiHandler(Arc<Shared>);

struct Shared {
    app: Arc<AppState>,
    faults: Arc<FaultInjector>,
    webhooks: WebhookSender,
    validator: ResponseValidator,
    allowed_hosts: AllowedHosts,
    simulator_header: HeaderValue,
}

/// A request while it is handled.
struct RequestContext<'r> {
    shared: &'r Shared,
    app: &'r AppState,
    head: Parts,
    body: Bytes,
    is_too_large: bool,
    verdict: RequestReport,
    operation: Option<Operation>,
    key: Option<KeyRef>,
    now: SimInstant,
    task: Option<TaskMatch>,
    polls: u32,
    faults: Vec<ActiveFault>,
}

impl ApiHandler {
    pub(crate) fn new(
        app: Arc<AppState>,
        faults: Arc<FaultInjector>,
        webhooks: WebhookSender,
    ) -> Self {
        let validator = ResponseValidator::new(app.contract);
        let allowed_hosts = AllowedHosts(app.config.allowed_hosts.clone());
        // A number is a valid header value.
        let simulator_header = HeaderValue::try_from(format!("speed={}", app.config.speed))
            .unwrap_or_else(|_| HeaderValue::from_static("speed=1"));
        Self(Arc::new(Shared {
            app,
            faults,
            webhooks,
            validator,
            allowed_hosts,
            simulator_header,
        }))
    }

    /// Returns the response to a request that is not one to the API: a host that is not allowed, or
    /// a preflight request.
    fn respond_early(&self, request: &Request<Incoming>) -> Option<BufferedResponse> {
        let headers = request.headers();
        self.0.allowed_hosts.reject(headers).or_else(|| {
            let is_preflight = request.method() == Method::OPTIONS
                && (self.0.app.config.cors || is_balance(request.uri().path()));
            is_preflight.then(|| preflight_response(headers, "GET, POST, OPTIONS"))
        })
    }
}

impl Handler for ApiHandler {
    async fn handle(
        &self,
        request: Request<Incoming>,
        connection: ConnectionHandle,
    ) -> Response<ResponseBody> {
        if let Some(response) = self.respond_early(&request) {
            return send_response(ResponsePlan::complete(response), &connection).await;
        }
        let mut context = RequestContext::receive(&self.0, request).await;
        context.find_task();
        context.select_faults();
        let response = context.respond().await;
        send_response(context.finish(response), &connection).await
    }
}

impl<'r> RequestContext<'r> {
    /// Reads, validates and authenticates a request.
    async fn receive(shared: &'r Shared, request: Request<Incoming>) -> Self {
        let app = &*shared.app;
        let (mut head, body) = request.into_parts();
        resolve_alias(&mut head.uri);
        let limit = app.contract_data.max_upload_bytes() + MAX_FORM_OVERHEAD_BYTES;
        let (body, is_too_large) = match receive_body(body, limit).await {
            ReceivedBody::Complete(body) => (body, false),
            ReceivedBody::TooLarge => (Bytes::new(), true),
            // The client has disconnected and receives no response; nothing is executed.
            ReceivedBody::Incomplete => (Bytes::new(), false),
        };
        let verdict = app.contract.validate_request(&RequestParts {
            method: &head.method,
            path_and_query: head.uri.path_and_query().map_or("/", |path| path.as_str()),
            headers: &head.headers,
            body: &body,
        });
        let operation = verdict.operation().and_then(|id| id.parse().ok());
        let now = app.clock.now();
        let key = app.authenticate(bearer_key(&head.headers), now);
        Self {
            shared,
            app,
            head,
            body,
            is_too_large,
            verdict,
            operation,
            key,
            now,
            task: None,
            polls: 0,
            faults: Vec::new(),
        }
    }

    fn find_task(&mut self) {
        if let (Some(Operation::Status), Some(key)) = (self.operation, self.key) {
            let last = self.head.uri.path().rsplit('/').next().unwrap_or_default();
            let id = percent_encoding::percent_decode_str(last).decode_utf8_lossy();
            self.task = self.app.find_task(key, &id);
        }
    }

    fn select_faults(&mut self) {
        let model = self.verdict.body().and_then(|body| body.get("model"));
        let target = FaultTarget {
            endpoint: Endpoint::Api(self.operation),
            model: model.and_then(Value::as_str),
            task: self.task.map(|found| found.task),
            key: self.key,
        };
        self.faults = self.shared.faults.select(self.app, &target);
    }

    /// Returns the response of the service, or of the fault that replaces it.
    async fn respond(&mut self) -> BufferedResponse {
        let endpoint = Endpoint::Api(self.operation);
        let replacement = self.faults.iter().find_map(|fault| {
            faults::override_response(&self.app.contract_data.errors, &fault.action, endpoint)
        });
        // Moderation is a response of the service itself.
        let is_prevented = self.faults.iter().any(|fault| {
            fault.action.prevents_execution() && !matches!(fault.action, Action::Moderate { .. })
        });
        if is_prevented {
            // A fault without a response suppresses this placeholder.
            let placeholder = || BufferedResponse::empty(StatusCode::OK);
            return replacement.unwrap_or_else(placeholder);
        }
        match self.execute().await {
            Ok(response) => replacement.unwrap_or_else(|| self.apply_mutations(response)),
            Err(error) => error.to_response(
                self.operation,
                Language::from_accept_language(&self.head.headers),
                &self.app.contract_data.rate_headers,
            ),
        }
    }

    /// Executes a request, or returns why it fails. Checks run in the order: size, path, key, rate
    /// limit, contract, and then what the operation itself checks.
    async fn execute(&mut self) -> Result<BufferedResponse, ApiError> {
        if self.is_too_large {
            return Err(match self.operation {
                Some(Operation::Upload) => ApiError::UploadTooLarge {
                    limit: self.app.contract_data.max_upload_bytes(),
                },
                _ => ApiError::BodyTooLarge,
            });
        }
        let Some(operation) = self.operation else {
            return Err(ApiError::UnknownUrl {
                method: self.head.method.to_string(),
                path: self.head.uri.path().to_owned(),
            });
        };
        let key = self
            .key
            .ok_or_else(|| ApiError::InvalidKey(key_problem(&self.head.headers)))?;
        self.acquire_token(operation, key)?;
        let violations = self.verdict.violations();
        if let Some(violation) = violations
            .iter()
            .find(|one| one.kind() != ViolationKind::Security)
        {
            return Err(invalid_request(self.app, operation, violation, &self.body));
        }
        self.dispatch(operation, key).await
    }

    async fn dispatch(
        &mut self,
        operation: Operation,
        key: KeyRef,
    ) -> Result<BufferedResponse, ApiError> {
        let app = self.app;
        let effects = FaultEffects::from_faults(&self.faults);
        match operation {
            Operation::Create | Operation::Edit => {
                let body = self.verdict.body().unwrap_or(&Value::Null);
                let index = create::create(app, operation, key, body, self.now, &effects)?;
                self.task = Some(TaskMatch {
                    task: index,
                    by_business_id: false,
                });
                self.shared.webhooks.enqueue_task(app, index, key);
                let store = app.store();
                let task = store.task(index).ok_or(ApiError::TaskNotFound)?;
                let object = TaskObject::created(app, task, self.now);
                Ok(BufferedResponse::json(StatusCode::OK, &object))
            }
            Operation::Status => {
                let found = self.task.ok_or(ApiError::TaskNotFound)?;
                if found.by_business_id && effects.no_business_id {
                    return Err(ApiError::TaskNotFound);
                }
                let (response, polls) = status::poll(app, found.task, self.now, &effects)?;
                self.polls = polls;
                Ok(response)
            }
            Operation::Upload => {
                upload::upload(app, key, &self.head.headers, self.body.clone(), self.now).await
            }
            Operation::KeyBalance | Operation::AccountBalance => {
                Ok(account::balance(app, key, operation))
            }
            Operation::Models => {
                let query = self.head.uri.query().unwrap_or_default();
                Ok(account::models(app, key, query))
            }
        }
    }

    fn acquire_token(&self, operation: Operation, key: KeyRef) -> Result<(), ApiError> {
        let Some(category) = self.app.rate_category(operation) else {
            return Ok(());
        };
        let mut store = self.app.store();
        let Some(account) = store.account_mut(key) else {
            return Ok(());
        };
        match account.acquire_token(category, self.now) {
            Acquired::Yes => Ok(()),
            Acquired::No {
                retry_after,
                full_in,
                per_minute,
            } => Err(ApiError::RateLimited {
                category: category.name(),
                retry_after,
                full_in,
                per_minute,
            }),
        }
    }

    fn apply_mutations(&self, mut response: BufferedResponse) -> BufferedResponse {
        if self.faults.is_empty() {
            return response;
        }
        if let Ok(mut body) = serde_json::from_slice::<Map<String, Value>>(&response.body) {
            let mut changed = false;
            for fault in &self.faults {
                changed |= faults::mutate_response(&fault.action, &mut body, self.polls);
            }
            if changed {
                response.body = BufferedResponse::json(response.status, &body).body;
            }
        }
        response
    }

    /// Validates the response, records the exchange, and plans how the response is sent.
    fn finish(self, response: BufferedResponse) -> ResponsePlan {
        let violations = self
            .operation
            .map(|operation| self.shared.validator.violations(operation, &response))
            .unwrap_or_default();
        if self.faults.is_empty() {
            for violation in &violations {
                tracing::error!(
                    violation = violation.report(),
                    "the simulator's response violates the contract"
                );
            }
        }
        let (status, body) = (response.status, response.body.clone());
        let mut plan = plan_response(response, &self.faults);
        // A gateway's empty response has no request id.
        if !body.is_empty() {
            plan.response.headers.insert(
                self.app.contract_data.request_id_header.clone(),
                self.app.next_request_id(),
            );
            plan.response
                .headers
                .insert(SIMULATOR_HEADER, self.shared.simulator_header.clone());
        }
        if self.app.config.cors || is_balance(self.head.uri.path()) {
            allow_any_origin(&mut plan.response.headers);
        }
        let is_sent = !plan.is_suppressed();
        self.app.record_exchange(ExchangeRecord {
            port: Port::Api,
            now: self.now,
            head: &self.head,
            operation: self.operation,
            key: self.key,
            task: self.task.map(|found| found.task),
            by_business_id: self.task.is_some_and(|found| found.by_business_id),
            request_body: &self.body,
            request_violations: self.verdict.into_violations(),
            status: is_sent.then_some(status),
            response_body: if is_sent { &body } else { &[] },
            response_violations: if is_sent { violations } else { Vec::new() },
            faults: self
                .faults
                .iter()
                .map(|fault| Arc::clone(&fault.rule))
                .collect(),
        });
        plan
    }
}

/// Returns true for the paths that web pages of every origin may call, also on the service.
fn is_balance(path: &str) -> bool {
    matches!(
        path,
        "/v1/balance" | "/v1/user/balance" | "/balance" | "/user/balance"
    )
}

/// Replaces a documented alias by the path of the contract.
fn resolve_alias(uri: &mut Uri) {
    match uri.path() {
        "/balance" => *uri = Uri::from_static("/v1/balance"),
        "/user/balance" => *uri = Uri::from_static("/v1/user/balance"),
        _ => {}
    }
}
