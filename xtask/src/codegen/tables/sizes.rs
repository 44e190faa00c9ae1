//! `x-sizes` and `x-resolutions`.

use anyhow::{Context, Result, ensure};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::Value;

use super::read;
use crate::codegen::located::Located as _;
use crate::codegen::open_enums::open_enum;
use crate::codegen::source::Source;
use crate::contract::Contract;
use crate::pointer;

const ABOUT: &str = "The size of a picture as the API names it: a ratio, or a word.\n\n\
    The names and their pixels are the contract's (`x-sizes`). A size that it does not list is legal: the server judges it.";

/// The enum `Size`, its table, and that of the resolutions.
pub(super) fn source(contract: &Contract) -> Result<Source> {
    let mut sizes: Vec<_> = contract
        .entries("/x-sizes")
        .map(|(name, row)| {
            let place = pointer::join("/x-sizes", name);
            let what = format!("x-sizes, `{name}`");
            let rust = rust_name(row).at(&place, &what)?;
            Ok((name.as_str(), rust, pixels(row).at(&place, &what)?, row))
        })
        .collect::<Result<Vec<_>>>()?;
    // From the square outwards, words last: as a person would list them.
    sizes.sort_by_key(|(name, _, pixels, _)| {
        pixels.map_or((1, 0, false, *name), |(width, height)| {
            let (long, short) = (width.max(height), width.min(height));
            (
                0,
                u64::from(long) * 1000 / u64::from(short),
                width < height,
                *name,
            )
        })
    });

    let values: Vec<_> = sizes
        .iter()
        .map(|(name, _, pixels, _)| (*name, comment(name, *pixels)))
        .collect();
    let names: Vec<_> = sizes.iter().map(|(_, variant, _, _)| *variant).collect();
    let size = open_enum("Size", ABOUT, &values, Some(&names)).at("/x-sizes", "x-sizes")?;
    let rows = sizes
        .iter()
        .map(|(name, variant, pixels, row)| {
            let variant = format_ident!("{variant}");
            let pixels = read::option(pixels.map(|(width, height)| quote!(Dimensions { width: #width, height: #height })));
            let source = read::source(row)?;
            Ok(quote!(SizeRow { size: Size::#variant, name: #name, pixels: #pixels, source: #source },))
        })
        .collect::<Result<TokenStream>>()?;
    let resolutions = contract
        .entries("/x-resolutions")
        .map(|(name, row)| {
            let (short_side, source) = (read::small(row, "short_side")?, read::source(row)?);
            Ok(quote!(ResolutionRow { name: #name, short_side: #short_side, source: #source },))
        })
        .collect::<Result<TokenStream>>()
        .context("x-resolutions")?;

    let tokens = quote! {
        use ::serde::{Deserialize, Serialize};
        use crate::catalog::{Dimensions, ResolutionRow, SizeRow, Source, UnknownValue};

        #size

        /// Every size of the contract (`x-sizes`), from the square outwards.
        pub(crate) static SIZES: &[SizeRow] = &[#rows];

        /// How fine a picture can be (`x-resolutions`): pixels at a resolution are those at 1K, times its short side over 1024.
        pub(crate) static RESOLUTIONS: &[ResolutionRow] = &[#resolutions];
    };
    Source::new(
        "crates/toapis/src/generated/sizes.rs",
        "sizes and resolutions.",
        tokens,
    )
}

/// The Rust name of a size of the contract.
pub(super) fn variant(contract: &Contract, size: &str) -> Result<TokenStream> {
    let row = contract
        .entries("/x-sizes")
        .find_map(|(name, row)| (name == size).then_some(row))
        .with_context(|| {
            format!("the size `{size}` is not in x-sizes: add it there with its Rust name")
        })?;
    let variant = format_ident!("{}", rust_name(row)?);
    Ok(quote!(Size::#variant))
}

pub(super) fn rust_name(row: &Value) -> Result<&str> {
    let name = read::text(row, "name")?;
    read::ident(name)?;
    Ok(name)
}

fn pixels(row: &Value) -> Result<Option<(u32, u32)>> {
    if row.get("width").is_none() {
        return Ok(None);
    }
    let (width, height) = (read::small(row, "width")?, read::small(row, "height")?);
    ensure!(width > 0 && height > 0, "a size without area: {row}");
    Ok(Some((width, height)))
}

fn comment(name: &str, pixels: Option<(u32, u32)>) -> String {
    match pixels {
        Some((width, height)) => format!("`{name}`: {width} x {height} pixels at 1K."),
        None => format!("`{name}`."),
    }
}
