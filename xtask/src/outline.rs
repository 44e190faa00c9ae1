//! The public surface of a Rust file as an outline that a person would review: what there is, and of which type.

use std::fmt::Write as _;

use anyhow::{Context, Result};
use quote::ToTokens;
use syn::{Fields, ImplItem, Item, TraitItem, Visibility};

/// Paths that the generator writes out and a person does not.
const NOISE: [&str; 12] = [
    "::std::option::",
    "::std::string::",
    "::std::vec::",
    "::std::convert::",
    "::std::fmt::",
    "::std::str::",
    "::std::ops::",
    "::std::error::",
    "::std::result::",
    "::serde_json::",
    "::serde::",
    "::httpmock::",
];

/// The outline of a file, one item a line, what belongs to it indented below.
///
/// # Errors
///
/// The text is not Rust.
pub fn outline(text: &str) -> Result<String> {
    let file = syn::parse_file(text).context("not a Rust file")?;
    let mut out = String::new();
    items(&file.items, 0, &mut out);
    Ok(out)
}

fn items(items: &[Item], depth: usize, out: &mut String) {
    for item in items {
        one(item, depth, out);
    }
}

fn one(item: &Item, depth: usize, out: &mut String) {
    match item {
        Item::Struct(item) if is_public(&item.vis) => {
            line(
                out,
                depth,
                &format!("struct {}{}", item.ident, tidy(&item.generics)),
            );
            fields(&item.fields, depth + 1, out);
        }
        Item::Enum(item) if is_public(&item.vis) => {
            line(out, depth, &format!("enum {}", item.ident));
            for variant in &item.variants {
                line(
                    out,
                    depth + 1,
                    &format!("{}{}", variant.ident, tidy(&variant.fields)),
                );
            }
        }
        Item::Const(item) if is_public(&item.vis) => {
            line(
                out,
                depth,
                &format!("const {}: {}", item.ident, tidy(&item.ty)),
            );
        }
        Item::Static(item) if is_public(&item.vis) => {
            line(
                out,
                depth,
                &format!("static {}: {}", item.ident, tidy(&item.ty)),
            );
        }
        Item::Use(item) if is_public(&item.vis) => {
            line(out, depth, &format!("use {}", tidy(&item.tree)));
        }
        Item::Mod(item) if is_public(&item.vis) => {
            line(out, depth, &format!("mod {}", item.ident));
            if let Some((_, content)) = &item.content {
                items(content, depth + 1, out);
            }
        }
        Item::Trait(item) if is_public(&item.vis) => {
            line(out, depth, &format!("trait {}", item.ident));
            for item in &item.items {
                if let TraitItem::Fn(function) = item {
                    line(out, depth + 1, &tidy(&function.sig));
                }
            }
        }
        Item::Impl(block) => implementation(block, depth, out),
        _ => {}
    }
}

fn implementation(block: &syn::ItemImpl, depth: usize, out: &mut String) {
    let name = tidy(&block.self_ty);
    if let Some((path, _)) = &block.trait_ {
        line(out, depth, &format!("impl {} for {name}", tidy(path)));
        return;
    }
    let mut below = String::new();
    for item in &block.items {
        match item {
            ImplItem::Fn(function) if is_public(&function.vis) => {
                line(&mut below, depth + 1, &tidy(&function.sig));
            }
            ImplItem::Const(item) if is_public(&item.vis) => {
                line(
                    &mut below,
                    depth + 1,
                    &format!("const {}: {}", item.ident, tidy(&item.ty)),
                );
            }
            _ => {}
        }
    }
    if !below.is_empty() {
        line(out, depth, &format!("impl {name}"));
        out.push_str(&below);
    }
}

fn fields(fields: &Fields, depth: usize, out: &mut String) {
    for (index, field) in fields
        .iter()
        .enumerate()
        .filter(|(_, field)| is_public(&field.vis))
    {
        let name = field
            .ident
            .as_ref()
            .map_or_else(|| index.to_string(), ToString::to_string);
        line(out, depth, &format!("{name}: {}", tidy(&field.ty)));
    }
}

fn is_public(visibility: &Visibility) -> bool {
    !matches!(visibility, Visibility::Inherited)
}

fn line(out: &mut String, depth: usize, text: &str) {
    let _ = writeln!(out, "{:1$}{text}", "", depth * 2);
}

/// Tokens as a person would write them.
fn tidy(tokens: &impl ToTokens) -> String {
    let mut text = tokens.to_token_stream().to_string();
    for (from, to) in [
        (" :: ", "::"),
        (":: ", "::"),
        (" ::", "::"),
        (" < ", "<"),
        ("< ", "<"),
        (" <", "<"),
        (" >", ">"),
        (" ,", ","),
        ("& ", "&"),
        (" (", "("),
        ("( ", "("),
        (" )", ")"),
        (" :", ":"),
        (",)", ")"),
        (", )", ")"),
        (" ;", ";"),
        (" -", " ->"),
        ("->>", "->"),
        ("-> >", "->"),
    ] {
        text = text.replace(from, to);
    }
    for noise in NOISE {
        text = text
            .replace(noise, "")
            .replace(noise.trim_start_matches(':'), "");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::outline;

    #[test]
    fn what_is_public_is_told_and_what_is_private_is_not() {
        let text = "
            pub struct A { pub b: ::std::option::Option<::std::vec::Vec<u8>>, c: u8 }
            struct Hidden;
            pub enum E { X, Y(u8) }
            impl A { pub fn new(b: &str, c: u8) -> Self { Self } fn hidden(&self) {} }
            impl ::std::fmt::Display for A {}
            pub mod m { pub async fn not_listed() {} pub const K: &'static [u8] = &[]; }
        ";
        assert_eq!(
            outline(text).unwrap(),
            "struct A\n  b: Option<Vec<u8>>\nenum E\n  X\n  Y(u8)\nimpl A\n  fn new(b: &str, c: u8) -> Self\n\
             impl Display for A\nmod m\n  const K: &'static [u8]\n"
        );
    }
}
