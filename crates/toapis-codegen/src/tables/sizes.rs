//! `x-sizes` and `x-resolutions`.

use anyhow::{Context, Result, bail, ensure};
use proc_macro2::TokenStream;
use quote::quote;
use serde_json::Value;
use toapis_openapi::extensions::{Extension as _, Resolutions, Size, Sizes};
use toapis_openapi::pointer;

use super::{item, option};
use crate::error::{ResultExt as _, extension};
use crate::naming::ident;
use crate::open_enums::open_enum;
use crate::source::Source;

const ABOUT: &str = "The size of an image: a ratio, or a name such as `auto`.\n\n\
    The variants and their pixels are from the contract (`x-sizes`). Other sizes are accepted: the server validates them.";

/// Generates the enum `Size`, its table, and that of the resolutions.
pub(super) fn source(contract: &Value) -> Result<Source> {
    let sizes = extension(Sizes::read(contract))?.0;
    let mut sizes: Vec<_> = sizes
        .iter()
        .map(|(name, row)| {
            let at = pointer::join(Sizes::POINTER, name);
            let what = format!("x-sizes, `{name}`");
            ident(&row.name).at(&at, &what)?;
            Ok((name, row, pixels(row).at(&at, &what)?))
        })
        .collect::<Result<_>>()?;
    // From the square outwards, words last: the order in which a person would list them.
    sizes.sort_by_key(|(name, _, pixels)| {
        pixels.map_or((1, 0, false, *name), |(width, height)| {
            let (long, short) = (width.max(height), width.min(height));
            let ratio = u64::from(long) * 1000 / u64::from(short);
            (0, ratio, width < height, *name)
        })
    });

    let values: Vec<_> = sizes
        .iter()
        .map(|(name, _, pixels)| (name.as_str(), comment(name, *pixels)))
        .collect();
    let names: Vec<_> = sizes.iter().map(|(_, row, _)| row.name.as_str()).collect();
    let size = open_enum("Size", ABOUT, &values, Some(&names)).at(Sizes::POINTER, "x-sizes")?;
    let rows = sizes
        .iter()
        .map(|(_, row, pixels)| {
            let variant = ident(&row.name)?;
            let pixels = option(
                pixels.map(|(width, height)| quote!(Dimensions { width: #width, height: #height })),
            );
            Ok(quote!(SizeRow {
                size: Size::#variant, pixels: #pixels
            },))
        })
        .collect::<Result<TokenStream>>()?;
    let resolutions = extension(Resolutions::read(contract))?.0;
    let resolutions = resolutions.iter().map(|(name, row)| {
        let short_side = row.short_side;
        quote!(ResolutionRow { name: #name, short_side: #short_side },)
    });
    let resolutions: TokenStream = resolutions.collect();

    let tokens = quote! {
        use ::serde::{Deserialize, Serialize};
        use crate::catalog::{Dimensions, ResolutionRow, SizeRow, UnknownValue};

        #size

        /// Every size of the contract (`x-sizes`), from the square outwards.
        pub(crate) static SIZES: &[SizeRow] = &[#rows];

        /// The resolutions (`x-resolutions`). The pixels at a resolution are those at 1K, times its
        /// short side over 1024.
        pub(crate) static RESOLUTIONS: &[ResolutionRow] = &[#resolutions];
    };
    let mut items: Vec<_> = sizes
        .iter()
        .map(|(name, row, _)| {
            let at = pointer::join(Sizes::POINTER, name);
            (at, format!("Size::{}", row.name))
        })
        .collect();
    items.extend([
        item(Sizes::POINTER, "Size"),
        item(Sizes::POINTER, "generated::sizes::SIZES"),
        item(Resolutions::POINTER, "generated::sizes::RESOLUTIONS"),
    ]);
    let source = Source::new(
        "crates/toapis/src/generated/sizes.rs",
        "sizes and resolutions.",
        tokens,
    )?;
    Ok(source.with_items(items))
}

/// Returns the variant of a size, by its name on the wire.
pub(super) fn variant(contract: &Value, size: &str) -> Result<TokenStream> {
    let sizes = extension(Sizes::read(contract))?.0;
    let row = sizes.get(size).with_context(|| {
        format!("the size `{size}` is not in x-sizes: add it there with its Rust name")
    })?;
    let variant = ident(&row.name)?;
    Ok(quote!(Size::#variant))
}

fn pixels(row: &Size) -> Result<Option<(u32, u32)>> {
    match (row.width, row.height) {
        (None, None) => Ok(None),
        (Some(width), Some(height)) => {
            ensure!(width > 0 && height > 0, "a size without area: {row:?}");
            Ok(Some((width, height)))
        }
        _ => bail!("a size with one side: {row:?}"),
    }
}

fn comment(name: &str, pixels: Option<(u32, u32)>) -> String {
    match pixels {
        Some((width, height)) => format!("`{name}`: {width} x {height} pixels at 1K."),
        None => format!("`{name}`."),
    }
}
