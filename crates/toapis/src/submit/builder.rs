//! The builders of a create: prepared with its business id, then submitted or sent once.

use std::borrow::Cow;
use std::fmt;
use std::future::IntoFuture;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use toapis_client::{Operation, types};
use tokio::time::Instant;
use tracing::Instrument as _;

use super::execute::submit;
use super::guard::SubmitGuard;
use crate::catalog::ReferenceStyle;
use crate::client::Client;
use crate::error::Error;
use crate::ids::BusinessId;
use crate::request::body;
use crate::request::{ImageRequest, ReferenceUrls, upload_references};
use crate::task::Task;
use crate::time::deadline_after;

/// A request that has been validated and has its business id, but has not been sent. Created by
/// [`Images::prepare`](crate::Images::prepare).
///
/// Store the id before [`submit`](Self::submit): even if this process dies,
/// [`Images::find_by_business_id`](crate::Images::find_by_business_id) can find the task later.
///
/// A prepared request and its clones create at most one task, however often and concurrently they
/// are submitted. To create another task from the same [`ImageRequest`], prepare it again.
///
/// ```no_run
/// # async fn f(client: toapis::Client, save: impl Fn(&str)) -> Result<(), toapis::Error> {
/// let prepared = client.images().prepare("A cat in a spacesuit")?;
/// save(prepared.business_id().as_str());
/// let task = prepared.submit().await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct PreparedRequest {
    pub(super) client: Client,
    pub(super) id: BusinessId,
    pub(super) operation: &'static Operation,
    /// What its clones share.
    pub(super) shared: Arc<Shared>,
}

/// What the clones of a prepared request share.
pub(super) struct Shared {
    pub(super) request: ImageRequest,
    /// The body, with placeholders for the references.
    pub(super) body: types::ImageRequest,
    /// The references' URLs, once all are uploaded.
    urls: Mutex<Option<Arc<ReferenceUrls>>>,
    pub(super) guard: SubmitGuard,
}

impl PreparedRequest {
    /// `operation`: that of the request's model, unless given.
    pub(crate) fn new(
        client: Client,
        request: ImageRequest,
        operation: Option<&'static Operation>,
    ) -> Self {
        let id = request
            .explicit_business_id()
            .unwrap_or_else(BusinessId::generate);
        Self {
            client,
            operation: operation.unwrap_or_else(|| body::operation(&request)),
            shared: Arc::new(Shared {
                body: body::build(&request, Some(&id)),
                request,
                urls: Mutex::default(),
                guard: SubmitGuard::default(),
            }),
            id,
        }
    }

    /// Validates the request, as far as possible without sending it.
    pub(crate) fn validate(&self) -> Result<(), Error> {
        let allow_private = self.client.base_url().is_private();
        let Shared { request, body, .. } = &*self.shared;
        request.validate_body(body, self.operation, allow_private)
    }

    /// Returns the id that is sent with the create.
    #[must_use]
    pub fn business_id(&self) -> &BusinessId {
        &self.id
    }

    /// Returns the request.
    #[must_use]
    pub fn request(&self) -> &ImageRequest {
        &self.shared.request
    }

    /// Returns the JSON body that will be sent, for a dry run. The URL of a local image is a
    /// placeholder.
    #[must_use]
    pub fn body(&self) -> serde_json::Value {
        body::preview(&self.shared.request, &self.shared.body)
    }

    /// Uploads the local reference images, which [`send_once`](Self::send_once) requires. Does
    /// nothing if no image is local, or all are uploaded already.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidReference`](crate::ErrorKind::InvalidReference) if the service doesn't
    /// accept an image, before anything is sent; otherwise any error of an upload.
    pub async fn upload_references(&self) -> Result<(), Error> {
        let deadline = deadline_after(self.client.transport().retry.max_elapsed);
        self.reference_urls(deadline).await.map(|_| ())
    }

    /// Returns the references' URLs, and uploads local images first.
    pub(super) async fn reference_urls(
        &self,
        deadline: Instant,
    ) -> Result<Arc<ReferenceUrls>, Error> {
        if let Some(urls) = self.known_reference_urls() {
            return Ok(urls);
        }
        let urls = upload_references(&self.client, &self.shared.request, deadline).await?;
        let urls = Arc::new(urls);
        *self.lock_urls() = Some(Arc::clone(&urls));
        Ok(urls)
    }

    /// Returns the references' URLs if no upload is needed.
    pub(super) fn known_reference_urls(&self) -> Option<Arc<ReferenceUrls>> {
        if !self.shared.request.has_references() {
            return Some(Arc::default());
        }
        self.lock_urls().clone()
    }

    /// Returns the body with these URLs; a copy only if there are any.
    pub(super) fn body_with(&self, urls: &ReferenceUrls) -> Cow<'_, types::ImageRequest> {
        let Shared { request, body, .. } = &*self.shared;
        let mut body = Cow::Borrowed(body);
        if request.has_references() {
            body::set_references(body.to_mut(), request, urls, self.learned_style());
        }
        body
    }

    /// Returns the form of references that the service has accepted for this model, if the
    /// contract's was rejected.
    pub(super) fn learned_style(&self) -> Option<ReferenceStyle> {
        let styles = self.client.0.reference_styles.lock();
        let styles = styles.unwrap_or_else(PoisonError::into_inner);
        styles.get(&self.shared.request.model).copied()
    }

    /// Forgets the references' URLs, so that the next submit uploads the images again.
    pub(super) fn forget_reference_urls(&self) {
        *self.lock_urls() = None;
    }

    fn lock_urls(&self) -> std::sync::MutexGuard<'_, Option<Arc<ReferenceUrls>>> {
        self.shared
            .urls
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Submits the request, unless an earlier submit has sent it: one that created a task returns
    /// that task again, and after one whose outcome is unknown the service is asked for the task
    /// and nothing is sent.
    #[must_use = "a submit does nothing until it is awaited"]
    pub fn submit(&self) -> SubmitRequest {
        SubmitRequest {
            prepared: self.clone(),
            timeout: None,
            validate: true,
            resubmit: false,
        }
    }

    /// Submits the request once more after its outcome was unknown. This can pay twice.
    ///
    /// The service is asked for the id first. If it knows a task, that task is returned and nothing
    /// is sent.
    #[must_use = "a submit does nothing until it is awaited"]
    pub fn resubmit(&self) -> SubmitRequest {
        SubmitRequest {
            resubmit: true,
            ..self.submit()
        }
    }
}

impl fmt::Debug for PreparedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PreparedRequest")
            .field("id", &self.id)
            .field("request", &self.shared.request)
            .finish_non_exhaustive()
    }
}

/// A submit: await it for its [`Task`].
///
/// It can be dropped at any point. Read the [`business_id`](Self::business_id) first, to look the
/// task up later.
#[derive(Clone)]
#[must_use = "a submit does nothing until it is awaited"]
pub struct SubmitRequest {
    pub(super) prepared: PreparedRequest,
    pub(super) timeout: Option<Duration>,
    pub(super) validate: bool,
    pub(super) resubmit: bool,
}

impl SubmitRequest {
    pub(crate) fn new(
        client: Client,
        request: ImageRequest,
        operation: Option<&'static Operation>,
    ) -> Self {
        PreparedRequest::new(client, request, operation).submit()
    }

    /// Returns the id that is sent with the create.
    #[must_use]
    pub fn business_id(&self) -> &BusinessId {
        &self.prepared.id
    }

    /// Returns the JSON body that will be sent: see [`PreparedRequest::body`].
    #[must_use]
    pub fn body(&self) -> serde_json::Value {
        self.prepared.body()
    }

    /// Limits the total time: uploads, rate-limit waits, retries and the lookup after a lost
    /// response.
    ///
    /// Default: the limits of the client's retry policy and its reconcile timeout, added up.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Skips the validation by the model's rules: the service decides. References are still
    /// checked.
    pub fn skip_validation(mut self) -> Self {
        self.validate = false;
        self
    }
}

impl IntoFuture for SubmitRequest {
    type Output = Result<Task, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        // The prompt is private; the id is what to search for.
        let span = tracing::info_span!("toapis.submit", business_id = %self.prepared.id, model = %self.prepared.shared.request.model);
        Box::pin(submit(self).instrument(span))
    }
}

impl fmt::Debug for SubmitRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubmitRequest")
            .field("prepared", &self.prepared)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
