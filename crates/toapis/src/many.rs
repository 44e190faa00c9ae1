//! Many at once: bounded, in order or as they come, one failing alone.

use std::fmt;
use std::future::IntoFuture as _;
use std::pin::Pin;
use std::time::Duration;

use futures_core::Stream;
use futures_util::StreamExt as _;

use crate::error::Error;
use crate::images::Images;
use crate::request::ImageRequest;
use crate::task::{CompletedTask, Task};

/// How many are in flight at once where nothing is said: the burst that the default group may submit.
const IN_FLIGHT: usize = 50;

/// A batch in the making: [`Images::generate_many`].
///
/// Requests are taken from their stream only when there is room, so a stream that makes them slowly, or without end, is fine. The
/// rate limits are the client's, shared with everything else it does; looking at tasks has a bucket of its own, so submitting
/// never starves it.
#[must_use = "a batch does nothing until its results are taken"]
pub struct GenerateMany<S> {
    images: Images,
    requests: S,
    max_in_flight: usize,
    task_timeout: Option<Duration>,
}

impl Images {
    /// Submits and waits for many, as many at once as there is room for; one that fails does not fail the rest.
    ///
    /// ```no_run
    /// # async fn f(client: toapis::Client) -> Result<(), toapis::Error> {
    /// use futures_util::{StreamExt, stream};
    /// let prompts = stream::iter(["a cat", "a dog", "a newt"]);
    /// let mut results = client.images().generate_many(prompts).max_in_flight(2).as_completed();
    /// while let Some((number, result)) = results.next().await {
    ///     match result {
    ///         Ok(done) => println!("{number}: {}", done.images()[0].url()),
    ///         Err(error) => eprintln!("{number}: {error}"),
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    pub fn generate_many<S, R>(&self, requests: S) -> GenerateMany<S>
    where
        S: Stream<Item = R> + Send + 'static,
        R: Into<ImageRequest> + Send + 'static,
    {
        GenerateMany::new(self.clone(), requests)
    }
}

/// The results of a batch, as a stream. Dropping it stops the waiting; tasks that were accepted go on, and are paid.
pub type GenerateManyStream<T> = Pin<Box<dyn Stream<Item = T> + Send>>;

impl<S, R> GenerateMany<S>
where
    S: Stream<Item = R> + Send + 'static,
    R: Into<ImageRequest> + Send + 'static,
{
    pub(crate) fn new(images: Images, requests: S) -> Self {
        Self {
            images,
            requests,
            max_in_flight: IN_FLIGHT,
            task_timeout: None,
        }
    }

    /// How many tasks are in flight at once. Default: 50. Ten thousand are fine.
    pub fn max_in_flight(mut self, tasks: usize) -> Self {
        self.max_in_flight = tasks.max(1);
        self
    }

    /// How long each task is waited for. Default: as [`TaskPoller`](crate::TaskPoller).
    pub fn task_timeout(mut self, timeout: Duration) -> Self {
        self.task_timeout = Some(timeout);
        self
    }

    /// The results in the order of the requests.
    pub fn in_order(self) -> GenerateManyStream<Result<CompletedTask, Error>> {
        let (images, timeout) = (self.images, self.task_timeout);
        let work = self
            .requests
            .map(move |request| whole(images.clone(), request.into(), timeout));
        Box::pin(work.buffered(self.max_in_flight))
    }

    /// The results as they come, each with the number of its request, from 0.
    pub fn as_completed(self) -> GenerateManyStream<(usize, Result<CompletedTask, Error>)> {
        let (images, timeout) = (self.images, self.task_timeout);
        let work = self.requests.enumerate().map(move |(number, request)| {
            let done = whole(images.clone(), request.into(), timeout);
            async move { (number, done.await) }
        });
        Box::pin(work.buffer_unordered(self.max_in_flight))
    }

    /// The tasks in the order of the requests, as soon as each is accepted and without waiting for any: to write the ids down.
    pub fn submit_only(self) -> GenerateManyStream<Result<Task, Error>> {
        let images = self.images;
        let work = self
            .requests
            .map(move |request| images.submit(request).into_future());
        Box::pin(work.buffered(self.max_in_flight))
    }
}

async fn whole(
    images: Images,
    request: ImageRequest,
    timeout: Option<Duration>,
) -> Result<CompletedTask, Error> {
    let task = images.submit(request).await?;
    let mut wait = task.wait();
    if let Some(timeout) = timeout {
        wait = wait.timeout(timeout);
    }
    wait.await
}

impl<S> fmt::Debug for GenerateMany<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Many")
            .field("in_flight", &self.max_in_flight)
            .finish_non_exhaustive()
    }
}
