//! A list of exchanges that is read from a file and written to one.

use std::{io::Write, path::Path};

use super::format::{Creator, Entry, Har, Log};
use crate::exchange::Exchange;

/// Exchanges in the order in which they were recorded.
///
/// What is written holds no key: headers that carry one are masked, and so is whatever looks like one in a URL or in a
/// body that is text. Apart from that, bodies are kept as they are, those that are no text in base64.
///
/// ```
/// # use toapis_contract::{Contract, Recording};
/// let recording = Recording::parse(r#"{"log": {"version": "1.2", "entries": [{
///     "request": {"method": "GET", "url": "https://toapis.com/v1/balances", "headers": []},
///     "response": {"status": 404, "headers": [], "content": {}}
/// }]}}"#)?;
/// let verdict = Contract::embedded().check(&recording.exchanges()[0]);
/// assert_eq!(verdict.request.violations()[0].message(), "the contract has no such path");
/// # Ok::<(), toapis_contract::HarError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Recording {
    exchanges: Vec<Exchange>,
}

/// A recording that could not be read or written.
#[derive(Debug)]
pub struct HarError(pub(super) String);

impl std::fmt::Display for HarError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for HarError {}

impl Recording {
    /// An empty recording.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an exchange at the end.
    pub fn push(&mut self, exchange: Exchange) {
        self.exchanges.push(exchange);
    }

    /// The exchanges, in order.
    #[must_use]
    pub fn exchanges(&self) -> &[Exchange] {
        &self.exchanges
    }

    /// Reads a HAR file.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, and what [`parse`](Self::parse) refuses.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, HarError> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path)
            .map_err(|error| HarError(format!("{} cannot be read: {error}", path.display())))?;
        Self::parse(&text).map_err(|error| HarError(format!("{}: {error}", path.display())))
    }

    /// Reads HAR from its text. Fields that are not needed here may be missing.
    ///
    /// # Errors
    ///
    /// Text that is no HAR; a method, URL, status or base64 that is none. The error names the entry.
    pub fn parse(text: &str) -> Result<Self, HarError> {
        let har: Har = serde_json::from_str(text)
            .map_err(|error| HarError(format!("this is no HAR: {error}")))?;
        let exchanges = har
            .log
            .entries
            .into_iter()
            .enumerate()
            .map(|(position, entry)| {
                entry
                    .into_exchange()
                    .map_err(|error| HarError(format!("entry {position}: {error}")))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { exchanges })
    }

    /// The recording as HAR, without keys.
    #[must_use]
    pub fn to_har(&self) -> String {
        let har = Har {
            log: Log {
                version: "1.2".to_owned(),
                creator: Creator {
                    name: env!("CARGO_PKG_NAME").to_owned(),
                    version: env!("CARGO_PKG_VERSION").to_owned(),
                },
                entries: self
                    .exchanges
                    .iter()
                    .map(|exchange| Entry::of(&exchange.clone().masked()))
                    .collect(),
            },
        };
        // Strings, numbers and lists alone: there is nothing in it that JSON cannot hold.
        serde_json::to_string_pretty(&har).unwrap_or_default()
    }

    /// Writes the recording to a file, whole or not at all.
    ///
    /// # Errors
    ///
    /// A folder that does not exist or may not be written to.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<(), HarError> {
        let path = path.as_ref();
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let write = || {
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            file.write_all(self.to_har().as_bytes())?;
            file.as_file().sync_all()?;
            file.persist(path)?;
            Ok::<_, std::io::Error>(())
        };
        write().map_err(|error| HarError(format!("{} cannot be written: {error}", path.display())))
    }
}
