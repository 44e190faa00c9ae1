//! The page that keeps the tables: each between two markers, everything else written by hand.

use std::fmt;

/// The page has no place for a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkerMissing(String);

impl fmt::Display for MarkerMissing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no line `{}`", self.0)
    }
}

impl std::error::Error for MarkerMissing {}

/// The page with what stands between the markers of `subject` replaced.
///
/// # Errors
///
/// One of the two markers is not there.
///
/// ```
/// let page = "# Speed\n<!-- bench:sim -->\nold\n<!-- end:sim -->\nMore.\n";
/// let page = xtask::bench::replace(page, "sim", "new\n").unwrap();
/// assert_eq!(page, "# Speed\n<!-- bench:sim -->\n\nnew\n\n<!-- end:sim -->\nMore.\n");
/// assert!(xtask::bench::replace(&page, "sdk", "").is_err());
/// ```
pub fn replace(page: &str, subject: &str, tables: &str) -> Result<String, MarkerMissing> {
    let (open, close) = (
        format!("<!-- bench:{subject} -->\n"),
        format!("<!-- end:{subject} -->"),
    );
    let missing = |marker: &str| MarkerMissing(marker.trim_end().to_owned());
    let (before, rest) = page.split_once(&open).ok_or_else(|| missing(&open))?;
    let (_, after) = rest.split_once(&close).ok_or_else(|| missing(&close))?;
    Ok(format!(
        "{before}{open}\n{}\n\n{close}{after}",
        tables.trim()
    ))
}
