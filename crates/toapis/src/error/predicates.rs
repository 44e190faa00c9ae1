//! The questions a caller asks of an error, each with what to do when the answer is yes.

use super::{Error, ErrorKind, SubmissionOutcome};

/// One predicate for one kind, with its documentation.
macro_rules! predicates {
    ($($(#[$doc:meta])* $name:ident => $($kind:ident)|+;)*) => {
        impl Error {
            $($(#[$doc])* #[must_use] pub fn $name(&self) -> bool { matches!(self.kind(), $(ErrorKind::$kind)|+) })*
        }
    };
}

predicates! {
    /// Whether the client, or a verifier of webhooks, cannot be built.
    ///
    /// # Troubleshooting
    /// Set `TOAPIS_API_KEY`, without a line break; give the base URL with its scheme, such as `https://toapis.com`.
    is_config => Config;
    /// Whether an id cannot be one. Nothing was sent.
    ///
    /// # Troubleshooting
    /// Give the id as the service told it. It stands in a path, so `.` and `..`, control characters and more than 512 bytes are none.
    is_bad_id => InvalidId;
    /// Whether the request breaks the rules of its model; nothing was sent.
    ///
    /// # Troubleshooting
    /// [`violations`](Error::violations) lists all that is wrong, with what is allowed. If the service has become more
    /// generous than this version knows, send it with [`SubmitRequest::skip_validation`](crate::SubmitRequest::skip_validation).
    is_invalid => Validation;
    /// Whether a reference picture cannot be used.
    ///
    /// # Troubleshooting
    /// Use a JPEG, PNG or WebP of at most [`Reference::MAX_BYTES`](crate::Reference::MAX_BYTES): by its path, its bytes, or an
    /// http(s) URL that the service can reach. Inline base64 and private addresses are refused by the service too.
    is_reference => InvalidReference;
    /// Whether the service refused the request itself.
    ///
    /// # Troubleshooting
    /// [`message`](Error::message) and [`param`](Error::param) tell the field. The same request will be refused again. For a submit,
    /// ask [`outcome`](Error::outcome): not every status that blames the request proves that it was not acted on.
    is_bad_request => BadRequest;
    /// Whether the key was not accepted.
    ///
    /// # Troubleshooting
    /// Check that the key is whole (`sk-` and 48 characters) and belongs to the host asked: keys of one host are unknown at
    /// another.
    is_auth => Unauthorized;
    /// Whether the key is right but may not do this.
    ///
    /// # Troubleshooting
    /// Keys can be limited to models and groups: look at the key in the console, or use another model.
    is_forbidden => Forbidden;
    /// Whether there are not enough credits. Nothing was charged.
    ///
    /// # Troubleshooting
    /// Ask [`Client::balance`](crate::Client::balance) and [`Client::account_balance`](crate::Client::account_balance): a key can have a
    /// limit of its own. Top up, then send again.
    is_quota => InsufficientQuota;
    /// Whether there is no such task, or none of this account.
    ///
    /// # Troubleshooting
    /// Check the id, and that the key belongs to the account that made the task. Right after a create a look-up may come too
    /// early; the waiting allows for that.
    is_not_found => NotFound;
    /// Whether moderation refused the content, at once or later in a failed task.
    ///
    /// # Troubleshooting
    /// Change the prompt or the references; the same will be refused again. Credits of a failed task are given back.
    is_moderation => Moderation;
    /// Whether there were too many requests. A refused create made no task and cost nothing.
    ///
    /// # Troubleshooting
    /// Wait for [`retry_after`](Error::retry_after). The limits are the account's, not the key's: other programs count too.
    /// Set the account's group with [`ClientBuilder::rate_limits`](crate::ClientBuilder::rate_limits), so that this client keeps below.
    is_rate_limited => RateLimited;
    /// Whether the model is not served just now.
    ///
    /// # Troubleshooting
    /// A model may be listed without anyone serving it. Use another one, or try again later.
    is_model_unavailable => ModelUnavailable;
    /// Whether the service, or a gateway before it, failed.
    ///
    /// # Troubleshooting
    /// For a submit, ask [`outcome`](Error::outcome) before anything else: a task may exist. Everything else was already
    /// tried again; try later.
    is_server => Server;
    /// Whether no connection could be made, or the TLS handshake failed. Nothing was sent.
    ///
    /// # Troubleshooting
    /// The cause is in [`source`](std::error::Error::source): name resolution, a refused connection, a certificate. Behind a company's
    /// proxy, set `HTTPS_PROXY` and add its CA with [`ClientBuilder::add_root_certificate`](crate::ClientBuilder::add_root_certificate).
    is_connect => Connect;
    /// Whether the connection broke, or the answer was cut short.
    ///
    /// # Troubleshooting
    /// For a submit, ask [`outcome`](Error::outcome): the request had left.
    is_interrupted => ConnectionLost;
    /// Whether an answer did not come in time. Of a waiting that ended, see [`is_wait_timeout`](Error::is_wait_timeout).
    ///
    /// # Troubleshooting
    /// For a submit, ask [`outcome`](Error::outcome). Allow more with [`ClientBuilder::attempt_timeout`](crate::ClientBuilder::attempt_timeout).
    is_timeout => Timeout;
    /// Whether an answer says success, but cannot be read.
    ///
    /// # Troubleshooting
    /// [`body`](Error::body) holds it as it came. Something between here and the service may answer in its place: check the base URL.
    is_unreadable => Decode;
    /// Whether the task ended as failed. Its credits are given back.
    ///
    /// # Troubleshooting
    /// [`code`](Error::code) and [`message`](Error::message) tell why. A new task may succeed, and costs again.
    is_task_failed => TaskFailed;
    /// Whether a completed task, or what stands in its place, has no picture's URL.
    ///
    /// # Troubleshooting
    /// [`body`](Error::body) holds the whole answer. Ask again later; if it stays so, it is one for the service's support.
    is_no_result => MissingResult;
    /// Whether the waiting ended before the task did. The task goes on, and is paid.
    ///
    /// # Troubleshooting
    /// Do not submit again. Keep [`task_id`](Error::task_id) and go on with [`Client::task`](crate::Client::task).
    is_wait_timeout => PollTimeout;
    /// Whether a link is dead. Results live for [`Image::URL_TTL`](crate::Image::URL_TTL).
    ///
    /// # Troubleshooting
    /// Ask for the task again, in case it has a fresh link; else the picture is lost. Save results as they come.
    is_expired => UrlExpired;
    /// Whether a download was not the picture, whole. Nothing was left on disk.
    ///
    /// # Troubleshooting
    /// Try again while the link lives. If the host answers with a page instead of a picture, look at [`body`](Error::body).
    is_bad_download => CorruptDownload;
    /// Whether a local file could not be read or written.
    ///
    /// # Troubleshooting
    /// The message names the path. A target that exists is kept unless overwriting was asked for; its folder must exist.
    is_file => Io;
    /// Whether a webhook was refused, for whatever reason.
    ///
    /// # Troubleshooting
    /// The predicates below tell the reasons apart: whom to refuse, when to look at the clock, what to keep for a look.
    is_webhook => WebhookSignatureMissing | WebhookSignatureInvalid | WebhookTimestampOutOfTolerance | WebhookPayload;
    /// Whether a webhook is not proven to be the service's: a header is missing, or no signature matches.
    ///
    /// # Troubleshooting
    /// Verify the body's raw bytes, before any parsing, with the secret of the key's webhook. While the secret is being changed,
    /// give both: [`WebhookVerifier::with_previous_secret`](crate::WebhookVerifier::with_previous_secret).
    is_webhook_forged => WebhookSignatureMissing | WebhookSignatureInvalid;
    /// Whether a webhook is the service's, but not of now.
    ///
    /// # Troubleshooting
    /// It may be sent once more by someone who saw it. If all are refused, check this machine's clock. What was kept on purpose is
    /// verified with [`WebhookVerifier::verify_at`](crate::WebhookVerifier::verify_at).
    is_webhook_stale => WebhookTimestampOutOfTolerance;
    /// Whether a webhook is the service's and of now, but no event that can be read.
    ///
    /// # Troubleshooting
    /// [`body`](Error::body) holds it. Answer with a success all the same, or it comes again; then look for a newer version.
    is_webhook_unreadable => WebhookPayload;
}

impl Error {
    /// Whether the same request may be sent again without paying twice, and with some hope.
    ///
    /// True for what passes by itself (no connection, too many requests, a model not served); never true where a task may
    /// exist. For a call that creates nothing, failures of the service and of the connection count too.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        let passing = matches!(
            self.kind(),
            ErrorKind::Connect | ErrorKind::RateLimited | ErrorKind::ModelUnavailable
        );
        let broken = matches!(
            self.kind(),
            ErrorKind::Server | ErrorKind::Timeout | ErrorKind::ConnectionLost | ErrorKind::Decode
        );
        match self.outcome() {
            Some(SubmissionOutcome::Accepted(_) | SubmissionOutcome::Unknown(_)) => false,
            // Nothing was made, or the call makes nothing; why it failed decides whether another attempt helps.
            Some(SubmissionOutcome::Rejected) | None => passing || broken,
        }
    }
}
