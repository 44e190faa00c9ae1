//! Changes to the mocks that progenitor writes, each for a reason.

use anyhow::{Result, bail};
use syn::visit_mut::{self, VisitMut};
use syn::{
    ExprMethodCall, File, FnArg, ImplItem, ImplItemFn, Item, ItemImpl, ItemMod, ItemTrait, Pat,
    TraitItem, Type, parse_quote,
};

use serde_json::Value;
use toapis_openapi::operations::operations;

use crate::naming::function_name;
use crate::syntax::ensure_doc;

/// Changes the mocks.
pub(super) fn mock(file: &mut File, contract: &Value) -> Result<()> {
    let mut escapes = EscapePathValues { done: 0 };
    escapes.visit_file_mut(file);
    if escapes.done == 0 {
        bail!("progenitor wrote no path matcher to escape");
    }
    let operations = described(contract);
    BorrowBodies.visit_file_mut(file);
    for item in &mut file.items {
        match item {
            Item::Mod(ItemMod {
                content: Some((_, items)),
                ..
            }) => {
                for item in items {
                    document(item, &operations);
                }
            }
            Item::Trait(item) => document_trait(item, &operations),
            _ => {}
        }
    }
    Ok(())
}

/// Escapes path values, which become part of a regular expression.
struct EscapePathValues {
    done: usize,
}

impl VisitMut for EscapePathValues {
    fn visit_macro_mut(&mut self, item: &mut syn::Macro) {
        if item.path.is_ident("format") {
            let text = item.tokens.to_string();
            if let Some(pattern) = text
                .strip_suffix(", value . to_string ()")
                .or_else(|| text.strip_suffix(", value.to_string()"))
                && let Ok(pattern) =
                    syn::parse_str::<syn::LitStr>(pattern.trim_end_matches(',').trim())
            {
                item.tokens = quote::quote!(#pattern, regex::escape(&value.to_string()));
                self.done += 1;
            }
        }
        visit_mut::visit_macro_mut(self, item);
    }
}

/// Borrows bodies that are passed by value: `json_body_obj` takes a reference.
struct BorrowBodies;

impl VisitMut for BorrowBodies {
    fn visit_impl_item_fn_mut(&mut self, function: &mut ImplItemFn) {
        let is_value = |input: &FnArg| {
            matches!(input, FnArg::Typed(argument)
                if is_value(&argument.pat) && !matches!(*argument.ty, Type::Reference(_)))
        };
        if function.sig.inputs.iter().any(is_value) {
            visit_mut::visit_impl_item_fn_mut(self, function);
        }
    }

    fn visit_expr_method_call_mut(&mut self, call: &mut ExprMethodCall) {
        visit_mut::visit_expr_method_call_mut(self, call);
        if call.method == "json_body_obj"
            && let Some(given) = call.args.first_mut()
        {
            *given = parse_quote!(&#given);
        }
    }
}

fn is_value(pattern: &Pat) -> bool {
    matches!(pattern, Pat::Ident(name) if name.ident == "value")
}

/// The texts of an operation for its comments.
struct Described {
    pascal: String,
    function: String,
    line: String,
}

fn described(contract: &Value) -> Vec<Described> {
    operations(contract)
        .map(|operation| {
            let mut letters = operation.id.chars();
            let first = letters.next().map(|letter| letter.to_ascii_uppercase());
            Described {
                pascal: first.into_iter().chain(letters).collect(),
                function: function_name(operation.id),
                line: format!("`{} {}`", operation.method.to_uppercase(), operation.path),
            }
        })
        .collect()
}

fn document(item: &mut Item, operations: &[Described]) {
    match item {
        Item::Struct(item) => {
            let name = item.ident.to_string();
            if let Some((operation, is_when)) = of_type(&name, operations) {
                let text = if is_when {
                    format!("The requests of {} that a mock matches.", operation.line)
                } else {
                    format!("The response that a mock of {} sends.", operation.line)
                };
                ensure_doc(&mut item.attrs, &text);
            }
        }
        Item::Impl(block) => document_impl(block, operations),
        _ => {}
    }
}

fn document_impl(block: &mut ItemImpl, operations: &[Described]) {
    let Type::Path(path) = &*block.self_ty else {
        return;
    };
    let Some(name) = path.path.get_ident().map(ToString::to_string) else {
        return;
    };
    let Some((operation, is_when)) = of_type(&name, operations) else {
        return;
    };
    for item in &mut block.items {
        let ImplItem::Fn(function) = item else {
            continue;
        };
        let name = function.sig.ident.to_string();
        let text = match (name.as_str(), is_when) {
            ("new", true) => format!("Matches every request of {}.", operation.line),
            ("new", false) => "Wraps an empty response.".to_owned(),
            ("into_inner", _) => {
                "Returns the untyped value, to match or send what the contract does not allow."
                    .to_owned()
            }
            ("body", true) => "Matches a JSON body that equals `value`.".to_owned(),
            (parameter, true) => {
                format!("Matches requests whose parameter `{parameter}` equals `value`.")
            }
            (status, false) => {
                format!("Sends the documented status `{status}` with `value` as its body.")
            }
        };
        ensure_doc(&mut function.attrs, &text);
    }
}

fn document_trait(item: &mut ItemTrait, operations: &[Described]) {
    for item in &mut item.items {
        let TraitItem::Fn(function) = item else {
            continue;
        };
        let name = function.sig.ident.to_string();
        if let Some(operation) = operations
            .iter()
            .find(|operation| operation.function == name.trim_end_matches('_'))
        {
            ensure_doc(
                &mut function.attrs,
                &format!("Adds a mock of {}.", operation.line),
            );
        }
    }
}

/// Returns the operation of `CreateImageWhen` or `CreateImageThen`, and whether it is the former.
fn of_type<'o>(name: &str, operations: &'o [Described]) -> Option<(&'o Described, bool)> {
    let (stem, is_when) = match name.strip_suffix("When") {
        Some(stem) => (stem, true),
        None => (name.strip_suffix("Then")?, false),
    };
    operations
        .iter()
        .find(|operation| operation.pascal == stem)
        .map(|operation| (operation, is_when))
}

#[cfg(test)]
mod tests {
    use quote::ToTokens as _;

    use super::*;

    #[test]
    fn a_body_that_is_given_by_value_is_asked_for_by_reference() {
        let written = |ty: Type, asked: syn::Expr| -> ItemImpl {
            parse_quote! {
                impl MakeWhen {
                    pub fn body(self, value: #ty) -> Self {
                        Self(self.0.json_body_obj(#asked))
                    }
                }
            }
        };
        let cases: [(Type, syn::Expr); 3] = [
            (parse_quote!(types::Kind), parse_quote!(&value)),
            (parse_quote!(bool), parse_quote!(&value)),
            (parse_quote!(&types::Request), parse_quote!(value)),
        ];
        for (ty, asked) in cases {
            let mut block = written(ty.clone(), parse_quote!(value));
            BorrowBodies.visit_item_impl_mut(&mut block);
            let wanted = written(ty, asked);
            assert_eq!(
                block.to_token_stream().to_string(),
                wanted.to_token_stream().to_string()
            );
        }
    }
}
