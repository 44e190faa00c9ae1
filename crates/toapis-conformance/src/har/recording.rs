//! A list of exchanges that is read from a HAR file or written to one.

use std::{io::Write, path::Path};

use toapis_contract::Exchange;

use super::format::{Creator, Entry, Har, HarError, Log};

/// Exchanges in the order in which they were recorded.
///
/// The output contains no credentials: they are redacted in headers, in the URL and in text bodies.
/// Otherwise bodies are unchanged; binary ones are in base64.
///
/// ```
/// # use toapis_conformance::Recording;
/// # use toapis_contract::Contract;
/// let recording = Recording::parse(r#"{"log": {"version": "1.2", "entries": [{
///     "request": {"method": "GET", "url": "https://toapis.com/v1/balances", "headers": []},
///     "response": {"status": 404, "headers": [], "content": {}}
/// }]}}"#)?;
/// let report = Contract::embedded().validate(&recording.exchanges()[0]);
/// assert_eq!(report.request.violations()[0].message(), "the contract has no such path");
/// # Ok::<(), toapis_conformance::HarError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Recording {
    exchanges: Vec<Exchange>,
}

impl Recording {
    /// Creates an empty recording.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an exchange at the end.
    pub fn push(&mut self, exchange: Exchange) {
        self.exchanges.push(exchange);
    }

    /// Returns the exchanges in order.
    #[must_use]
    pub fn exchanges(&self) -> &[Exchange] {
        &self.exchanges
    }

    /// Reads a HAR file.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or [`parse`](Self::parse) fails.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, HarError> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path)
            .map_err(|error| HarError(format!("cannot read {}: {error}", path.display())))?;
        Self::parse(&text).map_err(|error| HarError(format!("{}: {error}", path.display())))
    }

    /// Parses HAR. Fields that validation does not need may be missing.
    ///
    /// # Errors
    ///
    /// The text is not HAR, or an entry has an invalid method, URL, status or base64 body. The
    /// error names the entry.
    pub fn parse(text: &str) -> Result<Self, HarError> {
        let har: Har = serde_json::from_str(text)
            .map_err(|error| HarError(format!("not a HAR document: {error}")))?;
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

    /// Returns the recording as HAR, with credentials redacted.
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
                    .map(|exchange| Entry::from_exchange(&exchange.clone().redacted()))
                    .collect(),
            },
        };
        // Serialization cannot fail: HAR has only strings, numbers and lists.
        serde_json::to_string_pretty(&har).unwrap_or_default()
    }

    /// Writes the recording to a file atomically.
    ///
    /// # Errors
    ///
    /// The directory does not exist or is not writable.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<(), HarError> {
        let path = path.as_ref();
        let directory = match path.parent() {
            Some(directory) if !directory.as_os_str().is_empty() => directory,
            _ => Path::new("."),
        };
        let write = || {
            let mut file = tempfile::NamedTempFile::new_in(directory)?;
            file.write_all(self.to_har().as_bytes())?;
            file.as_file().sync_all()?;
            file.persist(path)?;
            Ok::<_, std::io::Error>(())
        };
        write().map_err(|error| HarError(format!("cannot write {}: {error}", path.display())))
    }
}
