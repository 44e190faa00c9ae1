//! The language of messages: English or Chinese.

use http::{HeaderMap, header::ACCEPT_LANGUAGE};

/// A language of the service's messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Language {
    #[default]
    English,
    Chinese,
}

impl Language {
    /// Returns the language that `Accept-Language` prefers; English if it names neither.
    pub(crate) fn from_accept_language(headers: &HeaderMap) -> Self {
        let text = headers
            .get(ACCEPT_LANGUAGE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let mut best = (0.0, Self::English);
        for item in text.split(',') {
            let mut parts = item.split(';');
            let tag = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
            let weight = parts
                .find_map(|part| part.trim().strip_prefix("q=")?.parse::<f32>().ok())
                .unwrap_or(1.0);
            let language = match tag.split('-').next() {
                Some("zh") => Self::Chinese,
                Some("en") => Self::English,
                _ => continue,
            };
            if weight > best.0 {
                best = (weight, language);
            }
        }
        best.1
    }

    pub(crate) fn pick<'t>(self, english: &'t str, chinese: &'t str) -> &'t str {
        match self {
            Self::English => english,
            Self::Chinese => chinese,
        }
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue, header::ACCEPT_LANGUAGE};
    use test_case::test_case;

    use super::Language;

    #[test_case("zh-CN,zh;q=0.9,en;q=0.8" => Language::Chinese; "chinese first")]
    #[test_case("en-GB, zh;q=0.5" => Language::English; "english first")]
    #[test_case("en;q=0.2, zh;q=0.3" => Language::Chinese; "greater weight last")]
    #[test_case("fr, de" => Language::English; "neither")]
    #[test_case("" => Language::English; "empty")]
    #[test_case("zh;q=x" => Language::Chinese; "invalid weight")]
    fn greatest_weight_selects_the_language(header: &'static str) -> Language {
        let headers = HeaderMap::from_iter([(ACCEPT_LANGUAGE, HeaderValue::from_static(header))]);
        Language::from_accept_language(&headers)
    }
}
