//! Requests for images: the settings, the references, and the body that is sent.

pub(crate) mod body;
mod reference;
mod upload;

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use toapis_client::{Operation, types};

use crate::catalog::ReferenceStyle;
use crate::error::{Error, ErrorInner, ErrorKind};
use crate::generated::models::Model;
use crate::generated::sizes::Size;
use crate::ids::BusinessId;
use crate::validate;

pub use reference::Reference;
pub(crate) use reference::Source;
pub(crate) use upload::{ReferenceUrls, invalidate_cached, upload_references};

/// A request for images. Only the prompt is required. The default model is that of the API's
/// documentation page.
///
/// Only fields that were set are sent, so the defaults of the service apply. A submit validates the
/// request by the rules of its model and reports all violations at once;
/// [`validate`](Self::validate) does the same without sending anything.
///
/// ```
/// use toapis::{ImageRequest, Model, Size};
/// let request = ImageRequest::new("A cat in a spacesuit walking on the moon")
///     .model(Model::GptImage2)
///     .size(Size::Landscape16x9)
///     .resolution("2K")
///     .quality("high")
///     .n(2);
/// request.validate()?;
/// # Ok::<(), toapis::Error>(())
/// ```
///
/// A request can be stored: it implements `Serialize` and `Deserialize`. Image bytes become base64.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageRequest {
    pub(crate) prompt: String,
    #[serde(default)]
    pub(crate) model: Model,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) size: Option<Size>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) n: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) resolution: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) references: Vec<Reference>,
    #[serde(
        default,
        rename = "reference_style",
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) style: Option<ReferenceStyle>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) mask: Option<Reference>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) quality: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) output_format: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) output_compression: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) background: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) seed: Option<i64>,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub(crate) metadata: Map<String, Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) business_id: Option<BusinessId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) callback_url: Option<String>,
    #[serde(
        default,
        rename = "extra_fields",
        skip_serializing_if = "Map::is_empty"
    )]
    pub(crate) extra: Map<String, Value>,
}

impl ImageRequest {
    /// Creates a request with a prompt and the default model.
    pub fn new(prompt: impl Into<String>) -> Self {
        Self {
            prompt: prompt.into(),
            model: Model::default(),
            size: None,
            n: None,
            resolution: None,
            references: Vec::new(),
            style: None,
            mask: None,
            quality: None,
            output_format: None,
            output_compression: None,
            background: None,
            seed: None,
            metadata: Map::new(),
            business_id: None,
            callback_url: None,
            extra: Map::new(),
        }
    }

    /// Sets the model. Any name is accepted, because the service adds models without notice.
    #[must_use]
    pub fn model(mut self, model: impl Into<Model>) -> Self {
        self.model = model.into();
        self
    }

    /// Sets the size: an aspect ratio such as `16:9`, a word such as `auto`, or, for some models,
    /// `WxH` in pixels.
    #[must_use]
    pub fn size(mut self, size: impl Into<Size>) -> Self {
        self.size = Some(size.into());
        self
    }

    /// Sets the number of images; each of them is paid. Most models support only one.
    #[must_use]
    pub fn n(mut self, n: u32) -> Self {
        self.n = Some(i64::from(n));
        self
    }

    /// Sets the resolution: `1K`, `2K`, `4K` and so on, in any case. It is sent in the field and
    /// the case that the model expects.
    #[must_use]
    pub fn resolution(mut self, resolution: impl Into<String>) -> Self {
        self.resolution = Some(resolution.into());
        self
    }

    /// Adds a reference image: a URL, a path or bytes.
    #[must_use]
    pub fn reference(mut self, reference: impl Into<Reference>) -> Self {
        self.references.push(reference.into());
        self
    }

    /// Adds several reference images.
    #[must_use]
    pub fn references<R: Into<Reference>>(
        mut self,
        references: impl IntoIterator<Item = R>,
    ) -> Self {
        self.references
            .extend(references.into_iter().map(Into::into));
        self
    }

    /// Sends references in this style only.
    #[must_use]
    pub fn reference_style(mut self, style: ReferenceStyle) -> Self {
        self.style = Some(style);
        self
    }

    /// Sets the mask, for models that support one: a PNG image of the size of the reference whose
    /// transparent pixels are painted.
    #[must_use]
    pub fn mask(mut self, mask: impl Into<Reference>) -> Self {
        self.mask = Some(mask.into());
        self
    }

    /// Sets the quality, for models that support it: `low`, `medium` or `high`.
    #[must_use]
    pub fn quality(mut self, quality: impl Into<String>) -> Self {
        self.quality = Some(quality.into());
        self
    }

    /// Sets the format of the images, for models that support it: `png` or `jpeg`.
    #[must_use]
    pub fn output_format(mut self, format: impl Into<String>) -> Self {
        self.output_format = Some(format.into());
        self
    }

    /// Sets the compression in percent, for models that support it.
    #[must_use]
    pub fn output_compression(mut self, percent: u8) -> Self {
        self.output_compression = Some(i64::from(percent));
        self
    }

    /// Sets the background, for models that support it. The values are not documented.
    #[must_use]
    pub fn background(mut self, background: impl Into<String>) -> Self {
        self.background = Some(background.into());
        self
    }

    /// Sets the seed, for models that support one: the same seed leads to similar images.
    #[must_use]
    pub fn seed(mut self, seed: i64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Sets a setting of the model in `metadata`.
    #[must_use]
    pub fn metadata(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.metadata.insert(name.into(), value.into());
        self
    }

    /// Sets a field of the request by its JSON name. It overrides the same field set otherwise.
    #[must_use]
    pub fn extra_field(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.extra.insert(name.into(), value.into());
        self
    }

    /// Sets your own id of this request, by which its task is found even if the response is lost.
    /// Without one, each submit generates an id.
    #[must_use]
    pub fn business_id(mut self, id: BusinessId) -> Self {
        self.business_id = Some(id);
        self
    }

    /// Sets the URL for webhooks of this task. Its scheme, host and port must be those of the API
    /// key's webhook.
    #[must_use]
    pub fn callback_url(mut self, url: impl Into<String>) -> Self {
        self.callback_url = Some(url.into());
        self
    }

    /// Validates the request by the rules of its model, without sending anything.
    ///
    /// Local references are counted but not opened. Whether a URL is private is not checked here,
    /// because that depends on the client's base URL.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Validation`], with all violations in [`Error::violations`].
    pub fn validate(&self) -> Result<(), Error> {
        let body = body::build(self, self.business_id.as_ref());
        self.validate_body(&body, body::operation(self), true)
    }

    /// Validates the body that was built from this request, and its references.
    pub(crate) fn validate_body(
        &self,
        body: &types::ImageRequest,
        operation: &Operation,
        allow_private: bool,
    ) -> Result<(), Error> {
        let row = self.model.row();
        let mut violations = validate::check(row, operation.id, body);
        violations.extend(validate::check_extra_fields(&self.extra, body));
        let field = body::reference_field(row);
        let references = self.references.iter().enumerate();
        let references = references
            .map(|(index, reference)| (format!("{field}[{index}]"), reference))
            .chain(self.mask.iter().map(|mask| ("mask_url".to_owned(), mask)))
            .map(|(field, reference)| (field, reference.validate_url(allow_private)));
        violations.extend(validate::check_references(references));
        if violations.is_empty() {
            return Ok(());
        }
        let error = Error::from(ErrorInner::new(ErrorKind::Validation, ""));
        Err(error.map_inner(|inner| inner.violations = violations))
    }

    /// Returns the caller's id: set as such, or as an extra field, which is what is sent.
    pub(crate) fn explicit_business_id(&self) -> Option<BusinessId> {
        let field = self.extra.get("client_business_id");
        field
            .and_then(|id| BusinessId::deserialize(id).ok())
            .or_else(|| self.business_id.clone())
    }

    /// Returns true if the request has a reference or a mask.
    pub(crate) fn has_references(&self) -> bool {
        !self.references.is_empty() || self.mask.is_some()
    }
}

impl fmt::Debug for ImageRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A prompt is private, so a logged request shows its length only.
        f.debug_struct("ImageRequest")
            .field("model", &self.model)
            .field(
                "prompt",
                &format_args!("{} characters", self.prompt.chars().count()),
            )
            .field("size", &self.size)
            .field("n", &self.n)
            .field("resolution", &self.resolution)
            .field("references", &self.references)
            .field("business_id", &self.business_id)
            .finish_non_exhaustive()
    }
}

impl From<&str> for ImageRequest {
    fn from(prompt: &str) -> Self {
        Self::new(prompt)
    }
}

impl From<String> for ImageRequest {
    fn from(prompt: String) -> Self {
        Self::new(prompt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_request_equals_the_original() {
        let request = ImageRequest::new("a cat")
            .model("a-model-of-next-year")
            .size("7:7")
            .n(2)
            .resolution("2K")
            .reference("https://example.com/a.png")
            .reference(std::path::Path::new("cat.png"))
            .reference(vec![0, 159, 146, 150])
            .reference_style(ReferenceStyle::Objects)
            .mask("mask.png")
            .quality("high")
            .output_format("png")
            .output_compression(80)
            .background("opaque")
            .seed(-7)
            .metadata("k", 1)
            .business_id(BusinessId::new("order_1").unwrap())
            .callback_url("https://example.com/hook")
            .extra_field("new_field", true);
        for request in [request, ImageRequest::new("a cat")] {
            let stored = serde_json::to_string(&request).unwrap();
            let restored: ImageRequest = serde_json::from_str(&stored).unwrap();
            assert_eq!(restored, request, "{stored}");
        }
        let minimal = serde_json::to_string(&ImageRequest::new("a cat")).unwrap();
        assert!(!minimal.contains("null"), "{minimal}");
        // A misspelled setting must not be dropped, because the image would be paid without it.
        let misspelled = r#"{"prompt":"a cat","sise":"1:1"}"#;
        assert!(serde_json::from_str::<ImageRequest>(misspelled).is_err());
    }
}
