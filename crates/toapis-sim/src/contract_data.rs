//! The data that the simulator reads from the contract: sizes, rate limits, lifetimes, limits.

use std::collections::HashMap;

use http::HeaderName;
use serde_json::Value;
use toapis_contract::Contract;

use crate::error::StartError;

/// The data of the contract that a running service needs.
#[derive(Debug)]
pub(crate) struct ContractData {
    /// Width and height at resolution 1K, by the name of the size.
    sizes: HashMap<String, (u32, u32)>,
    /// The shorter side of a resolution in pixels, by its upper-case name.
    resolutions: HashMap<String, u32>,
    /// The shorter side of resolution 1K.
    base_side: u32,
    pub(crate) groups: HashMap<String, Group>,
    pub(crate) rate_headers: RateHeaders,
    pub(crate) result_seconds: u64,
    pub(crate) upload_bytes: usize,
    pub(crate) upload_types: Vec<String>,
    pub(crate) credits_per_usd: f64,
    pub(crate) typical_seconds: (f64, f64),
    pub(crate) long_seconds: f64,
    /// The response header with the request's id.
    pub(crate) request_id_header: HeaderName,
    pub(crate) webhook: WebhookConfig,
}

/// The two rate limits of a group of accounts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Group {
    pub(crate) submit: Rate,
    pub(crate) query: Rate,
}

/// The parameters of a documented token bucket.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rate {
    pub(crate) per_minute: f64,
    pub(crate) burst: f64,
}

/// The headers of a rate-limited response.
#[derive(Clone, Debug)]
pub(crate) struct RateHeaders {
    pub(crate) category: HeaderName,
    pub(crate) limit: HeaderName,
    pub(crate) remaining: HeaderName,
    pub(crate) reset: HeaderName,
}

/// The headers, timeout and retries of webhook deliveries.
#[derive(Clone, Debug)]
pub(crate) struct WebhookConfig {
    pub(crate) id_header: String,
    pub(crate) timestamp_header: String,
    pub(crate) signature_header: String,
    pub(crate) signature_version: String,
    pub(crate) timeout_seconds: u64,
    pub(crate) retry_after_seconds: Vec<u64>,
}

impl ContractData {
    pub(crate) fn read(contract: &Contract) -> Result<Self, StartError> {
        let reader = Reader(contract.document());
        let sizes = reader.table("/x-sizes", |entry| {
            Some((side(entry, "width")?, side(entry, "height")?))
        })?;
        let resolutions = reader.table("/x-resolutions", |entry| side(entry, "short_side"))?;
        let base_side = *resolutions
            .get("1K")
            .ok_or_else(|| reader.missing("/x-resolutions/1K"))?;
        let groups = reader.table("/x-rate-limits/groups", |entry| {
            Some(Group {
                submit: rate(&entry["async_submit"])?,
                query: rate(&entry["async_query"])?,
            })
        })?;
        let create = "/paths/~1v1~1images~1generations/post";
        let webhook = format!(
            "{create}/callbacks/taskFinished/{{$request.body#~1callback_url}}/post/x-webhook"
        );
        Ok(Self {
            sizes,
            resolutions,
            base_side,
            groups,
            rate_headers: RateHeaders {
                category: reader.header("RateLimitCategory")?,
                limit: reader.header("RateLimitLimit")?,
                remaining: reader.header("RateLimitRemaining")?,
                reset: reader.header("RateLimitReset")?,
            },
            result_seconds: reader.whole("/x-lifetimes/result_seconds")?,
            upload_bytes: usize::try_from(reader.whole("/x-upload/refused_above_bytes")?)
                .unwrap_or(usize::MAX),
            upload_types: reader.texts("/x-upload/media_types")?,
            credits_per_usd: reader.number("/x-money/credits_per_usd")?,
            typical_seconds: (
                reader.number("/x-polling/typical_seconds/0")?,
                reader.number("/x-polling/typical_seconds/1")?,
            ),
            long_seconds: reader.number("/x-polling/long_seconds")?,
            request_id_header: reader.at("/x-request-id-headers/names/0", |name| {
                HeaderName::try_from(name.as_str()?).ok()
            })?,
            webhook: WebhookConfig {
                id_header: reader.text(&format!("{webhook}/id_header"))?,
                timestamp_header: reader.text(&format!("{webhook}/timestamp_header"))?,
                signature_header: reader.text(&format!("{webhook}/signature_header"))?,
                signature_version: reader.text(&format!("{webhook}/signature_version"))?,
                timeout_seconds: reader.whole(&format!("{webhook}/timeout_seconds"))?,
                retry_after_seconds: reader.wholes(&format!("{webhook}/retry_after_seconds"))?,
            },
        })
    }

    /// Returns width and height of a size at a resolution, or `None` if the name has none (`auto`).
    pub(crate) fn pixels(&self, size: &str, resolution: Option<&str>) -> Option<(u32, u32)> {
        if let Some((width, height)) = size.split_once('x') {
            return Some((width.parse().ok()?, height.parse().ok()?));
        }
        let &(width, height) = self.sizes.get(size)?;
        let short_side = resolution
            .and_then(|name| self.resolutions.get(&name.to_ascii_uppercase()))
            .copied()
            .unwrap_or(self.base_side);
        let scale = |pixels: u32| {
            let scaled = (u64::from(pixels) * u64::from(short_side)
                + u64::from(self.base_side / 2))
                / u64::from(self.base_side);
            u32::try_from(scaled).unwrap_or(u32::MAX)
        };
        Some((scale(width), scale(height)))
    }
}

struct Reader<'d>(&'d Value);

impl Reader<'_> {
    fn missing(&self, pointer: &str) -> StartError {
        let what = if self.0.pointer(pointer).is_some() {
            "has an unexpected type"
        } else {
            "is missing"
        };
        StartError::contract(format!("{pointer} {what}"))
    }

    fn at<T>(
        &self,
        pointer: &str,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Result<T, StartError> {
        self.0
            .pointer(pointer)
            .and_then(read)
            .ok_or_else(|| self.missing(pointer))
    }

    fn number(&self, pointer: &str) -> Result<f64, StartError> {
        self.at(pointer, Value::as_f64)
    }

    fn whole(&self, pointer: &str) -> Result<u64, StartError> {
        self.at(pointer, Value::as_u64)
    }

    fn text(&self, pointer: &str) -> Result<String, StartError> {
        self.at(pointer, |value| value.as_str().map(str::to_owned))
    }

    fn texts(&self, pointer: &str) -> Result<Vec<String>, StartError> {
        self.at(pointer, |value| {
            value
                .as_array()?
                .iter()
                .map(|item| item.as_str().map(str::to_owned))
                .collect()
        })
    }

    fn wholes(&self, pointer: &str) -> Result<Vec<u64>, StartError> {
        self.at(pointer, |value| {
            value.as_array()?.iter().map(Value::as_u64).collect()
        })
    }

    /// Returns the name under which responses use a header of `components/headers`.
    fn header(&self, component: &str) -> Result<HeaderName, StartError> {
        let reference = format!("#/components/headers/{component}");
        self.at("/components/responses", |responses| {
            let headers = responses.as_object()?.values();
            let mut headers = headers.filter_map(|response| response.get("headers")?.as_object());
            let (name, _) = headers
                .find_map(|headers| headers.iter().find(|(_, it)| it["$ref"] == *reference))?;
            HeaderName::try_from(name).ok()
        })
    }

    /// Reads a map; entries for which `read` returns `None` (`auto` has no pixels) are left out.
    fn table<T>(
        &self,
        pointer: &str,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Result<HashMap<String, T>, StartError> {
        self.at(pointer, |value| {
            Some(
                value
                    .as_object()?
                    .iter()
                    .filter_map(|(name, entry)| Some((name.clone(), read(entry)?)))
                    .collect(),
            )
        })
    }
}

fn side(entry: &Value, field: &str) -> Option<u32> {
    u32::try_from(entry.get(field)?.as_u64()?).ok()
}

fn rate(entry: &Value) -> Option<Rate> {
    Some(Rate {
        per_minute: entry["per_minute"].as_f64()?,
        burst: entry["burst"].as_f64()?,
    })
}

#[cfg(test)]
mod tests {
    use toapis_contract::Contract;

    use super::ContractData;

    #[test]
    fn pixels_scale_with_the_resolution_in_any_case() {
        let data = ContractData::read(Contract::embedded()).unwrap();
        assert_eq!(data.pixels("16:9", None), Some((1792, 1024)));
        assert_eq!(data.pixels("16:9", Some("2k")), Some((3584, 2048)));
        assert_eq!(data.pixels("1:1", Some("0.5K")), Some((512, 512)));
        assert_eq!(data.pixels("640x512", Some("2K")), Some((640, 512)));
        assert_eq!(data.pixels("auto", None), None);
    }
}
