//! Requests to a file host.

use std::sync::Arc;

use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Method, Request, Response, StatusCode,
    header::{
        ACCEPT_RANGES, ALLOW, AUTHORIZATION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, RANGE,
    },
    request::Parts,
};
use hyper::body::Incoming;

use super::{
    image_cache::ImageCache,
    range::{ByteRange, parse_range},
};
use crate::{
    clock::SimInstant,
    faults::{
        Action, ActiveFault, Endpoint, FaultInjector, FaultTarget, override_response, plan_response,
    },
    images::ImageSpec,
    server::{
        AllowedHosts, BufferedResponse, ConnectionHandle, Handler, ResponseBody, ResponsePlan,
        allow_any_origin, preflight_response, send_response,
    },
    state::{AppState, ExchangeRecord, Port, Task},
};

/// Handles requests to the port of a file host.
#[derive(Clone)]
pub(crate) struct FilesHandler {
    app: Arc<AppState>,
    faults: Arc<FaultInjector>,
    images: Arc<ImageCache>,
    allowed_hosts: AllowedHosts,
}

/// A file with its media type.
struct StoredFile {
    content: Bytes,
    media_type: String,
}

impl FilesHandler {
    pub(crate) fn new(
        app: Arc<AppState>,
        faults: Arc<FaultInjector>,
        images: Arc<ImageCache>,
    ) -> Self {
        let allowed_hosts = AllowedHosts(app.config.allowed_hosts.clone());
        Self {
            app,
            faults,
            images,
            allowed_hosts,
        }
    }

    /// Returns the response to a request whose host is not allowed, or to a preflight request.
    fn respond_early(&self, request: &Request<Incoming>) -> Option<BufferedResponse> {
        let headers = request.headers();
        self.allowed_hosts.reject(headers).or_else(|| {
            let is_preflight = request.method() == Method::OPTIONS && self.app.config.cors;
            is_preflight.then(|| preflight_response(headers, "GET, HEAD, OPTIONS"))
        })
    }

    async fn respond(
        &self,
        head: &Parts,
        now: SimInstant,
        faults: &[ActiveFault],
    ) -> BufferedResponse {
        if !matches!(head.method, Method::GET | Method::HEAD) {
            return error(StatusCode::METHOD_NOT_ALLOWED);
        }
        for fault in faults {
            if let Action::Expire { status } = fault.action {
                return error(status);
            }
            let replacement = override_response(
                &self.app.contract_data.errors,
                &fault.action,
                Endpoint::Files,
            );
            if let Some(response) = replacement {
                return response;
            }
        }
        match self.find_file(head.uri.path(), now).await {
            Some(file) => file_response(&file, &head.headers),
            None => error(StatusCode::NOT_FOUND),
        }
    }

    async fn find_file(&self, path: &str, now: SimInstant) -> Option<StoredFile> {
        let app = &*self.app;
        if let Some(upload) = app.upload(path) {
            return Some(StoredFile {
                content: upload.bytes,
                media_type: upload.media_type,
            });
        }
        let image = {
            let store = app.store();
            let (task, image) = store.file(app.file_number(path)?)?;
            let is_exact_path = app.image_url(task, image).ends_with(path);
            find_available(app, task, image, now).filter(|_| is_exact_path)?
        };
        let (content, media_type) = render_image(app, &self.images, image).await;
        Some(StoredFile {
            content,
            media_type: media_type.to_owned(),
        })
    }
}

impl Handler for FilesHandler {
    async fn handle(
        &self,
        request: Request<Incoming>,
        connection: ConnectionHandle,
    ) -> Response<ResponseBody> {
        if let Some(response) = self.respond_early(&request) {
            return send_response(ResponsePlan::complete(response), &connection).await;
        }
        let app = &*self.app;
        // A request body is not read; hyper closes the connection of a client that sends one.
        let (head, _) = request.into_parts();
        let now = app.clock.now();
        app.authenticate(None, now);
        let (task, owner) = app.result_owner(head.uri.path()).unzip();
        let faults = self.faults.select(
            app,
            &FaultTarget {
                endpoint: Endpoint::Files,
                model: None,
                task,
                key: owner,
            },
        );
        let mut response = self.respond(&head, now, &faults).await;
        if head.method == Method::HEAD {
            response
                .headers
                .insert(CONTENT_LENGTH, HeaderValue::from(response.body.len()));
            response.body = Bytes::new();
        }
        let (status, length) = (response.status, response.body.len());
        let mut plan = plan_response(response, &faults);
        if app.config.cors {
            allow_any_origin(&mut plan.response.headers);
        }
        let is_download =
            head.method == Method::GET && status == StatusCode::OK && plan.delivers_body(length);
        app.store().update_ledger(owner, |entry| {
            entry.downloaded += u64::from(is_download);
            entry.keys_leaked += u64::from(head.headers.contains_key(AUTHORIZATION));
        });
        app.record_exchange(ExchangeRecord {
            port: Port::Files,
            now,
            head: &head,
            operation: None,
            key: owner,
            task,
            by_business_id: false,
            request_body: &[],
            request_violations: Vec::new(),
            status: (!plan.is_suppressed()).then_some(status),
            response_body: &[],
            response_violations: Vec::new(),
            faults: faults.iter().map(|fault| Arc::clone(&fault.rule)).collect(),
        });
        send_response(plan, &connection).await
    }
}

/// An image of a completed task, not rendered yet.
pub(crate) struct AvailableImage {
    spec: ImageSpec,
    references: Box<[Box<str>]>,
}

/// Finds an image of a task of any account, if the task is completed and the image not expired.
pub(crate) fn find_image(app: &AppState, task_id: &str, image: u32) -> Option<AvailableImage> {
    let store = app.store();
    let task = store
        .task_by_id(task_id)
        .filter(|task| image < task.images)?;
    find_available(app, task, image, app.clock.now())
}

fn find_available(
    app: &AppState,
    task: &Task,
    image: u32,
    now: SimInstant,
) -> Option<AvailableImage> {
    // The response of the service for an expired file is unknown; the simulator's is 404.
    let is_expired = now >= task.timeline.finished + app.result_lifetime();
    if !task.is_completed(now) || is_expired {
        return None;
    }
    let spec = ImageSpec::new(&*task.prompt, task.width, task.height)
        .model(&*task.model)
        .seed(task.seed.wrapping_add(u64::from(image)))
        .format(task.format);
    Some(AvailableImage {
        spec,
        references: task.references.clone(),
    })
}

/// Renders an image, or returns it from the cache, with its media type.
pub(crate) async fn render_image(
    app: &AppState,
    cache: &ImageCache,
    image: AvailableImage,
) -> (Bytes, &'static str) {
    let AvailableImage { spec, references } = image;
    // References to other hosts are never fetched; they appear as blank thumbnails.
    let references = references.iter().map(|url| {
        let upload = app.strip_files_host(url).and_then(|path| app.upload(path));
        upload.map(|upload| upload.bytes).unwrap_or_default()
    });
    let spec = spec.references(references.collect());
    let media_type = spec.media_type();
    (cache.get(spec).await, media_type)
}

/// Returns the response with a file, or with the requested range of it.
fn file_response(file: &StoredFile, headers: &HeaderMap) -> BufferedResponse {
    let length = file.content.len();
    let range = headers
        .get(RANGE)
        .and_then(|value| value.to_str().ok())
        .and_then(|header| parse_range(header, length));
    let mut response = BufferedResponse::empty(StatusCode::OK);
    match range {
        None => response.body = file.content.clone(),
        Some(ByteRange::Unsatisfiable) => {
            return error(StatusCode::RANGE_NOT_SATISFIABLE)
                .with_header(&CONTENT_RANGE, header_value(format!("bytes */{length}")));
        }
        Some(ByteRange::Satisfiable(range)) => {
            let content_range = format!("bytes {}-{}/{length}", range.start, range.end - 1);
            response.status = StatusCode::PARTIAL_CONTENT;
            response.body = file.content.slice(range);
            response
                .headers
                .insert(CONTENT_RANGE, header_value(content_range));
        }
    }
    response
        .with_header(&CONTENT_TYPE, header_value(file.media_type.clone()))
        .with_header(&ACCEPT_RANGES, HeaderValue::from_static("bytes"))
}

fn error(status: StatusCode) -> BufferedResponse {
    let reason = status.canonical_reason().unwrap_or_default();
    let response = BufferedResponse::new(status, "text/plain", reason);
    if status == StatusCode::METHOD_NOT_ALLOWED {
        response.with_header(&ALLOW, HeaderValue::from_static("GET, HEAD"))
    } else {
        response
    }
}

/// Converts numbers and known media types to a header value, which cannot fail.
fn header_value(value: String) -> HeaderValue {
    HeaderValue::try_from(value).unwrap_or_else(|_| HeaderValue::from_static(""))
}
