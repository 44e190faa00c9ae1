//! A submit before its first byte: its business id is there, to be written down.

use std::fmt;
use std::future::IntoFuture;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use toapis_client::{Operation, types};
use tracing::Instrument as _;

use super::execute::send;
use super::guard::Once;
use crate::client::Client;
use crate::error::Error;
use crate::ids::BusinessId;
use crate::request::body;
use crate::request::{ImageRequest, refuse};
use crate::task::Task;

/// A request that was checked and given its business id, but not sent: [`Images::prepare`](crate::Images::prepare).
///
/// Write the id down before [`submit`](Self::submit), and nothing can be lost: whatever happens to this process,
/// [`Images::find_by_business_id`](crate::Images::find_by_business_id) tells later whether a task was made.
///
/// It makes one task and no more, whoever submits it, how often and at the same time as whom: it remembers, with its clones, whether a
/// create has left. For another picture of the same request, prepare it anew.
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
    pub(crate) client: Client,
    pub(crate) request: Arc<ImageRequest>,
    pub(crate) id: BusinessId,
    pub(crate) operation: &'static Operation,
    /// What its submits have come to, those of its clones among them.
    pub(super) once: Once,
}

impl PreparedRequest {
    pub(crate) fn new(
        client: Client,
        request: ImageRequest,
        operation: &'static Operation,
    ) -> Self {
        let id = request.own_id().unwrap_or_else(BusinessId::generate);
        Self {
            client,
            request: Arc::new(request),
            id,
            operation,
            once: Once::default(),
        }
    }

    /// Everything that is wrong with the request, as far as it can be told without sending it.
    pub(crate) fn check(&self) -> Result<(), Error> {
        self.check_draft(&body::draft(&self.request, None))
    }

    /// The same, of a body that is drafted already.
    pub(super) fn check_draft(&self, draft: &types::ImageRequest) -> Result<(), Error> {
        refuse(body::violations(
            &self.request,
            draft,
            self.operation,
            self.client.base_url().is_private(),
        ))
    }

    /// The id that goes with the create.
    #[must_use]
    pub fn business_id(&self) -> &BusinessId {
        &self.id
    }

    /// The request.
    #[must_use]
    pub fn request(&self) -> &ImageRequest {
        &self.request
    }

    /// What will stand on the wire, for a dry run. A local picture has a URL only once it is uploaded, so a placeholder stands for
    /// it.
    #[must_use]
    pub fn body(&self) -> serde_json::Value {
        body::preview(&self.request, &self.id)
    }

    /// Sends it, if no submit before has: one that made a task gives that task again, and after one whose outcome is unknown, or that was
    /// dropped, the service is asked for the task and nothing is sent.
    #[must_use = "a submit does nothing until it is awaited"]
    pub fn submit(&self) -> SubmitRequest {
        SubmitRequest {
            prepared: self.clone(),
            timeout: None,
            checked: true,
            again: false,
        }
    }

    /// Sends it once more after its outcome was unknown: your explicit word that paying twice is better than not having it.
    ///
    /// The id is asked for first, and if a task is found, it is that and nothing is sent.
    #[must_use = "a submit does nothing until it is awaited"]
    pub fn resubmit(&self) -> SubmitRequest {
        SubmitRequest {
            prepared: self.clone(),
            timeout: None,
            checked: true,
            again: true,
        }
    }
}

impl fmt::Debug for PreparedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prepared")
            .field("id", &self.id)
            .field("request", &self.request)
            .finish_non_exhaustive()
    }
}

/// A submit: await it for its [`Task`].
///
/// Dropping it at any point loses nothing but what had not come yet: take the [`business_id`](Self::business_id) first, and ask
/// for it later.
#[derive(Clone)]
#[must_use = "a submit does nothing until it is awaited"]
pub struct SubmitRequest {
    pub(crate) prepared: PreparedRequest,
    pub(crate) timeout: Option<Duration>,
    pub(crate) checked: bool,
    pub(crate) again: bool,
}

impl SubmitRequest {
    pub(crate) fn new(
        client: Client,
        request: ImageRequest,
        operation: &'static Operation,
    ) -> Self {
        let prepared = PreparedRequest::new(client, request, operation);
        Self {
            prepared,
            timeout: None,
            checked: true,
            again: false,
        }
    }

    /// The id that goes with the create, known before anything is sent.
    #[must_use]
    pub fn business_id(&self) -> &BusinessId {
        &self.prepared.id
    }

    /// What will stand on the wire: see [`PreparedRequest::body`].
    #[must_use]
    pub fn body(&self) -> serde_json::Value {
        self.prepared.body()
    }

    /// How long all of it may take, uploads, waits for the rate limit and the search for a lost answer together.
    ///
    /// Without one, the client's retry policy and settling time bound it.
    pub fn timeout(mut self, deadline: Duration) -> Self {
        self.timeout = Some(deadline);
        self
    }

    /// Sends it without checking the rules of the model: the service judges. References are still checked.
    pub fn skip_validation(mut self) -> Self {
        self.checked = false;
        self
    }
}

impl IntoFuture for SubmitRequest {
    type Output = Result<Task, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        // The prompt is no one's business but the caller's; the id is what to look for.
        let span = tracing::info_span!("toapis.submit", business_id = %self.prepared.id, model = %self.prepared.request.model);
        Box::pin(send(self).instrument(span))
    }
}

impl fmt::Debug for SubmitRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Submit")
            .field("prepared", &self.prepared)
            .field("deadline", &self.timeout)
            .finish_non_exhaustive()
    }
}
