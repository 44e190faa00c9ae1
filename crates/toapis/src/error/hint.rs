//! What to do next, apart from what went wrong.

use super::{Error, ErrorKind, SubmissionOutcome};
use crate::generated::limits::RESULT_LIFETIME;

impl Error {
    /// One sentence on what to do next, where there is something to do. Not part of `Display`, so that a program can
    /// show it apart.
    ///
    /// ```
    /// let error = toapis::Client::new("sk-with\nbreak").unwrap_err();
    /// assert!(error.hint().unwrap().contains("TOAPIS_API_KEY"));
    /// ```
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        if let Some(SubmissionOutcome::Unknown(id)) = self.outcome() {
            return Some(format!(
                "A task may exist and be paid. Do not send it again; ask for the business id {id} later."
            ));
        }
        let hint = match self.kind() {
            ErrorKind::Config => {
                "Change the setting that is named. The key is read from TOAPIS_API_KEY, the host from TOAPIS_BASE_URL."
            }
            ErrorKind::InvalidId => "Give the id as the service, or your own note, has it.",
            ErrorKind::Validation => "Change what is named; nothing was sent.",
            ErrorKind::InvalidReference => {
                "Use a JPEG, PNG or WebP file, or a public http(s) URL of one."
            }
            ErrorKind::Unauthorized => "Check the key, and that it belongs to this host.",
            ErrorKind::Forbidden => {
                "Check in the console what the key may do, or use another model."
            }
            ErrorKind::InsufficientQuota => "Top up the account, or raise the limit of the key.",
            ErrorKind::NotFound => {
                "Check the id, and that the key belongs to the account that made the task."
            }
            ErrorKind::Moderation => {
                "Change the prompt or the references; the same will be refused again."
            }
            ErrorKind::RateLimited => "Wait, then send again: a refused request costs nothing.",
            ErrorKind::ModelUnavailable => "Use another model, or try again later.",
            ErrorKind::Connect => {
                "Check the network, the base URL and the proxy; the request was not sent."
            }
            ErrorKind::TaskFailed => {
                "Its credits are given back; a new task may succeed, and costs again."
            }
            ErrorKind::MissingResult => {
                "Ask for the task again later; the whole answer is in the error."
            }
            ErrorKind::PollTimeout => {
                let id = self.task_id()?;
                return Some(format!(
                    "The task goes on and is paid. Do not submit again; wait for {id} once more."
                ));
            }
            ErrorKind::UrlExpired => {
                return Some(format!(
                    "Results live for {} hours. Ask for the task again, in case it has a fresh link.",
                    RESULT_LIFETIME.as_secs() / 3600
                ));
            }
            ErrorKind::Decode => {
                "Check the base URL: something else may answer in the service's place."
            }
            ErrorKind::WebhookSignatureMissing => "Refuse it: whoever sent it is not the service.",
            ErrorKind::WebhookSignatureInvalid => {
                "Verify the raw bytes of the body, with the secret of the key's webhook; refuse what still does not match."
            }
            ErrorKind::WebhookTimestampOutOfTolerance => {
                "Check this machine's clock; if it is right, the webhook was sent once more by someone."
            }
            ErrorKind::BadRequest
            | ErrorKind::Server
            | ErrorKind::ConnectionLost
            | ErrorKind::Timeout
            | ErrorKind::CorruptDownload
            | ErrorKind::WebhookPayload
            | ErrorKind::Io => return None,
        };
        Some(hint.to_owned())
    }
}
