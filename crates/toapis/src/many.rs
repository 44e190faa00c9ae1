//! Generates many images concurrently.

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

/// The default of `max_in_flight`: the burst of submits that the default group allows.
const IN_FLIGHT: usize = 50;

/// A builder of a stream of results. Created by [`Images::generate_many`].
///
/// Requests are taken from their stream only when a task ends, so the stream can be slow or
/// endless. The client's rate limits apply. Lookups have a limit of their own, so submits never
/// block them.
#[must_use = "a stream does nothing until it is polled"]
pub struct GenerateMany<S> {
    images: Images,
    requests: S,
    max_in_flight: usize,
    task_timeout: Option<Duration>,
}

impl Images {
    /// Submits and waits for many requests, with a limited number in flight. A failed one doesn't
    /// affect the others.
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

/// A stream of results. Dropping it stops waiting; accepted tasks continue, and are paid.
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

    /// Limits the number of tasks in flight. Default: 50. Ten thousand work as well.
    pub fn max_in_flight(mut self, tasks: usize) -> Self {
        self.max_in_flight = tasks.max(1);
        self
    }

    /// Limits the time to wait for each task. Default: that of [`TaskPoller`](crate::TaskPoller).
    pub fn task_timeout(mut self, timeout: Duration) -> Self {
        self.task_timeout = Some(timeout);
        self
    }

    /// Returns the results in the order of the requests.
    pub fn in_order(self) -> GenerateManyStream<Result<CompletedTask, Error>> {
        let (images, timeout) = (self.images, self.task_timeout);
        let work = self
            .requests
            .map(move |request| generate(images.clone(), request.into(), timeout));
        Box::pin(work.buffered(self.max_in_flight))
    }

    /// Returns the results in order of completion, each with the index of its request, from 0.
    pub fn as_completed(self) -> GenerateManyStream<(usize, Result<CompletedTask, Error>)> {
        let (images, timeout) = (self.images, self.task_timeout);
        let work = self.requests.enumerate().map(move |(number, request)| {
            let done = generate(images.clone(), request.into(), timeout);
            async move { (number, done.await) }
        });
        Box::pin(work.buffer_unordered(self.max_in_flight))
    }

    /// Returns the tasks in the order of the requests, as soon as each is accepted, to store their
    /// ids.
    pub fn submit_only(self) -> GenerateManyStream<Result<Task, Error>> {
        let images = self.images;
        let work = self
            .requests
            .map(move |request| images.submit(request).into_future());
        Box::pin(work.buffered(self.max_in_flight))
    }
}

async fn generate(
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
        f.debug_struct("GenerateMany")
            .field("max_in_flight", &self.max_in_flight)
            .finish_non_exhaustive()
    }
}
