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
