//! Helpers for the syntax tree of generated code.

use syn::{Attribute, Type};

/// Adds a doc comment, unless there is one.
pub(crate) fn ensure_doc(attributes: &mut Vec<Attribute>, text: &str) {
    if !attributes
        .iter()
        .any(|attribute| attribute.path().is_ident("doc"))
    {
        attributes.insert(0, syn::parse_quote!(#[doc = #text]));
    }
}

/// Returns the text of a doc attribute.
pub(crate) fn doc_text(attribute: &Attribute) -> Option<String> {
    if let syn::Meta::NameValue(pair) = &attribute.meta
        && pair.path.is_ident("doc")
        && let syn::Expr::Lit(literal) = &pair.value
        && let syn::Lit::Str(text) = &literal.lit
    {
        return Some(text.value());
    }
    None
}

/// Returns true if a type is a path of this one name.
pub(crate) fn is_named(ty: &Type, name: &str) -> bool {
    matches!(ty, Type::Path(path) if path.path.is_ident(name))
}

/// Returns the type inside an `Option`.
pub(crate) fn inside_option(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    match &last.arguments {
        syn::PathArguments::AngleBracketed(arguments) if last.ident == "Option" => {
            arguments.args.first().and_then(|argument| match argument {
                syn::GenericArgument::Type(inner) => Some(inner),
                _ => None,
            })
        }
        _ => None,
    }
}

/// Returns the name that `#[serde(rename = "..")]` gives to a field or variant.
pub(crate) fn renamed(attributes: &[Attribute]) -> Option<String> {
    let mut name = None;
    for attribute in attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("serde"))
    {
        // The values of other options are not strings; the first ends the search, which is fine.
        let _ = attribute.parse_nested_meta(|meta| {
            let value: syn::LitStr = meta.value()?.parse()?;
            if meta.path.is_ident("rename") {
                name = Some(value.value());
            }
            Ok(())
        });
    }
    name
}

/// Returns the JSON name of a field; `None` for a field that collects what has no field.
pub(crate) fn wire_name(field: &syn::Field) -> Option<String> {
    let is_flattened = field.attrs.iter().any(|attribute| {
        attribute.path().is_ident("serde")
            && quote::quote!(#attribute).to_string().contains("flatten")
    });
    if is_flattened {
        return None;
    }
    renamed(&field.attrs).or_else(|| field.ident.as_ref().map(ToString::to_string))
}
