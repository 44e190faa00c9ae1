//! The JSON documents that `--json` prints, and their schemas.

use schemars::{JsonSchema, Schema, schema_for};
use serde::Serialize;

use crate::failure::Failure;

/// A task, as `generate`, `wait` and `status` print it.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub(crate) struct TaskDocument {
    /// The service's id of the task.
    pub(crate) id: String,
    /// The caller's own id, if one went with the create.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) business_id: Option<String>,
    /// The model, as the service names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) model: Option<String>,
    /// The state; one that this version does not know is printed as it came.
    pub(crate) status: String,
    /// Percent done, where the service tells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) progress: Option<u8>,
    /// When the task was made, in Unix seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) created_at: Option<i64>,
    /// When it was completed, in Unix seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) completed_at: Option<i64>,
    /// When the URLs of its pictures die, in Unix seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expires_at: Option<i64>,
    /// Its pictures, once it is completed.
    pub(crate) images: Vec<ImageDocument>,
    /// Why it failed, if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) failure: Option<FailureDocument>,
    /// Whether a simulator made it, inside the command.
    pub(crate) simulated: bool,
}

/// Why a task failed.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct FailureDocument {
    /// The service's code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<String>,
    /// The service's sentence; it may be English or Chinese.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<String>,
}

/// One picture.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub(crate) struct ImageDocument {
    /// Where the service keeps it, for a day.
    pub(crate) url: String,
    /// Where it was saved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<String>,
    /// What it is, by its content: `image/png` and the like.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) media_type: Option<String>,
    /// Its size on disk in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) bytes: Option<u64>,
    /// The SHA-256 of its bytes, in hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sha256: Option<String>,
}

impl ImageDocument {
    /// A picture that was not fetched.
    pub(crate) fn at(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            ..Self::default()
        }
    }

    /// Where it is, for a line of its own.
    pub(crate) fn line(&self) -> String {
        self.path.as_ref().unwrap_or(&self.url).clone()
    }
}

/// Pictures that were uploaded.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct UploadDocument {
    /// In the order of the command line.
    pub(crate) uploads: Vec<UploadedDocument>,
}

/// One of them.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct UploadedDocument {
    /// The local file.
    pub(crate) path: String,
    /// Where the service has it; how long is not documented.
    pub(crate) url: String,
}

/// What is left to spend.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct BalanceDocument {
    /// Whether it is the whole account's, not one key's.
    pub(crate) account: bool,
    /// Whether there is no limit; what is left is then not told.
    pub(crate) unlimited: bool,
    /// What is left, in US dollars.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remaining_usd: Option<f64>,
    /// What was used, in US dollars.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) used_usd: Option<f64>,
    /// What is left, in credits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remaining_credits: Option<f64>,
    /// What was used, in credits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) used_credits: Option<f64>,
}

/// The image models that the service offers.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ModelsDocument {
    /// In the service's order.
    pub(crate) models: Vec<ModelDocument>,
}

/// One model.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ModelDocument {
    /// The name to ask for.
    pub(crate) id: String,
    /// Whether this version knows its rules, and checks a request before it is sent.
    pub(crate) known: bool,
}

/// Where a simulator listens.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct SimDocument {
    /// The base URL of its API.
    pub(crate) base_url: String,
    /// The base URL of its files.
    pub(crate) files_url: String,
    /// Its inspector and switches, if they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) admin_url: Option<String>,
    /// A key that it accepts. It opens nothing else.
    pub(crate) key: String,
}

/// Every document, by the name that `toapis schema` knows it by.
pub(crate) fn schemas() -> Vec<(&'static str, Schema)> {
    vec![
        ("balance", schema_for!(BalanceDocument)),
        ("contract", schema_for!(toapis_contract::suite::Report)),
        ("error", schema_for!(Failure)),
        ("models", schema_for!(ModelsDocument)),
        ("proxy", schema_for!(toapis_contract::proxy::Tally)),
        ("sim", schema_for!(SimDocument)),
        ("task", schema_for!(TaskDocument)),
        ("upload", schema_for!(UploadDocument)),
    ]
}
