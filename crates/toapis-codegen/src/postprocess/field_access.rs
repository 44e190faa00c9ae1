//! Adds access to the fields of a request by their JSON names.
//!
//! The SDK validates a request by the rules of its model. Without this it would serialize every
//! request twice: to validate it, and to send it.

use anyhow::Result;
use quote::quote;
use syn::meta::ParseNestedMeta;
use syn::{Expr, ExprPath, Field, FieldsNamed, File, Ident, Item, LitStr, Type, parse_quote};

use super::request_types::add_to_bodies;
use crate::syntax::inside_option;

/// The types that are borrowed; other values are serialized.
const BORROWED: [&str; 3] = ["String", "i64", "Map"];

/// Adds `field` to each type of a request body that has fields.
pub(super) fn by_name(file: &mut File) -> Result<()> {
    add_to_bodies(file, field_function)
}

fn field_function(name: &Ident, fields: &FieldsNamed) -> Result<Item> {
    let (mut arms, mut others) = (Vec::new(), Vec::new());
    for field in &fields.named {
        let Some(ident) = &field.ident else { continue };
        let serde = Serde::of(field)?;
        if serde.flattened {
            others.push(if is_one_of(&["Map"], &field.ty) {
                quote!(self.#ident.get(name).map(crate::FieldValue::from))
            } else {
                quote!(crate::FieldValue::from_serialize(&self.#ident).into_field(name))
            });
            continue;
        }
        let wire = serde.name.unwrap_or_else(|| ident.to_string());
        let inner = inside_option(&field.ty);
        let value = if is_one_of(&BORROWED, inner.unwrap_or(&field.ty)) {
            quote!(crate::FieldValue::from)
        } else {
            quote!(crate::FieldValue::from_serialize)
        };
        arms.push(match (inner, serde.skipped_if) {
            (Some(_), _) => quote!(#wire => self.#ident.as_ref().map(#value)),
            (None, Some(skips)) => {
                quote!(#wire => (!#skips(&self.#ident)).then(|| #value(&self.#ident)))
            }
            (None, None) => quote!(#wire => Some(#value(&self.#ident))),
        });
    }
    let doc = "Returns the value of the field with this JSON name, or `None` if the field would not be sent.";
    Ok(parse_quote! {
        impl #name {
            #[doc = #doc]
            pub fn field(&self, name: &str) -> Option<crate::FieldValue<'_>> {
                let known = match name {
                    #(#arms,)*
                    _ => None,
                };
                known #(.or_else(|| #others))*
            }
        }
    })
}

/// The serde options of a field.
#[derive(Default)]
struct Serde {
    name: Option<String>,
    skipped_if: Option<ExprPath>,
    flattened: bool,
}

impl Serde {
    fn of(field: &Field) -> Result<Self> {
        let mut options = Self::default();
        for attribute in &field.attrs {
            if attribute.path().is_ident("serde") {
                attribute.parse_nested_meta(|meta| options.take(&meta))?;
            }
        }
        Ok(options)
    }

    fn take(&mut self, meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
        if meta.path.is_ident("flatten") {
            self.flattened = true;
        } else if meta.path.is_ident("rename") {
            self.name = Some(meta.value()?.parse::<LitStr>()?.value());
        } else if meta.path.is_ident("skip_serializing_if") {
            self.skipped_if = Some(meta.value()?.parse::<LitStr>()?.parse()?);
        } else if let Ok(value) = meta.value() {
            let _: Expr = value.parse()?;
        }
        Ok(())
    }
}

/// Returns true if the last segment of a type's path, such as `Map` of `::serde_json::Map<..>`, is
/// one of these.
fn is_one_of(names: &[&str], ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.path.segments.last().is_some_and(|last| names.iter().any(|name| last.ident == name)))
}

#[cfg(test)]
mod tests {
    use quote::ToTokens as _;

    use super::*;

    #[test]
    fn fields_are_returned_as_they_would_be_serialized() {
        let fields: FieldsNamed = parse_quote! {
            {
                pub prompt: ::std::string::String,
                #[serde(rename = "type", default, skip_serializing_if = "::std::option::Option::is_none")]
                pub type_: ::std::option::Option<Kind>,
                #[serde(default = "defaults::one", skip_serializing_if = "::std::vec::Vec::is_empty")]
                pub list: ::std::vec::Vec<f64>,
                pub count: ::std::num::NonZeroU64,
                #[serde(flatten)]
                pub base: Base,
                #[serde(flatten)]
                pub extra: ::serde_json::Map<::std::string::String, ::serde_json::Value>,
            }
        };
        let wanted: Item = parse_quote! {
            impl Request {
                #[doc = "Returns the value of the field with this JSON name, or `None` if the field would not be sent."]
                pub fn field(&self, name: &str) -> Option<crate::FieldValue<'_>> {
                    let known = match name {
                        "prompt" => Some(crate::FieldValue::from(&self.prompt)),
                        "type" => self.type_.as_ref().map(crate::FieldValue::from_serialize),
                        "list" => (!::std::vec::Vec::is_empty(&self.list)).then(|| crate::FieldValue::from_serialize(&self.list)),
                        "count" => Some(crate::FieldValue::from_serialize(&self.count)),
                        _ => None,
                    };
                    known
                        .or_else(|| crate::FieldValue::from_serialize(&self.base).into_field(name))
                        .or_else(|| self.extra.get(name).map(crate::FieldValue::from))
                }
            }
        };
        let text = |item: &Item| item.to_token_stream().to_string();
        let name = parse_quote!(Request);
        assert_eq!(
            text(&field_function(&name, &fields).unwrap()),
            text(&wanted)
        );
    }
}
