//! The kinds of failure that a caller may want to treat apart.

use std::fmt;

/// What went wrong, in one word; [`Error::kind`](crate::Error::kind) tells it.
///
/// New kinds may come with a new version, so a `match` needs a last arm. The predicates of
/// [`Error`](crate::Error) (`is_rate_limited()` and so on) each say what to do about theirs.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The client, or a verifier of webhooks, cannot be built so: no key, a key that cannot stand in a header, a base URL that is
    /// none, an empty secret.
    Config,
    /// An id that cannot be one: empty, too long, or not fit for a path. Nothing was sent.
    InvalidId,
    /// Refused before anything was sent, by the rules of the model: see [`Error::violations`](crate::Error::violations).
    Validation,
    /// A reference picture cannot be used: not a picture, too large, private, inline, or not readable.
    InvalidReference,
    /// The service refused a field of the request.
    BadRequest,
    /// The key is missing, wrong or no longer valid.
    Unauthorized,
    /// The key may not do this, for instance use that model.
    Forbidden,
    /// The account has not enough credits left.
    InsufficientQuota,
    /// No such task (or not this account's).
    NotFound,
    /// The content was refused by moderation.
    Moderation,
    /// Too many requests; nothing was made and nothing charged.
    RateLimited,
    /// The model is known but nobody serves it just now.
    ModelUnavailable,
    /// The service, or a gateway before it, failed.
    Server,
    /// No connection could be made: nothing was sent.
    Connect,
    /// The connection broke, or the answer did not come whole.
    ConnectionLost,
    /// The service did not answer in time.
    Timeout,
    /// An answer came that says success and cannot be read.
    Decode,
    /// The task ended as failed.
    TaskFailed,
    /// The task is completed, but no picture's URL stands anywhere in the answer.
    MissingResult,
    /// The waiting ended before the task did; the task goes on and stays paid.
    PollTimeout,
    /// The link to a result or an upload is dead: expired, or removed.
    UrlExpired,
    /// What was downloaded is not the picture: another type, cut short, or larger than allowed.
    CorruptDownload,
    /// A file could not be read or written.
    Io,
    /// A webhook without a header that signs it.
    WebhookSignatureMissing,
    /// A webhook that no secret has signed.
    WebhookSignatureInvalid,
    /// A webhook that was signed, but too long before or after now.
    WebhookTimestampOutOfTolerance,
    /// A webhook that was signed just now, and is no event.
    WebhookPayload,
}

impl fmt::Display for ErrorKind {
    /// Writes the phrase that the message of an [`Error`](crate::Error) begins with.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Config => "the client is not configured",
            Self::InvalidId => "the id cannot be used",
            Self::Validation => "the request breaks the model's rules",
            Self::InvalidReference => "a reference picture cannot be used",
            Self::BadRequest => "the service refused the request",
            Self::Unauthorized => "the key was not accepted",
            Self::Forbidden => "the key may not do this",
            Self::InsufficientQuota => "not enough credits",
            Self::NotFound => "no such task",
            Self::Moderation => "refused by moderation",
            Self::RateLimited => "too many requests",
            Self::ModelUnavailable => "the model is not served at the moment",
            Self::Server => "the service failed",
            Self::Connect => "no connection, the request was not sent",
            Self::ConnectionLost => "the connection broke",
            Self::Timeout => "no answer in time",
            Self::Decode => "the answer cannot be read",
            Self::TaskFailed => "the task failed",
            Self::MissingResult => "the task is completed without a picture",
            Self::PollTimeout => "the task is still running",
            Self::UrlExpired => "the link has expired",
            Self::CorruptDownload => "the download is not the picture",
            Self::Io => "a file could not be read or written",
            Self::WebhookSignatureMissing => "the webhook is not signed",
            Self::WebhookSignatureInvalid => "the webhook is not the service's",
            Self::WebhookTimestampOutOfTolerance => "the webhook is not of now",
            Self::WebhookPayload => "the webhook cannot be read",
        })
    }
}
