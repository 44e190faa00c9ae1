//! The types of request bodies in the generated client.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use syn::{Fields, FieldsNamed, File, Ident, ImplItem, Item, ItemMod, Type};

/// Adds an item to each type of a request body that has fields.
pub(super) fn add_to_bodies(
    file: &mut File,
    item_of: impl Fn(&Ident, &FieldsNamed) -> Result<Item>,
) -> Result<()> {
    let bodies = body_types(file);
    let Some(types) = file.items.iter_mut().find_map(types_module) else {
        bail!("progenitor wrote no module `types`");
    };
    let mut added = Vec::new();
    for item in types.iter() {
        if let Item::Struct(structure) = item
            && let Fields::Named(fields) = &structure.fields
            && bodies.contains(&structure.ident.to_string())
        {
            added.push(item_of(&structure.ident, fields)?);
        }
    }
    types.extend(added);
    Ok(())
}

fn types_module(item: &mut Item) -> Option<&mut Vec<Item>> {
    match item {
        Item::Mod(ItemMod {
            ident,
            content: Some((_, items)),
            ..
        }) if ident == "types" => Some(items),
        _ => None,
    }
}

/// Returns the names of the types of arguments called `body`.
fn body_types(file: &File) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for item in &file.items {
        let Item::Impl(block) = item else { continue };
        for function in block.items.iter().filter_map(|item| match item {
            ImplItem::Fn(function) => Some(function),
            _ => None,
        }) {
            for input in &function.sig.inputs {
                if let syn::FnArg::Typed(argument) = input
                    && matches!(&*argument.pat, syn::Pat::Ident(name) if name.ident == "body")
                    && let Type::Reference(reference) = &*argument.ty
                    && let Type::Path(path) = &*reference.elem
                    && let Some(last) = path.path.segments.last()
                {
                    names.insert(last.ident.to_string());
                }
            }
        }
    }
    names
}
