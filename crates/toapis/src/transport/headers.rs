//! Response headers: `Retry-After` and request ids.

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::{DATE, RETRY_AFTER};

use crate::generated::limits::REQUEST_ID_HEADERS;

/// Parses `Retry-After` as seconds, which may have a fraction, or as a date.
///
/// A date is compared with the `Date` of the response, so that a wrong local clock does not matter.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds.max(0.0))
            .ok()
            .or(Some(Duration::MAX))
            .filter(|_| !seconds.is_nan());
    }
    let until = httpdate::parse_http_date(text).ok()?;
    let now = headers
        .get(DATE)
        .and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok())
        .unwrap_or_else(SystemTime::now);
    Some(until.duration_since(now).unwrap_or_default())
}

/// Returns the id of the request in the service's logs, from any of the known headers.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<String> {
    let value = REQUEST_ID_HEADERS
        .iter()
        .find_map(|name| headers.get(name))?;
    Some(value.to_str().ok()?.trim().to_owned()).filter(|id| !id.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(value: &str, date: Option<&str>) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, value.parse().unwrap());
        if let Some(date) = date {
            headers.insert(DATE, date.parse().unwrap());
        }
        retry_after(&headers)
    }

    #[test]
    fn retry_after_is_read_as_seconds_and_as_a_date() {
        let date = Some("Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(after("7", None), Some(Duration::from_secs(7)));
        assert_eq!(after(" 1.5 ", None), Some(Duration::from_millis(1500)));
        assert_eq!(after("-3", None), Some(Duration::ZERO));
        assert_eq!(
            after("Sun, 06 Nov 1994 08:50:07 GMT", date),
            Some(Duration::from_secs(30))
        );
        assert_eq!(
            after("Sun, 06 Nov 1994 08:49:00 GMT", date),
            Some(Duration::ZERO)
        );
        assert_eq!(after("1e300", None), Some(Duration::MAX));
        assert_eq!(after("soon", None), None);
        assert_eq!(after("NaN", None), None);
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}
