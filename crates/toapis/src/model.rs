//! Facts about a [`Model`]: names, limits and supported fields.

use crate::catalog::{ModelRow, Rule};
use crate::generated::models::{MODELS, Model};
use crate::generated::sizes::Size;

impl Model {
    /// Returns true if the contract lists the model. Other names are accepted too, because the
    /// service adds models without notice.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.row().is_some()
    }

    /// Returns the other names of the model.
    #[must_use]
    pub fn aliases(&self) -> &'static [&'static str] {
        self.row().map_or(&[], |row| row.aliases)
    }

    /// Returns the sizes that the model supports by name. Empty if there are none, or if the
    /// contract does not list the model.
    #[must_use]
    pub fn sizes(&self) -> &'static [Size] {
        self.row().map_or(&[], |row| row.sizes)
    }

    /// Returns the resolutions that the model supports, in its own case.
    #[must_use]
    pub fn resolutions(&self) -> &'static [&'static str] {
        self.row()
            .and_then(|row| row.resolution.as_ref())
            .map_or(&[], |resolution| resolution.values)
    }

    /// Returns the default resolution, if it is known.
    #[must_use]
    pub fn default_resolution(&self) -> Option<&'static str> {
        self.row()?.resolution.as_ref()?.default
    }

    /// Returns the maximum number of characters of a prompt, or `None` if no limit is documented.
    #[must_use]
    pub fn max_prompt_chars(&self) -> Option<u32> {
        match self.row()?.field("prompt")?.rule {
            Rule::Text(text) => text.max_chars,
            _ => None,
        }
    }

    /// Returns the maximum number of reference images: `Some(0)` if the model supports none, `None`
    /// if no limit is known.
    #[must_use]
    pub fn max_references(&self) -> Option<u32> {
        let row = self.row()?;
        let Some(references) = &row.references else {
            return Some(0);
        };
        match row.field(references.field)?.rule {
            Rule::List { max, .. } => *max,
            _ => None,
        }
    }

    /// Returns true if requests of the model go to the endpoint for edits.
    #[must_use]
    pub fn is_edit_model(&self) -> bool {
        self.row()
            .is_some_and(|row| row.operation == toapis_client::operations::EDIT_IMAGE.id)
    }

    /// Returns notes about the model.
    #[must_use]
    pub fn notes(&self) -> Option<&'static str> {
        self.row()?.notes
    }

    /// Returns the supported size with the nearest aspect ratio, or `None` if the model supports no
    /// size by name.
    ///
    /// ```
    /// use toapis::{Model, Size};
    /// assert_eq!(Model::GptImage2.nearest_size(2000, 1000), Some(Size::Landscape2x1));
    /// ```
    #[must_use]
    pub fn nearest_size(&self, width: u32, height: u32) -> Option<Size> {
        Size::nearest_of(self.sizes(), width, height)
    }

    /// Returns the model's row in the contract, by its name or an alias.
    pub(crate) fn row(&self) -> Option<&'static ModelRow> {
        match self {
            Self::Unknown(name) => ModelRow::named(name.as_str()),
            listed => MODELS.iter().find(|row| row.model == *listed),
        }
    }
}

impl From<&str> for Model {
    fn from(name: &str) -> Self {
        name.to_owned().into()
    }
}

impl From<&String> for Model {
    fn from(name: &String) -> Self {
        name.clone().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_model_of_the_page_is_the_default_and_has_its_limits() {
        let model = Model::default();
        assert_eq!(model.as_str(), "gemini-2.5-flash-image-preview");
        assert_eq!(model.aliases(), ["nano-banana"]);
        assert_eq!(model.max_prompt_chars(), Some(1000));
        assert_eq!(model.max_references(), Some(14));
        assert_eq!(model.sizes().len(), 7);
        assert_eq!(model.resolutions(), ["1K"]);
    }

    #[test]
    fn an_alias_has_the_rules_of_its_model_and_an_unknown_name_has_none() {
        assert_eq!(
            Model::from("nano-banana").max_references(),
            Model::default().max_references()
        );
        let unknown = Model::from("a-model-of-next-year");
        assert!(
            !unknown.is_known() && unknown.sizes().is_empty() && unknown.max_references().is_none()
        );
        assert_eq!(Model::GrokImagine10.max_references(), Some(0));
        assert!(Model::GrokImagine10Edit.is_edit_model());
    }
}
