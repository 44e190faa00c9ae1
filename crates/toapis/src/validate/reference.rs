//! The rules for the URLs of reference images.

use url::Url;

use crate::generated::limits::REFERENCES;
use crate::net::is_private;

/// Checks a reference URL. Returns the actual and the expected value of a violation.
///
/// `allow_private`: the API itself runs on a private host, as the simulator does.
pub(crate) fn reference_url(text: &str, allow_private: bool) -> Option<(String, String)> {
    let schemes = REFERENCES.schemes.join(" or ");
    let shown: String = text.chars().take(60).collect();
    if text
        .trim_start()
        .get(..5)
        .is_some_and(|start| start.eq_ignore_ascii_case("data:"))
    {
        let actual = format!("inline data of {} characters", text.chars().count());
        let expected =
            format!("an {schemes} URL, a path or bytes: the service rejects inline data");
        return Some((actual, expected));
    }
    let url = Url::parse(text)
        .ok()
        .filter(|url| REFERENCES.schemes.contains(&url.scheme()));
    let Some(url) = url else {
        return Some((shown, format!("an {schemes} URL")));
    };
    if !allow_private && is_private(&url) {
        let expected =
            "a URL that the service can reach: this one is private, so give the file instead";
        return Some((shown, expected.to_owned()));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unreachable_and_inline_references_are_rejected_with_the_reason() {
        for (url, reason) in [
            ("data:image/png;base64,AAAA", "inline data"),
            ("DATA:image/png;base64,AAAA", "inline data"),
            ("ftp://example.com/a.png", "http or https"),
            ("file:///etc/passwd", "http or https"),
            ("http://", "http or https"),
            ("http://192.168.0.7/a.png", "private"),
            ("http://localhost/a.png", "private"),
        ] {
            let (_, allowed) = reference_url(url, false).unwrap();
            assert!(allowed.contains(reason), "{url}: {allowed}");
        }
        assert_eq!(reference_url("http://127.0.0.1:8080/a.png", true), None);
        assert_eq!(reference_url("https://example.com/a.png", false), None);
    }
}
