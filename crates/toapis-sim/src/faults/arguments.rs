//! The arguments of an action.

use super::{
    Action,
    values::{envelope, number, status},
};

/// The arguments of an action that have not been read.
pub(super) struct Arguments<'w> {
    action: &'w str,
    rest: Vec<&'w str>,
}

impl<'w> Arguments<'w> {
    pub(super) fn new(action: &'w str, words: &'w [String]) -> Self {
        Self {
            action,
            rest: words.iter().map(String::as_str).collect(),
        }
    }

    /// Takes a word without a value; returns false if it is missing.
    pub(super) fn flag(&mut self, word: &str) -> bool {
        let index = self.rest.iter().position(|next| *next == word);
        index.map(|index| self.rest.remove(index)).is_some()
    }

    /// Takes the value of `name=value`.
    pub(super) fn named(&mut self, name: &str) -> Result<Option<String>, String> {
        let index = self
            .rest
            .iter()
            .position(|next| next.split_once('=').is_some_and(|(key, _)| key == name));
        let Some(index) = index else { return Ok(None) };
        let word = self.rest.remove(index);
        match word.split_once('=') {
            Some((_, value)) if !value.is_empty() => Ok(Some(value.to_owned())),
            _ => Err(format!("`{name}=` has no value")),
        }
    }

    /// Takes the next word, if there is one.
    pub(super) fn next(&mut self) -> Option<&'w str> {
        (!self.rest.is_empty()).then(|| self.rest.remove(0))
    }

    /// Takes a word that must be there; `what` names it in the error.
    pub(super) fn required(&mut self, what: &str) -> Result<&'w str, String> {
        self.next()
            .ok_or_else(|| format!("`{}` needs {what}", self.action))
    }

    pub(super) fn parse_or<T>(
        &mut self,
        default: T,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, String> {
        self.next().map_or(Ok(default), parse)
    }

    pub(super) fn text_or(&mut self, default: &str) -> String {
        self.next().unwrap_or(default).to_owned()
    }

    /// Takes the arguments of `status`.
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
        let status = status(self.required("a status")?)?;
        Ok(Action::Status {
            status,
            code: self.next().map(str::to_owned),
            envelope,
            retry_after,
            message,
            accepted,
        })
    }

    /// Checks that all arguments have been read.
    pub(super) fn finish(&self) -> Result<(), String> {
        match self.rest.first() {
            Some(word) => Err(format!("unexpected argument `{word}` of `{}`", self.action)),
            None => Ok(()),
        }
    }
}
