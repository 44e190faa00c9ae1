//! What is known of a [`Model`]: its names, what it takes, and where that is known from.

use crate::catalog::{ModelRow, Rule};
use crate::generated::models::{MODELS, Model};
use crate::generated::sizes::Size;

impl Model {
    /// Whether the contract lists it. Any other name is legal too: the list of models grows without notice, and the service
    /// judges them.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.row().is_some()
    }

    /// Its other names, which the service takes as well.
    #[must_use]
    pub fn aliases(&self) -> &'static [&'static str] {
        self.row().map_or(&[], |row| row.aliases)
    }

    /// The sizes that it takes by name; empty if it takes none, or is not listed.
    #[must_use]
    pub fn sizes(&self) -> &'static [Size] {
        self.row().map_or(&[], |row| row.sizes)
    }

    /// The resolutions that it takes, as it writes them.
    #[must_use]
    pub fn resolutions(&self) -> &'static [&'static str] {
        self.row()
            .and_then(|row| row.resolution.as_ref())
            .map_or(&[], |resolution| resolution.values)
    }

    /// The resolution that it takes where none is given, as far as it is known.
    #[must_use]
    pub fn default_resolution(&self) -> Option<&'static str> {
        self.row()?.resolution.as_ref()?.default
    }

    /// How many characters a prompt may have; `None` where no limit is documented.
    #[must_use]
    pub fn max_prompt_chars(&self) -> Option<u32> {
        match self.row()?.field("prompt")?.rule {
            Rule::Text(text) => text.max_chars,
            _ => None,
        }
    }

    /// How many reference pictures it takes: `Some(0)` if none, `None` where no limit is known.
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

    /// Whether it edits pictures, at the endpoint for edits, rather than making them.
    #[must_use]
    pub fn is_edit_model(&self) -> bool {
        self.row()
            .is_some_and(|row| row.operation == toapis_client::operations::EDIT_IMAGE.id)
    }

    /// What else is known of it.
    #[must_use]
    pub fn notes(&self) -> Option<&'static str> {
        self.row()?.notes
    }

    /// The size that it takes whose ratio is nearest; `None` if it takes none by name.
    ///
    /// ```
    /// use toapis::{Model, Size};
    /// assert_eq!(Model::GptImage2.nearest_size(2000, 1000), Some(Size::Landscape2x1));
    /// ```
    #[must_use]
    pub fn nearest_size(&self, width: u32, height: u32) -> Option<Size> {
        Size::nearest_of(self.sizes(), width, height)
    }

    /// The row of the contract, by its name or an alias.
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
