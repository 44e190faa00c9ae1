//! One picture of a result: where it is, and what is known of it before it is fetched.

use std::fmt;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use toapis_client::types;

use crate::client::Client;
use crate::generated::limits::RESULT_LIFETIME;
use crate::ids::TaskId;

/// A picture that a task made. Its link lives for [`Image::URL_TTL`], needs no key and is given none.
#[derive(Clone)]
pub struct Image {
    pub(crate) client: Client,
    pub(crate) task: TaskId,
    pub(crate) item: ResultItem,
    pub(crate) expires_at: Option<SystemTime>,
}

/// What an answer says of a picture.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct ResultItem {
    pub(crate) url: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) layer: Option<Box<Layer>>,
}

/// Where a picture stands in a stack of layers, for models that take a picture apart.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Layer {
    /// What it is called.
    pub name: Option<String>,
    /// What it shows.
    pub description: Option<String>,
    /// Its place in the stack.
    pub z_index: Option<i64>,
    /// Its size, as the service writes it.
    pub size: Option<String>,
    /// Its format, as the service writes it.
    pub output_format: Option<String>,
    /// Where it stands, in pixels. The form is not documented.
    pub absolute: Option<Value>,
    /// Where it stands, as parts of the whole. The form is not documented.
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
    /// How long the link lives after the task is completed, by the service's documentation.
    pub const URL_TTL: Duration = RESULT_LIFETIME;

    /// Where it is. Its ending is no warrant of its format.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.item.url
    }

    /// The task that made it.
    #[must_use]
    pub fn task_id(&self) -> &TaskId {
        &self.task
    }

    /// Returns the time at which the URL expires, if known.
    #[must_use]
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.expires_at
    }

    /// Its place among layers, if the model took a picture apart.
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
