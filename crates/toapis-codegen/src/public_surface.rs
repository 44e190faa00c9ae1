//! Outlines of the public items of Rust code, for review.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use anyhow::{Context, Result};
use quote::ToTokens;
use syn::{Fields, ImplItem, Item, TraitItem, Visibility};

/// Full paths in generated code, and their short names.
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

/// Returns the outline of a file: one line for each item, with its members indented below.
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

/// Returns the outline of a crate: all public items in alphabetical order, from all of its files.
///
/// With `unreachable_pub` denied, what is `pub` can be reached from outside the crate.
#[must_use]
pub fn outline_crate(items: Vec<Item>) -> String {
    let items = flatten(items);
    let names: BTreeSet<String> = items.iter().filter_map(type_name).collect();
    let mut sections: BTreeSet<(String, u8, String)> = BTreeSet::new();
    for item in &items {
        let (name, order) = match item {
            Item::Impl(block) => match &*block.self_ty {
                syn::Type::Path(path) => {
                    let name = path.path.segments.last().map(|last| last.ident.to_string());
                    match name.filter(|name| names.contains(name)) {
                        Some(name) => (name, if block.trait_.is_none() { 1 } else { 3 }),
                        None => continue,
                    }
                }
                _ => continue,
            },
            Item::Use(_) | Item::Mod(_) => (String::new(), 0),
            Item::Fn(function) => (function.sig.ident.to_string(), 0),
            Item::Const(item) => (item.ident.to_string(), 0),
            item => (type_name(item).unwrap_or_default(), 0),
        };
        let mut text = String::new();
        one(item, 0, &mut text);
        if let Some(attributes) = attributes(item).filter(|_| !text.is_empty()) {
            let end = text.find('\n').unwrap_or(text.len());
            text.insert_str(end, &attributes);
        }
        if order == 1 {
            // Methods of one type are in one block, wherever its `impl` blocks are.
            for method in text.lines().skip(1) {
                sections.insert((name.clone(), 2, format!("{method}\n")));
            }
            text.truncate(text.find('\n').map_or(0, |end| end + 1));
        }
        sections.insert((name, order, text));
    }
    sections.into_iter().map(|(_, _, text)| text).collect()
}

/// Moves the items of public inline modules to the top.
fn flatten(items: Vec<Item>) -> Vec<Item> {
    let mut flat = Vec::new();
    for item in items {
        match item {
            Item::Mod(syn::ItemMod {
                vis: Visibility::Public(_),
                content: Some((_, content)),
                ..
            }) => flat.extend(flatten(content)),
            item => flat.push(item),
        }
    }
    flat
}

/// Returns the name of a public type or trait.
fn type_name(item: &Item) -> Option<String> {
    let (visibility, name) = match item {
        Item::Struct(item) => (&item.vis, &item.ident),
        Item::Enum(item) => (&item.vis, &item.ident),
        Item::Trait(item) => (&item.vis, &item.ident),
        Item::Type(item) => (&item.vis, &item.ident),
        _ => return None,
    };
    is_public(visibility).then(|| name.to_string())
}

/// Returns the derived traits of a type, and whether it is `#[non_exhaustive]`.
fn attributes(item: &Item) -> Option<String> {
    let (Item::Struct(syn::ItemStruct { attrs, .. }) | Item::Enum(syn::ItemEnum { attrs, .. })) =
        item
    else {
        return None;
    };
    let mut text = String::new();
    for attribute in attrs {
        match &attribute.meta {
            syn::Meta::List(list) if list.path.is_ident("derive") => {
                let _ = write!(text, " [{}]", tidy(&list.tokens));
            }
            syn::Meta::Path(path) if path.is_ident("non_exhaustive") => {
                text.push_str(" [non_exhaustive]");
            }
            _ => {}
        }
    }
    Some(text)
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
        Item::Fn(item) if is_public(&item.vis) => line(out, depth, &tidy(&item.sig)),
        Item::Type(item) if is_public(&item.vis) => {
            line(
                out,
                depth,
                &format!(
                    "type {}{} = {}",
                    item.ident,
                    tidy(&item.generics),
                    tidy(&item.ty)
                ),
            );
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
    matches!(visibility, Visibility::Public(_))
}

fn line(out: &mut String, depth: usize, text: &str) {
    let _ = writeln!(out, "{:1$}{text}", "", depth * 2);
}

/// Returns tokens as text with usual spacing.
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
    use super::{outline, outline_crate};

    #[test]
    fn crate_outline_does_not_depend_on_the_order_of_files() {
        let text = "
            impl Private { pub fn f(&self) {} }
            impl A { pub fn b(self) {} }
            #[non_exhaustive] #[derive(Debug, Clone)] pub struct A;
            struct Private;
            pub fn a() {}
        ";
        let items = syn::parse_file(text).unwrap().items;
        let reversed = items.iter().rev().cloned().collect();
        assert_eq!(
            outline_crate(items),
            "struct A [non_exhaustive] [Debug, Clone]\nimpl A\n  fn b(self)\nfn a()\n"
        );
        assert_eq!(
            outline_crate(reversed),
            outline_crate(syn::parse_file(text).unwrap().items)
        );
    }

    #[test]
    fn outline_has_public_items_only() {
        let text = "
            pub struct A { pub b: ::std::option::Option<::std::vec::Vec<u8>>, c: u8 }
            struct Hidden;
            pub enum E { X, Y(u8) }
            impl A { pub fn new(b: &str, c: u8) -> Self { Self } fn hidden(&self) {} }
            impl ::std::fmt::Display for A {}
            pub mod m { pub async fn f() {} pub(crate) fn hidden() {} pub const K: &'static [u8] = &[]; }
        ";
        assert_eq!(
            outline(text).unwrap(),
            "struct A\n  b: Option<Vec<u8>>\nenum E\n  X\n  Y(u8)\nimpl A\n  fn new(b: &str, c: u8) -> Self\n\
             impl Display for A\nmod m\n  async fn f()\n  const K: &'static [u8]\n"
        );
    }
}
