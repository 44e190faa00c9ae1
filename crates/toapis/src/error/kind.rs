//! The kinds of errors that a caller may want to handle differently.

use std::fmt;

/// The kind of an [`Error`](crate::Error), as returned by [`Error::kind`](crate::Error::kind).
///
/// New kinds may be added in a minor version, so a `match` needs a wildcard arm.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The client or a webhook verifier can't be built: the API key is missing or not a valid
    /// header value, the base URL is invalid, or a webhook secret is empty.
    ///
    /// # Troubleshooting
    /// Set `TOAPIS_API_KEY`, without a line break. Give the base URL with its scheme, such as
    /// `https://toapis.com`.
    Config,
    /// A task id or business id is empty, too long, or can't be part of a path. Nothing was sent.
    ///
    /// # Troubleshooting
    /// Use the id as the service returned it. `.`, `..`, control characters and more than 512 bytes
    /// are invalid.
    InvalidId,
    /// The request breaks the rules of its model. Nothing was sent.
    ///
    /// # Troubleshooting
    /// [`Error::violations`](crate::Error::violations) lists every violation with the expected
    /// value. If the service now accepts more than this version knows, submit with
    /// [`SubmitRequest::skip_validation`](crate::SubmitRequest::skip_validation).
    Validation,
    /// A reference image can't be used: not an image, too large, at a private address, inline, or
    /// unreadable.
    ///
    /// # Troubleshooting
    /// Use a JPEG, PNG or WebP image of at most
    /// [`Reference::MAX_BYTES`](crate::Reference::MAX_BYTES): a path, bytes, or an http(s) URL that
    /// the service can reach.
    InvalidReference,
    /// The service rejected the request.
    ///
    /// # Troubleshooting
    /// [`Error::message`](crate::Error::message) and [`Error::param`](crate::Error::param) name the
    /// field. For a submit, check [`Error::outcome`](crate::Error::outcome): not every 4xx status
    /// proves that no task was created.
    BadRequest,
    /// The API key is missing, wrong or revoked.
    ///
    /// # Troubleshooting
    /// Check that the key is complete (`sk-` and 48 characters) and belongs to this host.
    Unauthorized,
    /// The API key isn't allowed to do this, for example to use this model.
    ///
    /// # Troubleshooting
    /// Keys can be limited to models and groups: check the key in the console, or use another
    /// model.
    Forbidden,
    /// The account or the API key has too few credits. Nothing was charged.
    ///
    /// # Troubleshooting
    /// Check [`Client::balance`](crate::Client::balance) and
    /// [`Client::account_balance`](crate::Client::account_balance): a key can have a limit of its
    /// own.
    InsufficientQuota,
    /// The task doesn't exist, or belongs to another account.
    ///
    /// # Troubleshooting
    /// Check the id and the account of the key. Directly after a create, a lookup can be too early;
    /// a [`TaskPoller`](crate::TaskPoller) allows for that.
    NotFound,
    /// Moderation rejected the content, either at once or in a failed task.
    ///
    /// # Troubleshooting
    /// Change the prompt or the references. The credits of a failed task are refunded.
    Moderation,
    /// Too many requests. No task was created and nothing was charged.
    ///
    /// # Troubleshooting
    /// Wait for [`Error::retry_after`](crate::Error::retry_after). Limits are per account, so other
    /// programs count too. Set the account's group with
    /// [`ClientBuilder::rate_limits`](crate::ClientBuilder::rate_limits).
    RateLimited,
    /// The model is known, but no provider serves it at the moment.
    ///
    /// # Troubleshooting
    /// Use another model, or try again later.
    ModelUnavailable,
    /// The service or a gateway failed.
    ///
    /// # Troubleshooting
    /// For a submit, check [`Error::outcome`](crate::Error::outcome) first: a task may exist.
    Server,
    /// No connection could be established, or the TLS handshake failed. Nothing was sent.
    ///
    /// # Troubleshooting
    /// [`source`](std::error::Error::source) has the cause: name resolution, a refused connection,
    /// a certificate. Behind a corporate proxy, set `HTTPS_PROXY` and add its CA with
    /// [`ClientBuilder::add_root_certificate`](crate::ClientBuilder::add_root_certificate).
    Connect,
    /// The connection broke before the response was complete.
    ///
    /// # Troubleshooting
    /// For a submit, check [`Error::outcome`](crate::Error::outcome): the request was sent.
    ConnectionLost,
    /// The response didn't arrive in time.
    ///
    /// # Troubleshooting
    /// For a submit, check [`Error::outcome`](crate::Error::outcome). Raise
    /// [`ClientBuilder::attempt_timeout`](crate::ClientBuilder::attempt_timeout).
    Timeout,
    /// A response with a success status can't be decoded.
    ///
    /// # Troubleshooting
    /// [`Error::body`](crate::Error::body) has the response. Check the base URL: a proxy may have
    /// responded instead of the service.
    Decode,
    /// The task failed. Its credits are refunded.
    ///
    /// # Troubleshooting
    /// [`Error::code`](crate::Error::code) and [`Error::message`](crate::Error::message) have the
    /// reason. A new task may succeed, and costs again.
    TaskFailed,
    /// The task is completed, but the response contains no image URL.
    ///
    /// # Troubleshooting
    /// [`Error::body`](crate::Error::body) has the response. Fetch the task again later; if the
    /// result is still missing, contact the service's support.
    MissingResult,
    /// Polling timed out before the task ended. The task is still running, and paid.
    ///
    /// # Troubleshooting
    /// Don't submit again. Wait for [`Error::task_id`](crate::Error::task_id) with
    /// [`Client::task`](crate::Client::task).
    PollTimeout,
    /// The URL of a result or an upload has expired or was removed.
    ///
    /// # Troubleshooting
    /// Fetch the task again for a new URL. Save results early: they live for
    /// [`Image::URL_TTL`](crate::Image::URL_TTL).
    UrlExpired,
    /// The download isn't the complete image: wrong type, truncated, or too large. No file was
    /// left.
    ///
    /// # Troubleshooting
    /// Download again while the URL is valid. If the host sends a page instead of an image,
    /// [`Error::body`](crate::Error::body) has its beginning.
    CorruptDownload,
    /// A local file can't be read or written.
    ///
    /// # Troubleshooting
    /// The message has the path. An existing target is kept unless
    /// [`Download::overwrite`](crate::Download::overwrite) is set; its directory must exist.
    Io,
    /// A webhook lacks one of the signature headers.
    ///
    /// # Troubleshooting
    /// Reject it: it doesn't come from the service.
    WebhookSignatureMissing,
    /// No signature of a webhook matches a known secret.
    ///
    /// # Troubleshooting
    /// Verify the raw bytes of the body with the webhook secret of the key. While the secret is
    /// being rotated, add the other one with
    /// [`WebhookVerifier::with_previous_secret`](crate::WebhookVerifier::with_previous_secret).
    WebhookSignatureInvalid,
    /// A webhook has a valid signature, but its timestamp is too far from now.
    ///
    /// # Troubleshooting
    /// It may be a replay. If every webhook fails, check this machine's clock. Verify stored
    /// webhooks with [`WebhookVerifier::verify_at`](crate::WebhookVerifier::verify_at).
    WebhookTimestampOutOfTolerance,
    /// A webhook is authentic, but its body isn't an event that this version can decode.
    ///
    /// # Troubleshooting
    /// [`Error::body`](crate::Error::body) has the body. Respond with success, or it is sent again.
    WebhookPayload,
}

impl fmt::Display for ErrorKind {
    /// Writes the phrase that the message of an [`Error`](crate::Error) begins with.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Config => "invalid configuration",
            Self::InvalidId => "invalid id",
            Self::Validation => "the request breaks the model's rules",
            Self::InvalidReference => "invalid reference image",
            Self::BadRequest => "the service rejected the request",
            Self::Unauthorized => "the API key was not accepted",
            Self::Forbidden => "the API key is not allowed to do this",
            Self::InsufficientQuota => "not enough credits",
            Self::NotFound => "no such task",
            Self::Moderation => "rejected by moderation",
            Self::RateLimited => "too many requests",
            Self::ModelUnavailable => "the model is not available at the moment",
            Self::Server => "the service failed",
            Self::Connect => "cannot connect, the request was not sent",
            Self::ConnectionLost => "the connection broke",
            Self::Timeout => "no response in time",
            Self::Decode => "the response cannot be decoded",
            Self::TaskFailed => "the task failed",
            Self::MissingResult => "the task is completed without an image",
            Self::PollTimeout => "the task is still running",
            Self::UrlExpired => "the URL has expired",
            Self::CorruptDownload => "the download is not the complete image",
            Self::Io => "a file cannot be read or written",
            Self::WebhookSignatureMissing => "the webhook is not signed",
            Self::WebhookSignatureInvalid => "the webhook signature is invalid",
            Self::WebhookTimestampOutOfTolerance => "the webhook timestamp is too far from now",
            Self::WebhookPayload => "the webhook payload cannot be decoded",
        })
    }
}
