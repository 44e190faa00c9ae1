//! Names of the contract as names in Rust.

use anyhow::{Context, Result};
use heck::{ToPascalCase as _, ToShoutySnakeCase as _, ToSnakeCase as _};
use proc_macro2::Ident;

/// Parses an identifier.
pub(crate) fn ident(name: &str) -> Result<Ident> {
    syn::parse_str(name).with_context(|| format!("`{name}` is not a Rust name"))
}

/// Returns the name of a type: `in_progress` becomes `InProgress`.
#[must_use]
pub fn type_name(value: &str) -> String {
    value.to_pascal_case()
}

/// Returns the name of a function, as progenitor names it: `createImage` becomes `create_image`.
#[must_use]
pub fn function_name(operation_id: &str) -> String {
    operation_id.to_snake_case()
}

/// Returns the name of a constant for a schema: `ImageRequest` becomes `IMAGE_REQUEST`.
pub(crate) fn constant_name(schema: &str) -> Result<Ident> {
    ident(&schema.to_shouty_snake_case())
}

/// Returns the name of an enum variant for a value: its name in Pascal case, after `Value` if that
/// alone is not an identifier or is taken.
#[must_use]
pub(crate) fn variant_name(value: &str) -> String {
    let name = type_name(value);
    let is_free = name.starts_with(|first: char| first.is_ascii_alphabetic())
        && !["Unknown", "Self"].contains(&name.as_str());
    if is_free {
        name
    } else {
        format!("Value{name}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_type_names() {
        for (value, name) in [
            ("in_progress", "InProgress"),
            ("generation.completed", "GenerationCompleted"),
            ("SUCCESS", "Success"),
            ("gpt-4o-image", "Gpt4oImage"),
            ("createImage", "CreateImage"),
        ] {
            assert_eq!(type_name(value), name);
        }
        assert_eq!(variant_name("16:9"), "Value169");
        assert_eq!(variant_name("self"), "ValueSelf");
        assert_eq!(variant_name("unknown"), "ValueUnknown");
    }

    #[test]
    fn operation_ids_become_function_names() {
        assert_eq!(function_name("createImage"), "create_image");
        assert_eq!(function_name("getURL"), "get_url");
    }
}
