//! Suggestions for the next step after an error.

use super::{Error, ErrorKind, SubmissionOutcome};
use crate::generated::limits::RESULT_LIFETIME;

impl Error {
    /// Returns a suggestion for the next step, if there is one. It isn't part of `Display`, so
    /// that a program can show it separately.
    ///
    /// ```
    /// let error = toapis::Client::new("sk-with\nbreak").unwrap_err();
    /// assert!(error.hint().unwrap().contains("TOAPIS_API_KEY"));
    /// ```
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        if let Some(SubmissionOutcome::Unknown(id)) = self.outcome() {
            return Some(format!(
                "A task may exist and be paid. Do not submit it again; look up the business id {id} later."
            ));
        }
        let hint = match self.kind() {
            ErrorKind::Config => {
                "Fix the setting. The API key is read from TOAPIS_API_KEY, the base URL from TOAPIS_BASE_URL."
            }
            ErrorKind::InvalidId => "Use the id as the service returned it.",
            ErrorKind::Validation => "Fix the fields; nothing was sent.",
            ErrorKind::InvalidReference => {
                "Use a JPEG, PNG or WebP file, or the public http(s) URL of one."
            }
            ErrorKind::Unauthorized => {
                "Check that the API key is complete and belongs to this host."
            }
            ErrorKind::Forbidden => {
                "Check the permissions of the API key in the console, or use another model."
            }
            ErrorKind::InsufficientQuota => {
                "Top up the account, or raise the limit of the API key."
            }
            ErrorKind::NotFound => {
                "Check the id, and that the API key belongs to the account that created the task."
            }
            ErrorKind::Moderation => {
                "Change the prompt or the references; the same request will be rejected again."
            }
            ErrorKind::RateLimited => "Wait, then retry: a rejected request costs nothing.",
            ErrorKind::ModelUnavailable => "Use another model, or try again later.",
            ErrorKind::Connect => {
                "Check the network, the base URL and the proxy. The request was not sent."
            }
            ErrorKind::TaskFailed => {
                "Its credits are refunded. A new task may succeed, and costs again."
            }
            ErrorKind::MissingResult => {
                "Fetch the task again later. The error contains the response."
            }
            ErrorKind::PollTimeout => {
                let id = self.task_id()?;
                return Some(format!(
                    "The task is still running, and paid. Do not submit again; wait for {id} again."
                ));
            }
            ErrorKind::UrlExpired => {
                return Some(format!(
                    "URLs expire after {} hours. Fetch the task again, in case it has a new URL.",
                    RESULT_LIFETIME.as_secs() / 3600
                ));
            }
            ErrorKind::Decode => "Check the base URL: another server may have responded.",
            ErrorKind::WebhookSignatureMissing => "Reject it: it does not come from the service.",
            ErrorKind::WebhookSignatureInvalid => {
                "Verify the raw bytes of the body with the webhook secret of the API key, and reject what still does not match."
            }
            ErrorKind::WebhookTimestampOutOfTolerance => {
                "Check this machine's clock. If it is right, the webhook is a replay."
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
