//! Reads names and documentation from the syntax of generated code.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::visit::Visit;
use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// Returns the documentation of an item.
pub(super) fn doc(attributes: &[Attribute]) -> String {
    let lines = attributes
        .iter()
        .filter_map(|attribute| match &attribute.meta {
            Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
                Expr::Lit(ExprLit {
                    lit: Lit::Str(text),
                    ..
                }) => Some(text.value()),
                _ => None,
            },
            _ => None,
        });
    lines.collect::<Vec<_>>().join("\n")
}

/// Returns the names between backticks.
pub(super) fn quoted(doc: &str) -> Vec<String> {
    doc.split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

/// Returns the name of a field on the wire: that of serde, or else its own.
pub(super) fn wire_name(field: &syn::Field) -> Option<String> {
    let mut name = field.ident.as_ref()?.to_string();
    for attribute in field
        .attrs
        .iter()
        .filter(|attribute| attribute.path().is_ident("serde"))
    {
        // Other settings are ignored.
        let _ = attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("rename") {
                let text: syn::LitStr = meta.value()?.parse()?;
                name = text.value();
            } else if let Ok(value) = meta.value() {
                let _: Expr = value.parse()?;
            }
            Ok(())
        });
    }
    Some(name)
}

/// Returns true if an item may grow without breaking its users.
pub(super) fn may_grow(attributes: &[Attribute]) -> bool {
    attributes
        .iter()
        .any(|attribute| attribute.path().is_ident("non_exhaustive"))
}

/// Returns tokens as one line.
pub(super) fn line(tokens: impl ToTokens) -> String {
    tokens.to_token_stream().to_string()
}

/// Returns the arms `Self::Variant => "text"` of a function.
pub(super) fn arms(function: &syn::ImplItemFn) -> Vec<(String, String)> {
    #[derive(Default)]
    struct Arms(Vec<(String, String)>);
    impl<'a> Visit<'a> for Arms {
        fn visit_arm(&mut self, arm: &'a syn::Arm) {
            if let (
                syn::Pat::Path(path),
                Expr::Lit(ExprLit {
                    lit: Lit::Str(text),
                    ..
                }),
            ) = (&arm.pat, &*arm.body)
                && let Some(last) = path.path.segments.last()
            {
                self.0.push((last.ident.to_string(), text.value()));
            }
        }
    }
    let mut arms = Arms::default();
    arms.visit_impl_item_fn(function);
    arms.0
}

/// Returns the signature as callers see it: without the names of arguments.
pub(super) fn signature(signature: &syn::Signature) -> String {
    let mut signature = signature.clone();
    for argument in &mut signature.inputs {
        if let syn::FnArg::Typed(argument) = argument {
            *argument.pat = syn::parse_quote!(_);
        }
    }
    line(signature)
}

/// Collects all identifiers, and those in a path with the segment before them: `types`, `Task`,
/// `types::Task`.
pub(super) fn identifiers(tokens: TokenStream, found: &mut std::collections::BTreeSet<String>) {
    let mut before = String::new();
    let mut colons = 0;
    for token in tokens {
        match token {
            proc_macro2::TokenTree::Ident(ident) => {
                let ident = ident.to_string();
                if colons == 2 && !before.is_empty() {
                    found.insert(format!("{before}::{ident}"));
                }
                found.insert(ident.clone());
                (before, colons) = (ident, 0);
            }
            proc_macro2::TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
            token => {
                (before, colons) = (String::new(), 0);
                if let proc_macro2::TokenTree::Group(group) = token {
                    identifiers(group.stream(), found);
                }
            }
        }
    }
}

/// Collects all string literals.
pub(super) fn literals(tokens: TokenStream, found: &mut std::collections::BTreeSet<String>) {
    for token in tokens {
        match token {
            proc_macro2::TokenTree::Group(group) => literals(group.stream(), found),
            proc_macro2::TokenTree::Literal(literal) => {
                if let Lit::Str(text) = Lit::new(literal) {
                    found.insert(text.value());
                }
            }
            _ => {}
        }
    }
}

/// Returns the words and symbols of a signature.
pub(in crate::diff) fn words(text: &str) -> impl Iterator<Item = &str> {
    let is_sign = |letter: char| !letter.is_alphanumeric() && letter != '_';
    text.split_inclusive(is_sign)
        .flat_map(move |piece| {
            let end = piece.rfind(is_sign).unwrap_or(piece.len());
            [&piece[..end], &piece[end..]]
        })
        .filter(|word| !word.trim().is_empty())
}
