//! What an image costs. The API documents no prices; these are the simulator's own.

/// The credits of one small image.
const CREDITS_PER_IMAGE: u64 = 8;

/// The model and the size of the images of a request.
#[derive(Clone, Copy)]
pub(crate) struct Workload<'a> {
    pub(crate) model: &'a str,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

impl Workload<'_> {
    /// Returns the price of one image in credits: 8 up to 1.8 megapixels, 16 up to 7.5, 32 above,
    /// and twice that for models named `pro` or `max`.
    pub(crate) fn credits(self) -> u64 {
        let size_factor = match self.megapixels() {
            small if small <= 1.8 => 1,
            medium if medium <= 7.5 => 2,
            _ => 4,
        };
        let model_factor = if self.is_model_named(&["pro", "max"]) {
            2
        } else {
            1
        };
        CREDITS_PER_IMAGE * size_factor * model_factor
    }

    /// Returns the number of pixels in units of 2^20.
    pub(crate) fn megapixels(self) -> f64 {
        f64::from(self.width) * f64::from(self.height) / f64::from(1 << 20)
    }

    /// Returns true if one of `words` is a part of the model's name.
    pub(crate) fn is_model_named(self, words: &[&str]) -> bool {
        self.model
            .split(['-', '.'])
            .any(|part| words.contains(&part))
    }
}

#[cfg(test)]
mod tests {
    use test_case::test_case;

    use super::Workload;

    #[test_case("a", 1024 => 8; "small image")]
    #[test_case("a", 2048 => 16; "medium image")]
    #[test_case("a", 4096 => 32; "large image")]
    #[test_case("a-pro", 1024 => 16; "pro model")]
    fn price_grows_with_size_and_model(model: &str, side: u32) -> u64 {
        Workload {
            model,
            width: side,
            height: side,
        }
        .credits()
    }
}
