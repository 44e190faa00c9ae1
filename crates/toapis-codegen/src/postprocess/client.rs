//! Changes to the client that progenitor writes, each for a reason.

use anyhow::{Result, bail};
use quote::quote;
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, Field, FieldsNamed, File, Ident, ImplItem, Item, ItemStruct};

use crate::syntax::{doc_text, ensure_doc, inside_option, is_named};

/// The documentation of the constructor; the generator's is about any API.
const NEW_WITH_CLIENT: &str = "Creates a client that sends its requests through `client` to the service at `baseurl`, which may have a path.\n\nAn invalid URL is reported by every call, as `Error::InvalidRequest`.";

/// Changes the client.
pub(super) fn client(file: &mut File) -> Result<()> {
    remove_constructor(file)?;
    remove_prelude(file)?;
    add_constructors(file)?;
    shorten_comment(file);
    Documents.visit_file_mut(file);
    Ok(())
}

/// Replaces the documentation of an item.
fn replace_doc(attributes: &mut Vec<Attribute>, text: &str) {
    attributes.retain(|attribute| doc_text(attribute).is_none());
    ensure_doc(attributes, text);
}

/// Removes `Client::new`, which sets a timeout of 15 seconds for every call and may panic.
fn remove_constructor(file: &mut File) -> Result<()> {
    let mut removed = 0;
    for item in &mut file.items {
        if let Item::Impl(block) = item
            && block.trait_.is_none()
            && is_named(&block.self_ty, "Client")
        {
            let before = block.items.len();
            block.items.retain(
                |item| !matches!(item, ImplItem::Fn(function) if function.sig.ident == "new"),
            );
            for item in &mut block.items {
                if let ImplItem::Fn(function) = item
                    && function.sig.ident == "new_with_client"
                {
                    replace_doc(&mut function.attrs, NEW_WITH_CLIENT);
                }
            }
            removed += before - block.items.len();
        }
    }
    if removed != 1 {
        bail!("progenitor wrote {removed} constructors `Client::new` where one was expected");
    }
    Ok(())
}

/// Removes a prelude of one type, which the root of the crate exports.
fn remove_prelude(file: &mut File) -> Result<()> {
    let before = file.items.len();
    file.items
        .retain(|item| !matches!(item, Item::Mod(module) if module.ident == "prelude"));
    if file.items.len() == before {
        bail!("progenitor wrote no module `prelude`");
    }
    Ok(())
}

/// Replaces the comment of the client, which is the description of the contract.
fn shorten_comment(file: &mut File) {
    for item in &mut file.items {
        if let Item::Struct(item) = item
            && item.ident == "Client"
        {
            replace_doc(
                &mut item.attrs,
                "Client of the API, with one function for each operation. Cloning it is cheap and shares its connections.\n\nEach request is sent once, as it is given. See the documentation of the crate.",
            );
        }
    }
}

/// Adds a constructor of the required fields to each request: a new optional field breaks struct
/// literals.
fn add_constructors(file: &mut File) -> Result<()> {
    super::request_types::add_to_bodies(file, |name, fields| Ok(constructor(name, fields)))
}

fn constructor(name: &Ident, fields: &FieldsNamed) -> Item {
    let mut arguments = Vec::new();
    let mut values = Vec::new();
    for field in &fields.named {
        let (ident, ty) = (&field.ident, &field.ty);
        if may_be_absent(field) {
            values.push(quote!(#ident: ::std::default::Default::default()));
        } else {
            arguments.push(quote!(#ident: #ty));
            values.push(quote!(#ident));
        }
    }
    let doc = "Creates a body with the required fields. Unlike a struct literal, the call still compiles when the contract gains an optional field.";
    syn::parse_quote! {
        impl #name {
            #[doc = #doc]
            pub fn new(#(#arguments),*) -> Self {
                Self { #(#values),* }
            }
        }
    }
}

/// Returns true for a field that is an option, has a default, or collects unknown fields.
fn may_be_absent(field: &Field) -> bool {
    inside_option(&field.ty).is_some()
        || field
            .attrs
            .iter()
            .filter(|attribute| attribute.path().is_ident("serde"))
            .any(|attribute| {
                let text = quote!(#attribute).to_string();
                text.contains("default") || text.contains("flatten")
            })
}

/// Removes the JSON schemas from comments, and adds missing comments to public items.
pub(super) struct Documents;

impl VisitMut for Documents {
    fn visit_attributes_mut(&mut self, attributes: &mut Vec<Attribute>) {
        for attribute in attributes.iter_mut() {
            if let Some(text) = doc_text(attribute) {
                let kept = text
                    .find("<details>")
                    .map_or(text.as_str(), |start| &text[..start]);
                let kept = kept.trim();
                *attribute = syn::parse_quote!(#[doc = #kept]);
            }
        }
        attributes.retain(|attribute| doc_text(attribute).is_none_or(|text| !text.is_empty()));
    }

    fn visit_item_struct_mut(&mut self, item: &mut ItemStruct) {
        visit_mut::visit_item_struct_mut(self, item);
        let name = item.ident.to_string();
        ensure_doc(&mut item.attrs, &format!("`{name}` of the contract."));
        for (index, field) in item.fields.iter_mut().enumerate() {
            let name = field
                .ident
                .as_ref()
                .map_or_else(|| index.to_string(), ToString::to_string);
            if matches!(field.vis, syn::Visibility::Public(_)) {
                ensure_doc(&mut field.attrs, &format!("`{name}` of the contract."));
            }
        }
    }

    fn visit_item_enum_mut(&mut self, item: &mut syn::ItemEnum) {
        visit_mut::visit_item_enum_mut(self, item);
        let name = item.ident.to_string();
        ensure_doc(&mut item.attrs, &format!("`{name}` of the contract."));
        for variant in &mut item.variants {
            let name = variant.ident.to_string();
            ensure_doc(&mut variant.attrs, &format!("The choice `{name}`."));
        }
    }
}
