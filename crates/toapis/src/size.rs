//! The pixels of a [`Size`], and the size that is nearest to given pixels.

use crate::catalog::{Dimensions, SizeRow};
use crate::generated::models::Model;
use crate::generated::sizes::{RESOLUTIONS, SIZES, Size};

impl Size {
    /// Returns the pixels at 1K, or `None` for a word such as `auto` and for a size that the
    /// contract does not list.
    ///
    /// ```
    /// use toapis::Size;
    /// let pixels = Size::Landscape16x9.dimensions().unwrap();
    /// assert_eq!((pixels.width, pixels.height), (1792, 1024));
    /// ```
    #[must_use]
    pub fn dimensions(&self) -> Option<Dimensions> {
        SizeRow::of(self)?.pixels
    }

    /// Returns the pixels at a resolution such as `2K`, in any case. Only 1K is documented; the
    /// others are inferred from it.
    #[must_use]
    pub fn dimensions_at(&self, resolution: &str) -> Option<Dimensions> {
        let row = RESOLUTIONS
            .iter()
            .find(|row| row.name.eq_ignore_ascii_case(resolution))?;
        let at_1k = self.dimensions()?;
        let base = u64::from(RESOLUTIONS.iter().find(|row| row.name == "1K")?.short_side);
        let scale = |side: u32| {
            let scaled = (u64::from(side) * u64::from(row.short_side) + base / 2) / base;
            u32::try_from(scaled).unwrap_or(u32::MAX)
        };
        Some(Dimensions {
            width: scale(at_1k.width),
            height: scale(at_1k.height),
        })
    }

    /// Returns the size of the default model whose aspect ratio is nearest to `width` by `height`.
    /// For other models, see [`Model::nearest_size`].
    ///
    /// ```
    /// use toapis::Size;
    /// assert_eq!(Size::nearest(1920, 1080), Size::Landscape16x9);
    /// assert_eq!(Size::nearest(10, 10_000), Size::Portrait9x16);
    /// ```
    #[must_use]
    pub fn nearest(width: u32, height: u32) -> Self {
        Model::default()
            .nearest_size(width, height)
            .unwrap_or(Self::Square)
    }

    /// Returns the size whose aspect ratio is nearest. Ratios are compared by their logarithm, so
    /// that twice as wide is as far away as half as wide.
    pub(crate) fn nearest_of<'s>(
        sizes: impl IntoIterator<Item = &'s Self>,
        width: u32,
        height: u32,
    ) -> Option<Self> {
        let ratio = |pixels: Dimensions| {
            (f64::from(pixels.width.max(1)) / f64::from(pixels.height.max(1))).ln()
        };
        let wanted = ratio(Dimensions { width, height });
        let measured = sizes
            .into_iter()
            .filter_map(|size| Some((size, (ratio(size.dimensions()?) - wanted).abs())));
        measured
            .min_by(|(_, one), (_, other)| one.total_cmp(other))
            .map(|(size, _)| size.clone())
    }

    /// Returns the sizes that the contract lists with pixels, without words such as `auto`.
    pub fn aspect_ratios() -> impl Iterator<Item = &'static Self> {
        SIZES
            .iter()
            .filter(|row| row.pixels.is_some())
            .map(|row| &row.size)
    }
}

impl From<&str> for Size {
    fn from(name: &str) -> Self {
        name.to_owned().into()
    }
}

impl From<&String> for Size {
    fn from(name: &String) -> Self {
        name.clone().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seven_ratios_have_the_pixels_of_the_page() {
        for (name, width, height) in [
            ("1:1", 1024, 1024),
            ("16:9", 1792, 1024),
            ("9:16", 1024, 1792),
            ("4:3", 1365, 1024),
            ("3:4", 1024, 1365),
            ("3:2", 1536, 1024),
            ("2:3", 1024, 1536),
        ] {
            let size = Size::from(name);
            assert_eq!(
                size.dimensions(),
                Some(Dimensions { width, height }),
                "{name}"
            );
            assert_eq!(Size::nearest(width, height), size);
            assert_eq!(size.to_string(), name);
        }
    }

    #[test]
    fn pixels_grow_with_the_resolution_and_a_word_has_none() {
        assert_eq!(
            Size::Square.dimensions_at("4k"),
            Some(Dimensions {
                width: 4096,
                height: 4096
            })
        );
        assert_eq!(
            Size::Landscape4x3.dimensions_at("0.5K"),
            Some(Dimensions {
                width: 683,
                height: 512
            })
        );
        assert_eq!(Size::Square.dimensions_at("9K"), None);
        assert_eq!(Size::Auto.dimensions(), None);
        assert_eq!(Size::from("7:7").dimensions(), None);
    }

    #[test]
    fn nothing_by_nothing_is_a_square() {
        assert_eq!(Size::nearest(0, 0), Size::Square);
    }
}
