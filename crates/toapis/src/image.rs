//! The images of a result.

use std::fmt;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use toapis_client::types;

use crate::client::Client;
use crate::generated::limits::RESULT_LIFETIME;
use crate::ids::TaskId;

/// An image that a task created. Its URL is valid for [`Image::URL_TTL`] and is requested without
/// the API key.
#[derive(Clone)]
pub struct Image {
    pub(crate) client: Client,
    pub(crate) task: TaskId,
    pub(crate) item: ResultItem,
    pub(crate) expires_at: Option<SystemTime>,
}

/// An image in a response.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct ResultItem {
    pub(crate) url: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) layer: Option<Box<Layer>>,
}

/// The position of an image in a stack of layers, for models that decompose images.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Layer {
    /// The name of the layer.
    pub name: Option<String>,
    /// A description of the layer.
    pub description: Option<String>,
    /// The position in the stack.
    pub z_index: Option<i64>,
    /// The size, as the service formats it.
    pub size: Option<String>,
    /// The format, as the service names it.
    pub output_format: Option<String>,
    /// The position in pixels. The JSON form is not documented.
    pub absolute: Option<Value>,
    /// The position as fractions of the image size. The JSON form is not documented.
    pub normalized: Option<Value>,
}

impl ResultItem {
    pub(crate) fn from_url(url: String) -> Self {
        Self { url, layer: None }
    }

    pub(crate) fn from_wire(image: types::ResultImage) -> Option<Self> {
        let (absolute, normalized) = image
            .bounding_box
            .map(|place| (place.absolute, place.normalized))
            .unwrap_or_default();
        let layer = Layer {
            name: image.name,
            description: image.description,
            z_index: image.z_index,
            size: image.size,
            output_format: image.output_format,
            absolute,
            normalized,
        };
        Some(Self {
            url: image.url?,
            layer: (layer != Layer::default()).then(|| Box::new(layer)),
        })
    }
}

impl Image {
    /// How long the URL is valid after the task is completed, by the service's documentation.
    pub const URL_TTL: Duration = RESULT_LIFETIME;

    /// Returns the URL. Its extension may not match the format.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.item.url
    }

    /// Returns the id of the task that created the image.
    #[must_use]
    pub fn task_id(&self) -> &TaskId {
        &self.task
    }

    /// Returns the time at which the URL expires, if known.
    #[must_use]
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.expires_at
    }

    /// Returns the layer, if the model decomposed an image.
    #[must_use]
    pub fn layer(&self) -> Option<&Layer> {
        self.item.layer.as_deref()
    }
}

impl fmt::Debug for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Image")
            .field("url", &self.item.url)
            .field("task", &self.task)
            .finish_non_exhaustive()
    }
}
