//! The words after an action, and what they mean to it.

use super::{
    Action,
    values::{envelope, number, status},
};

/// The words after an action, taken one by one.
pub(super) struct Arguments<'w> {
    action: &'w str,
    left: Vec<&'w str>,
}

/// An argument that must be there.
pub(super) struct Needed<'w>(pub(super) &'w str);

impl Needed<'_> {
    pub(super) fn parse_with<T>(
        self,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, String> {
        read(self.0)
    }
}

impl<'w> Arguments<'w> {
    pub(super) fn new(action: &'w str, words: &'w [String]) -> Self {
        Self {
            action,
            left: words.iter().map(String::as_str).collect(),
        }
    }

    /// Whether this word is among them.
    pub(super) fn flag(&mut self, word: &str) -> bool {
        let place = self.left.iter().position(|left| *left == word);
        place.map(|place| self.left.remove(place)).is_some()
    }

    /// The value of `name=value`.
    pub(super) fn named(&mut self, name: &str) -> Result<Option<String>, String> {
        let place = self
            .left
            .iter()
            .position(|left| left.split_once('=').is_some_and(|(own, _)| own == name));
        let Some(place) = place else { return Ok(None) };
        let word = self.left.remove(place);
        match word.split_once('=') {
            Some((_, value)) if !value.is_empty() => Ok(Some(value.to_owned())),
            _ => Err(format!("`{name}=` has no value")),
        }
    }

    pub(super) fn take(&mut self) -> Option<&'w str> {
        (!self.left.is_empty()).then(|| self.left.remove(0))
    }

    pub(super) fn next(&mut self, what: &str) -> Result<Needed<'w>, String> {
        self.take()
            .map(Needed)
            .ok_or_else(|| format!("`{}` needs {what}", self.action))
    }

    pub(super) fn or<T>(
        &mut self,
        default: T,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, String> {
        self.take().map_or(Ok(default), read)
    }

    pub(super) fn text_or(&mut self, default: &str) -> String {
        self.take().unwrap_or(default).to_owned()
    }

    pub(super) fn status(&mut self) -> Result<Action, String> {
        let accepted = self.flag("accepted");
        let message = self.named("message")?;
        let retry_after = self
            .named("retry-after")?
            .map(|text| number("retry-after", &text))
            .transpose()?;
        let envelope = self
            .named("envelope")?
            .map(|text| envelope(&text))
            .transpose()?;
        let status = self.next("a status")?.parse_with(status)?;
        Ok(Action::Status {
            status,
            code: self.take().map(str::to_owned),
            envelope,
            retry_after,
            message,
            accepted,
        })
    }

    pub(super) fn none_left(&self) -> Result<(), String> {
        match self.left.first() {
            Some(word) => Err(format!("`{}` does not take {word:?}", self.action)),
            None => Ok(()),
        }
    }
}
