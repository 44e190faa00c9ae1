//! The small values in a rule: numbers, times, sizes, names.

use std::{fmt::Display, ops::RangeInclusive, str::FromStr, time::Duration};

use http::StatusCode;

use super::{Envelope, Place, Wait};

pub(super) fn number<T: FromStr>(what: &str, text: &str) -> Result<T, String> {
    text.parse()
        .map_err(|_| format!("{text:?} is no number for `{what}`"))
}

pub(super) fn at_least_one(what: &str, text: &str) -> Result<u64, String> {
    match number(what, text)? {
        0 => Err(format!("`{what}` counts from 1")),
        count => Ok(count),
    }
}

/// How often an event is repeated; each time is a request.
pub(super) fn times(text: &str) -> Result<u32, String> {
    match number("webhook-again", text)? {
        times @ 1..=100 => Ok(times),
        times => Err(format!("{times} is not 1 to 100 times")),
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
        Err(format!("`nth={text}` ends before it begins"))
    } else {
        Ok(from..=to)
    }
}

pub(super) fn status(text: &str) -> Result<StatusCode, String> {
    // Below 200 an answer would not be an answer.
    let status = number::<u16>("a status", text)?;
    StatusCode::from_u16(status)
        .ok()
        .filter(|_| (200..600).contains(&status))
        .ok_or_else(|| format!("{status} is no status between 200 and 599"))
}

pub(super) fn percent(text: &str) -> Result<u32, String> {
    let share = number("a share", text.trim_end_matches('%'))?;
    if share <= 100 {
        Ok(share)
    } else {
        Err(format!("{share}% is more than all"))
    }
}

pub(super) fn time(text: &str) -> Result<Duration, String> {
    let units = [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3600.0)];
    let found = units
        .iter()
        .find_map(|(unit, seconds)| Some(text.strip_suffix(unit)?.parse::<f64>().ok()? * seconds));
    found
        .filter(|seconds| (0.0..=1e9).contains(seconds))
        .map(Duration::from_secs_f64)
        .ok_or_else(|| format!("{text:?} is no time like 800ms, 2s, 5m or 24h"))
}

pub(super) fn wait(text: &str) -> Result<Wait, String> {
    if let Some(polls) = text.strip_suffix('x') {
        return number("missing", polls).map(Wait::Polls);
    }
    time(text).map(Wait::For)
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
    found.ok_or_else(|| format!("{text:?} is no size like 20MB or 1GB"))
}

pub(super) fn place(text: &str) -> Result<Place, String> {
    let places = [
        ("result.url", Place::ResultUrl),
        ("url", Place::Url),
        ("data", Place::Data),
        ("output", Place::Output),
        ("nowhere", Place::Nowhere),
    ];
    let found = places
        .iter()
        .find(|(name, _)| *name == text)
        .map(|(_, place)| *place);
    found.ok_or_else(|| {
        format!(
            "{text:?} is no place for a result, only {}",
            list(places.map(|(name, _)| name))
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
            "{text:?} is no envelope, only {}",
            list(Envelope::NAMES.map(|(name, _)| name))
        )
    })
}

pub(super) fn list(names: impl IntoIterator<Item = impl Display>) -> String {
    names
        .into_iter()
        .map(|name| name.to_string())
        .collect::<Vec<_>>()
        .join(", ")
}
