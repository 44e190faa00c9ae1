//! A failure as the command tells it: a sentence, its causes, what to do next, and the exit code.

use std::error::Error as StdError;

use schemars::JsonSchema;
use serde::Serialize;
use toapis::{ErrorKind, SubmissionOutcome};

use crate::exit::Exit;

/// What a command returns.
pub(crate) type Result<T> = std::result::Result<T, Failure>;

/// What went wrong, for people on stderr and for programs in `--json`.
///
/// The document that `--json` prints in place of the result when a command fails.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ErrorDocument")]
pub(crate) struct Failure {
    /// Why the command ended.
    pub(crate) error: Box<Told>,
    /// The command's document is on stdout already, and says it too.
    #[serde(skip)]
    pub(crate) answered: bool,
}

/// The failure itself.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Failure")]
pub(crate) struct Told {
    /// The exit code, in words.
    pub(crate) exit: Exit,
    /// The exit code.
    pub(crate) exit_code: u8,
    /// What went wrong, in one line.
    pub(crate) message: String,
    /// Why, from the nearest cause to the deepest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) causes: Vec<String>,
    /// What to do next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hint: Option<String>,
    /// The HTTP status of the answer, if there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<u16>,
    /// The service's code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<String>,
    /// The id of the request in the service's logs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) request_id: Option<String>,
    /// The task it is about: it was made, and is paid unless it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) task_id: Option<String>,
    /// The caller's own id that went with the create.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) business_id: Option<String>,
}

impl Failure {
    /// A failure of the command's own.
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            error: Box::new(Told {
                exit,
                exit_code: exit.number(),
                message: message.into(),
                causes: Vec::new(),
                hint: None,
                status: None,
                code: None,
                request_id: None,
                task_id: None,
                business_id: None,
            }),
            answered: false,
        }
    }

    /// The command line is wrong; nothing was sent.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.error.hint = Some(hint.into());
        self
    }

    pub(crate) fn caused_by(mut self, cause: &dyn StdError) -> Self {
        self.error.causes = causes(&self.error.message, Some(cause));
        self
    }

    /// After the command has printed its document.
    pub(crate) fn after_the_answer(mut self) -> Self {
        self.answered = true;
        self
    }

    pub(crate) fn exit(&self) -> Exit {
        self.error.exit
    }

    /// As lines for people.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!("error: {}", self.error.message)];
        lines.extend(
            self.error
                .causes
                .iter()
                .map(|cause| format!("  caused by: {cause}")),
        );
        lines.extend(self.error.hint.iter().map(|hint| format!("hint: {hint}")));
        lines
    }
}

impl From<toapis::Error> for Failure {
    fn from(error: toapis::Error) -> Self {
        let mut failure = Self::new(Exit::from(&error), error.to_string());
        failure.error.causes = causes(&failure.error.message, error.source());
        let hints: Vec<String> = error.hint().into_iter().chain(go_on(&error)).collect();
        failure.error.hint = (!hints.is_empty()).then(|| hints.join(" "));
        failure.error.status = error.status().map(|status| status.as_u16());
        failure.error.code = error.code().map(str::to_owned);
        failure.error.request_id = error.request_id().map(str::to_owned);
        failure.error.task_id = error.task_id().map(ToString::to_string);
        failure.error.business_id = error.business_id().map(ToString::to_string);
        failure
    }
}

/// The command that goes on where this one ended, if there is a task that is or may be paid.
fn go_on(error: &toapis::Error) -> Option<String> {
    let id = match (error.outcome(), error.kind()) {
        (Some(SubmissionOutcome::Unknown(id)), _) => id.as_str(),
        (
            _,
            ErrorKind::NotFound
            | ErrorKind::InvalidId
            | ErrorKind::TaskFailed
            | ErrorKind::Moderation,
        ) => return None,
        _ => error.task_id()?.as_str(),
    };
    // What a service calls its tasks goes into no one's shell unless it is plain.
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.:".contains(&byte);
    (id.bytes().all(plain) && !id.starts_with('-'))
        .then(|| format!("`toapis wait {id} -o FILE` asks for it and saves its picture."))
}

/// The causes that say more than what stands above them; some libraries repeat their cause in their own text.
fn causes(message: &str, mut next: Option<&dyn StdError>) -> Vec<String> {
    let mut told: Vec<String> = Vec::new();
    while let Some(cause) = next {
        let text = cause.to_string();
        if !message.contains(&text) && !told.iter().any(|above| above.contains(&text)) {
            told.push(text);
        }
        next = cause.source();
    }
    told
}
