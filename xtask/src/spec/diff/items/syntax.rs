//! What is read off the syntax of generated code: names on the wire, comments.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::visit::Visit;
use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// The comment of an item.
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

/// The names between backticks.
pub(super) fn quoted(doc: &str) -> Vec<String> {
    doc.split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

/// The name of a field on the wire: what serde is told, else its own.
pub(super) fn wire_name(field: &syn::Field) -> Option<String> {
    let mut name = field.ident.as_ref()?.to_string();
    for attribute in field
        .attrs
        .iter()
        .filter(|attribute| attribute.path().is_ident("serde"))
    {
        // Other settings are passed over.
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

/// May it grow without breaking those who use it?
pub(super) fn may_grow(attributes: &[Attribute]) -> bool {
    attributes
        .iter()
        .any(|attribute| attribute.path().is_ident("non_exhaustive"))
}

/// Tokens as one line.
pub(super) fn line(tokens: impl ToTokens) -> String {
    tokens.to_token_stream().to_string()
}

/// The arms `Self::Variant => "text"` of a function.
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

/// All identifiers in tokens.
pub(super) fn identifiers(tokens: TokenStream, found: &mut std::collections::BTreeSet<String>) {
    for token in tokens {
        match token {
            proc_macro2::TokenTree::Ident(ident) => {
                found.insert(ident.to_string());
            }
            proc_macro2::TokenTree::Group(group) => identifiers(group.stream(), found),
            _ => {}
        }
    }
}
