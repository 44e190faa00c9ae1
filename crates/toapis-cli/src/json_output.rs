//! Defines the JSON documents of `--json` and their schemas.

use schemars::{JsonSchema, Schema, schema_for};
use serde::Serialize;

use crate::cli_error::CliError;

/// A task, the document of `generate`, `wait` and `status`.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub(crate) struct TaskDocument {
    /// Task id of the service.
    pub(crate) id: String,
    /// Business id of the create, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) business_id: Option<String>,
    /// Model, as the service names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) model: Option<String>,
    /// Status; an unknown one is printed as received.
    pub(crate) status: String,
    /// Progress in percent, if the service reports it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) progress: Option<u8>,
    /// Creation time in Unix seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) created_at: Option<i64>,
    /// Completion time in Unix seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) completed_at: Option<i64>,
    /// Expiry time of the image URLs in Unix seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expires_at: Option<i64>,
    /// Images of a completed task.
    pub(crate) images: Vec<ImageDocument>,
    /// Why the task failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) failure: Option<FailureDocument>,
    /// True for a task of the simulator inside the command.
    pub(crate) simulated: bool,
}

/// Why a task failed.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct FailureDocument {
    /// Error code of the service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<String>,
    /// Message of the service, in English or Chinese.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<String>,
}

/// An image.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub(crate) struct ImageDocument {
    /// URL of the image; it expires 24 hours after completion.
    pub(crate) url: String,
    /// Path of the saved file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<String>,
    /// Media type by content, such as `image/png`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) media_type: Option<String>,
    /// Size in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) bytes: Option<u64>,
    /// SHA-256 of the content, in hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sha256: Option<String>,
}

impl ImageDocument {
    /// Creates a document for an image that was not downloaded.
    pub(crate) fn from_url(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            ..Self::default()
        }
    }

    /// Returns the path of the file, or else the URL.
    pub(crate) fn location(&self) -> String {
        self.path.as_ref().unwrap_or(&self.url).clone()
    }
}

/// Uploaded images, the document of `upload`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct UploadDocument {
    /// Uploads in the order of the command line.
    pub(crate) uploads: Vec<UploadedDocument>,
}

/// An uploaded image.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct UploadedDocument {
    /// Path of the local file.
    pub(crate) path: String,
    /// URL of the upload; its lifetime is not documented.
    pub(crate) url: String,
}

/// A balance, the document of `balance`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct BalanceDocument {
    /// True for the balance of the account, false for that of the API key.
    pub(crate) account: bool,
    /// True if the balance is unlimited; the remaining amounts are then missing.
    pub(crate) unlimited: bool,
    /// Remaining balance in US dollars.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remaining_usd: Option<f64>,
    /// Used balance in US dollars.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) used_usd: Option<f64>,
    /// Remaining credits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remaining_credits: Option<f64>,
    /// Used credits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) used_credits: Option<f64>,
}

/// Image models of the service, the document of `models`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ModelsDocument {
    /// Models in the order of the service.
    pub(crate) models: Vec<ModelDocument>,
}

/// A model.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ModelDocument {
    /// Model name for requests.
    pub(crate) id: String,
    /// True if the contract has the model, so that requests are validated before they are sent.
    pub(crate) known: bool,
}

/// Addresses of a simulator, the document of `sim`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct SimDocument {
    /// Base URL of the API.
    pub(crate) base_url: String,
    /// Base URL of the file host.
    pub(crate) files_url: String,
    /// Base URL of the inspector and the admin API, if enabled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) admin_url: Option<String>,
    /// API key that the simulator accepts; it is worthless elsewhere.
    pub(crate) key: String,
}

/// Returns the schema of each document, by its name for `toapis schema`.
pub(crate) fn schemas() -> Vec<(&'static str, Schema)> {
    vec![
        ("balance", schema_for!(BalanceDocument)),
        ("contract", schema_for!(toapis_conformance::Report)),
        ("error", schema_for!(CliError)),
        ("models", schema_for!(ModelsDocument)),
        ("proxy", schema_for!(toapis_conformance::proxy::ProxyStats)),
        ("sim", schema_for!(SimDocument)),
        ("task", schema_for!(TaskDocument)),
        ("upload", schema_for!(UploadDocument)),
    ]
}
