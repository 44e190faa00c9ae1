//! The data that the simulator reads from the contract: sizes, models, rate limits, lifetimes.

use http::HeaderName;
use toapis_contract::Contract;
use toapis_openapi::{
    extensions::{
        Errors, Extension as _, ExtensionError, Lifetimes, Model, Models, Money, Polling,
        RateLimits, RequestIdHeaders, Resolutions, Sizes, UploadLimits, Webhook,
    },
    operations::header_name,
};

use crate::error::StartError;

/// The resolution that the sizes of the contract are stated at.
const BASE_RESOLUTION: &str = "1K";

/// The data of the contract that a running service needs.
#[derive(Debug)]
pub(crate) struct ContractData {
    pub(crate) errors: Errors,
    pub(crate) rate_limits: RateLimits,
    pub(crate) rate_headers: RateHeaders,
    pub(crate) lifetimes: Lifetimes,
    pub(crate) uploads: UploadLimits,
    pub(crate) money: Money,
    pub(crate) polling: Polling,
    /// The response header with the request's id.
    pub(crate) request_id_header: HeaderName,
    pub(crate) webhook: Webhook,
    models: Models,
    sizes: Sizes,
    resolutions: Resolutions,
    /// The shorter side of a square image at the base resolution.
    base_side: u32,
}

/// The headers of a rate-limited response.
#[derive(Clone, Debug)]
pub(crate) struct RateHeaders {
    pub(crate) category: HeaderName,
    pub(crate) limit: HeaderName,
    pub(crate) remaining: HeaderName,
    pub(crate) reset: HeaderName,
}

impl ContractData {
    pub(crate) fn read(contract: &Contract) -> Result<Self, StartError> {
        let document = contract.document();
        let header = |component: &str| {
            header_name(document, component)
                .and_then(|name| HeaderName::try_from(name).ok())
                .ok_or_else(|| missing(&format!("/components/headers/{component}")))
        };
        let resolutions = Resolutions::read(document).map_err(invalid)?;
        let base_resolution = resolutions.0.get(BASE_RESOLUTION);
        let base_side = base_resolution
            .ok_or_else(|| missing("/x-resolutions/1K"))?
            .short_side;
        let request_id_headers = RequestIdHeaders::read(document).map_err(invalid)?;
        let request_id_header = request_id_headers
            .names
            .first()
            .and_then(|name| HeaderName::try_from(name).ok())
            .ok_or_else(|| missing("/x-request-id-headers/names/0"))?;
        Ok(Self {
            errors: Errors::read(document).map_err(invalid)?,
            rate_limits: RateLimits::read(document).map_err(invalid)?,
            rate_headers: RateHeaders {
                category: header("RateLimitCategory")?,
                limit: header("RateLimitLimit")?,
                remaining: header("RateLimitRemaining")?,
                reset: header("RateLimitReset")?,
            },
            lifetimes: Lifetimes::read(document).map_err(invalid)?,
            uploads: UploadLimits::read(document).map_err(invalid)?,
            money: Money::read(document).map_err(invalid)?,
            polling: Polling::read(document).map_err(invalid)?,
            request_id_header,
            webhook: Webhook::find(document)
                .map_err(invalid)?
                .ok_or_else(|| missing("x-webhook"))?,
            models: Models::read(document).map_err(invalid)?,
            sizes: Sizes::read(document).map_err(invalid)?,
            resolutions,
            base_side,
        })
    }

    /// Returns the catalogue entry of a model, by its name (not an alias).
    pub(crate) fn model(&self, name: &str) -> Option<&Model> {
        self.models.0.get(name)
    }

    /// Returns the size above which an upload is rejected, in bytes.
    pub(crate) fn max_upload_bytes(&self) -> usize {
        usize::try_from(self.uploads.refused_above_bytes).unwrap_or(usize::MAX)
    }

    /// Returns width and height of a size at a resolution, or `None` if the name has none (`auto`).
    pub(crate) fn pixels(&self, size: &str, resolution: Option<&str>) -> Option<(u32, u32)> {
        if let Some((width, height)) = size.split_once('x') {
            return Some((width.parse().ok()?, height.parse().ok()?));
        }
        let base = self.sizes.0.get(size)?;
        let short_side = resolution
            .and_then(|name| self.resolutions.0.get(&name.to_ascii_uppercase()))
            .map_or(self.base_side, |resolution| resolution.short_side);
        let scale = |pixels: u32| {
            let (to, from) = (u64::from(short_side), u64::from(self.base_side));
            u32::try_from((u64::from(pixels) * to + from / 2) / from).unwrap_or(u32::MAX)
        };
        Some((scale(base.width?), scale(base.height?)))
    }
}

#[expect(clippy::needless_pass_by_value, reason = "an argument of `map_err`")]
fn invalid(error: ExtensionError) -> StartError {
    StartError::contract(error.to_string())
}

fn missing(pointer: &str) -> StartError {
    StartError::contract(format!("`{pointer}`: is missing"))
}

#[cfg(test)]
mod tests {
    use test_case::test_case;
    use toapis_contract::Contract;

    use super::ContractData;

    #[test_case("16:9", None => Some((1792, 1024)); "base resolution")]
    #[test_case("16:9", Some("2k") => Some((3584, 2048)); "lower case")]
    #[test_case("1:1", Some("0.5K") => Some((512, 512)); "smaller")]
    #[test_case("640x512", Some("2K") => Some((640, 512)); "pixels")]
    #[test_case("auto", None => None; "no pixels")]
    fn pixels_scale_with_the_resolution(
        size: &str,
        resolution: Option<&str>,
    ) -> Option<(u32, u32)> {
        let data = ContractData::read(Contract::embedded()).unwrap();
        data.pixels(size, resolution)
    }
}
