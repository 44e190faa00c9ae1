//! Enums that may grow: an unknown value is kept, so it never fails a response.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use proc_macro2::TokenStream;
use quote::quote;
use serde_json::Value;

use toapis_openapi::operations::SCHEMAS;
use toapis_openapi::pointer::{self, entries};

use crate::error::ResultExt as _;
use crate::lowering;
use crate::naming::{ident, type_name, variant_name};
use crate::source::Source;

/// Generates all open enums of the lowered document. Errors have places in `contract`.
pub(crate) fn source(contract: &Value, lowered: &Value) -> Result<Source> {
    let mut items = Vec::new();
    let enums = lowering::open_enums(lowered)
        .map(|(name, schema)| {
            let (place, what) = (place(contract, name), format!("the open enum `{name}`"));
            let values = values(schema).at(&place, &what)?;
            let about = schema
                .get("description")
                .and_then(Value::as_str)
                .unwrap_or("An enum of the contract.");
            let plain: Vec<_> = values
                .iter()
                .map(|value| (*value, format!("`{value}`.")))
                .collect();
            items.extend(enum_items(&type_name(name), &place, &values));
            open_enum(name, about, &plain, None).at(&place, &what)
        })
        .collect::<Result<TokenStream>>()?;
    let tokens = quote! {
        use ::serde::{Deserialize, Serialize};

        use crate::UnknownValue;

        #enums
    };
    let source = Source::new(
        "crates/toapis-client/src/generated/open_enums.rs",
        "enums of responses, which may grow.",
        tokens,
    )?;
    Ok(source.with_items(items))
}

/// Returns the items of an enum that is generated from the schema at `place`.
pub(crate) fn enum_items(name: &str, place: &str, values: &[&str]) -> Vec<(String, String)> {
    let variants = values.iter().enumerate().map(|(index, value)| {
        let variant = variant_name(value);
        (
            format!("{place}/enum/{index}"),
            format!("{name}::{variant}"),
        )
    });
    std::iter::once((place.to_owned(), name.to_owned()))
        .chain(variants)
        .collect()
}

/// Returns the pointer of an open enum: the schema of its name, or the property that its name is
/// made of.
fn place(contract: &Value, name: &str) -> String {
    let own = pointer::join(SCHEMAS, name);
    if contract.pointer(&own).is_some() {
        return own;
    }
    let property = entries(contract, SCHEMAS).find_map(|(schema, body)| {
        let suffix = name.strip_prefix(schema.as_str())?;
        let (property, _) =
            entries(body, "/properties").find(|(property, _)| type_name(property) == suffix)?;
        let properties = format!("{}/properties", pointer::join(SCHEMAS, schema));
        Some(pointer::join(&properties, property))
    });
    property.unwrap_or(own)
}

/// Returns the values of an enum of strings.
pub(crate) fn values(schema: &Value) -> Result<Vec<&str>> {
    let values = schema
        .get("enum")
        .and_then(Value::as_array)
        .context("no values")?;
    values
        .iter()
        .map(|value| value.as_str().context("a value that is not a string"))
        .collect()
}

/// Generates an enum of these values, each with its comment, and a variant for all other values.
///
/// `names` are the names of the variants; without them they are made of the values. The code needs
/// `UnknownValue` in scope.
pub(crate) fn open_enum(
    name: &str,
    about: &str,
    values: &[(&str, String)],
    names: Option<&[&str]>,
) -> Result<TokenStream> {
    let name = ident(name)?;
    let texts: Vec<_> = values.iter().map(|(value, _)| *value).collect();
    let comments: Vec<_> = values.iter().map(|(_, comment)| comment).collect();
    let variants: Vec<_> = match names {
        Some(names) => names
            .iter()
            .map(|name| ident(name))
            .collect::<Result<_>>()?,
        None => texts
            .iter()
            .map(|value| ident(&variant_name(value)))
            .collect::<Result<_>>()?,
    };
    let mut homes = BTreeMap::new();
    for (variant, text) in variants.iter().zip(&texts) {
        if let Some(other) = homes.insert(variant.to_string(), text) {
            bail!("`{other}` and `{text}` have one name in Rust, `{variant}`");
        }
    }
    Ok(quote! {
        #[doc = #about]
        #[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(from = "String", into = "String")]
        #[non_exhaustive]
        pub enum #name {
            #(#[doc = #comments] #variants,)*
            /// A value that the contract does not list.
            Unknown(UnknownValue),
        }

        impl #name {
            /// The values that the contract lists.
            pub const KNOWN: &'static [Self] = &[#(Self::#variants),*];

            /// Returns the JSON string of this value.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    #(Self::#variants => #texts,)*
                    Self::Unknown(value) => value.as_str(),
                }
            }
        }

        impl From<String> for #name {
            fn from(value: String) -> Self {
                match value.as_str() {
                    #(#texts => Self::#variants,)*
                    _ => Self::Unknown(UnknownValue::new(value)),
                }
            }
        }

        impl From<#name> for String {
            fn from(value: #name) -> Self {
                value.as_str().to_owned()
            }
        }

        impl ::std::str::FromStr for #name {
            type Err = ::std::convert::Infallible;

            fn from_str(value: &str) -> Result<Self, Self::Err> {
                Ok(value.to_owned().into())
            }
        }

        impl ::std::fmt::Display for #name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    })
}
