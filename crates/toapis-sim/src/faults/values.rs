//! The values in rules: numbers, durations, sizes, names.

use std::{fmt::Display, ops::RangeInclusive, str::FromStr, time::Duration};

use http::StatusCode;

use super::{Envelope, MissingUntil, ResultLocation};

pub(super) fn number<T: FromStr>(what: &str, text: &str) -> Result<T, String> {
    text.parse()
        .map_err(|_| format!("invalid number `{text}` for `{what}`"))
}

pub(super) fn at_least_one(what: &str, text: &str) -> Result<u64, String> {
    match number(what, text)? {
        0 => Err(format!("`{what}` must be at least 1")),
        count => Ok(count),
    }
}

/// Parses the number of extra webhook deliveries.
pub(super) fn times(text: &str) -> Result<u32, String> {
    match number("webhook-again", text)? {
        times @ 1..=100 => Ok(times),
        times => Err(format!("`webhook-again` is {times}; expected 1 to 100")),
    }
}

pub(super) fn range(text: &str) -> Result<RangeInclusive<u64>, String> {
    let Some((from, to)) = text.split_once("..") else {
        let nth = at_least_one("nth", text)?;
        return Ok(nth..=nth);
    };
    let from = at_least_one("nth", from)?;
    let to = if to.is_empty() {
        u64::MAX
    } else {
        at_least_one("nth", to)?
    };
    if from > to {
        Err(format!("empty range `nth={text}`"))
    } else {
        Ok(from..=to)
    }
}

pub(super) fn status(text: &str) -> Result<StatusCode, String> {
    // A status below 200 is not a final response.
    let status = number::<u16>("a status", text)?;
    StatusCode::from_u16(status)
        .ok()
        .filter(|_| (200..600).contains(&status))
        .ok_or_else(|| format!("status {status} is out of range; expected 200 to 599"))
}

pub(super) fn percent(text: &str) -> Result<u32, String> {
    let share = number("a percentage", text.trim_end_matches('%'))?;
    if share <= 100 {
        Ok(share)
    } else {
        Err(format!("{share}% is more than 100%"))
    }
}

pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let units = [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3600.0)];
    let found = units
        .iter()
        .find_map(|(unit, seconds)| Some(text.strip_suffix(unit)?.parse::<f64>().ok()? * seconds));
    found
        .filter(|seconds| (0.0..=1e9).contains(seconds))
        .map(Duration::from_secs_f64)
        .ok_or_else(|| format!("invalid time `{text}`; expected a time like 800ms, 2s, 5m or 24h"))
}

pub(super) fn missing_until(text: &str) -> Result<MissingUntil, String> {
    if let Some(polls) = text.strip_suffix('x') {
        return number("missing", polls).map(MissingUntil::Polls);
    }
    duration(text).map(MissingUntil::Elapsed)
}

pub(super) fn size(text: &str) -> Result<u64, String> {
    let units = [
        ("GB", 1_000_000_000),
        ("MB", 1_000_000),
        ("kB", 1_000),
        ("B", 1),
    ];
    let found = units.iter().find_map(|(unit, bytes)| {
        text.strip_suffix(unit)?
            .parse::<u64>()
            .ok()?
            .checked_mul(*bytes)
    });
    found.ok_or_else(|| format!("invalid size `{text}`; expected a size like 20MB or 1GB"))
}

pub(super) fn location(text: &str) -> Result<ResultLocation, String> {
    let locations = [
        ("result.url", ResultLocation::ResultUrl),
        ("url", ResultLocation::Url),
        ("data", ResultLocation::Data),
        ("output", ResultLocation::Output),
        ("nowhere", ResultLocation::Nowhere),
    ];
    let found = locations
        .iter()
        .find(|(name, _)| *name == text)
        .map(|(_, location)| *location);
    found.ok_or_else(|| {
        format!(
            "unknown place of a result `{text}`; expected one of {}",
            list(locations.map(|(name, _)| name))
        )
    })
}

pub(super) fn envelope(text: &str) -> Result<Envelope, String> {
    let found = Envelope::NAMES
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(text))
        .map(|(_, envelope)| *envelope);
    found.ok_or_else(|| {
        format!(
            "unknown envelope `{text}`; expected one of {}",
            list(Envelope::NAMES.map(|(name, _)| name))
        )
    })
}

/// Joins names with commas.
pub(super) fn list(names: impl IntoIterator<Item = impl Display>) -> String {
    names
        .into_iter()
        .map(|name| name.to_string())
        .collect::<Vec<_>>()
        .join(", ")
}
