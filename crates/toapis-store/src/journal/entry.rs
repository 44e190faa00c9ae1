//! What the journal knows about one request.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::Serialize;
use serde_json::Value;

/// A request that is about to be sent.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct NewEntry<'e> {
    /// The `client_business_id` of the create.
    pub business_id: &'e str,
    /// The host that receives it.
    pub base_url: &'e str,
    /// The request body as it is sent.
    pub request: &'e Value,
    /// Where the images go: a file, a directory or a template, as the caller wants to see it again.
    pub output: Option<&'e Path>,
    /// A key of the caller's choice. A second entry with the same key and the same request is the
    /// first entry.
    pub idempotency_key: Option<&'e str>,
    /// Expected cost in credits.
    pub credits: Option<u64>,
}

impl<'e> NewEntry<'e> {
    /// Creates an entry from the fields that every request has.
    #[must_use]
    pub fn new(business_id: &'e str, base_url: &'e str, request: &'e Value) -> Self {
        Self {
            business_id,
            base_url,
            request,
            output: None,
            idempotency_key: None,
            credits: None,
        }
    }

    /// Sets where the images go.
    #[must_use]
    pub fn output(mut self, output: &'e Path) -> Self {
        self.output = Some(output);
        self
    }

    /// Sets the caller's idempotency key.
    #[must_use]
    pub fn idempotency_key(mut self, key: &'e str) -> Self {
        self.idempotency_key = Some(key);
        self
    }

    /// Sets the expected cost in credits.
    #[must_use]
    pub fn credits(mut self, credits: u64) -> Self {
        self.credits = Some(credits);
        self
    }
}

/// What [`Journal::record_intent`](super::Journal::record_intent) did.
#[derive(Debug, Clone, PartialEq)]
pub enum Recorded {
    /// The intent is durable; the create may be sent, once.
    New,
    /// The idempotency key belongs to this earlier entry with the same request. Nothing may be
    /// sent.
    Existing(Box<Entry>),
}

/// How far a request has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EntryStatus {
    /// The intent is recorded. The create may have been sent; if the process that recorded it has
    /// ended, look the task up by its business id.
    Sending,
    /// The task exists and is paid.
    Running,
    /// The task is completed; not all of its images are saved.
    Completed,
    /// All images are saved.
    Done,
    /// The task failed; its credits were refunded.
    Failed,
    /// The service refused the create; no task exists.
    Rejected,
    /// The create was sent and its outcome could not be found out. A task may exist and be paid.
    Unknown,
}

impl EntryStatus {
    pub(super) const ALL: [Self; 7] = [
        Self::Sending,
        Self::Running,
        Self::Completed,
        Self::Done,
        Self::Failed,
        Self::Rejected,
        Self::Unknown,
    ];

    /// The number that represents it in the file. Never change one.
    pub(super) fn code(self) -> i64 {
        match self {
            Self::Sending => 1,
            Self::Running => 2,
            Self::Completed => 3,
            Self::Done => 4,
            Self::Failed => 5,
            Self::Rejected => 6,
            Self::Unknown => 7,
        }
    }

    pub(super) fn from_code(code: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.code() == code)
    }

    /// Returns true if nothing can change any more, except by a person.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Rejected)
    }
}

/// One request with all that is known about it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Entry {
    /// The `client_business_id` of the create.
    pub business_id: String,
    /// The caller's key, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
    /// The host that received it.
    pub base_url: String,
    /// The request body.
    pub request: Value,
    /// Where the images go.
    pub output: Option<PathBuf>,
    /// How far it has come.
    pub status: EntryStatus,
    /// The service's id of the task.
    pub task_id: Option<String>,
    /// The last status that the service reported.
    pub task_status: Option<String>,
    /// When the URLs expire.
    #[serde(serialize_with = "optional_unix_seconds")]
    pub expires_at: Option<SystemTime>,
    /// Cost in credits, expected or reported.
    pub credits: Option<u64>,
    /// Why it failed, was refused or is unknown.
    pub error: Option<String>,
    /// When the intent was recorded.
    #[serde(serialize_with = "unix_seconds")]
    pub created_at: SystemTime,
    /// When it changed last.
    #[serde(serialize_with = "unix_seconds")]
    pub updated_at: SystemTime,
    /// Result URLs in the order of the service.
    pub urls: Vec<String>,
    /// Saved files.
    pub files: Vec<SavedFile>,
}

/// An image on disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SavedFile {
    /// Position of its URL, from 0.
    pub position: u32,
    /// Where it is.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size: u64,
    /// The SHA-256 of its content.
    #[serde(serialize_with = "hex")]
    pub sha256: [u8; 32],
}

/// Which entries to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum EntryFilter {
    /// All, newest first.
    All,
    /// Those that need work: sending, running, completed without all files. The URLs that expire
    /// first come first.
    Open,
    /// Those whose create has an unknown outcome.
    Unknown,
    /// Those that are paid, not saved, and expire within this time; first to expire first.
    ExpiringWithin(Duration),
    /// Those that failed or were refused.
    Failed,
    /// Those whose images are all saved.
    Done,
}

pub(super) fn to_millis(time: SystemTime) -> i64 {
    time.duration_since(SystemTime::UNIX_EPOCH)
        .ok()
        .and_then(|since| i64::try_from(since.as_millis()).ok())
        .unwrap_or_default()
}

pub(super) fn from_millis(millis: i64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(millis).unwrap_or_default())
}

fn unix_seconds<S: serde::Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_i64(to_millis(*time) / 1000)
}

#[expect(clippy::ref_option, reason = "the signature that serde asks for")]
fn optional_unix_seconds<S: serde::Serializer>(
    time: &Option<SystemTime>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => unix_seconds(time, serializer),
        None => serializer.serialize_none(),
    }
}

fn hex<S: serde::Serializer>(bytes: &[u8; 32], serializer: S) -> Result<S::Ok, S::Error> {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(64);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    serializer.serialize_str(&text)
}
