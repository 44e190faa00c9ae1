//! Splits each function of the client: one builds the request, and one sends it and reads the
//! response.
//!
//! A caller with its own transport uses the first, without intercepting requests.

use anyhow::{Result, bail};
use quote::{ToTokens as _, format_ident};
use syn::visit::{self, Visit};
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, File, FnArg, Ident, ImplItem, ImplItemFn, Item, Local, Pat, Stmt, parse_quote};

use crate::syntax::is_named;

/// The header map of the generator, with a version header that the API does not have.
const HEADERS: &str = "header_map";

/// Adds a `.._request` to each function that sends.
pub(super) fn part(file: &mut File) -> Result<()> {
    for item in &mut file.items {
        let Item::Impl(block) = item else { continue };
        if block.trait_.is_some() || !is_named(&block.self_ty, "Client") {
            continue;
        }
        let mut parted = Vec::with_capacity(block.items.len());
        for mut item in std::mem::take(&mut block.items) {
            if let ImplItem::Fn(function) = &mut item
                && function.sig.asyncness.is_some()
            {
                parted.push(ImplItem::Fn(builder(function)?));
            }
            parted.push(item);
        }
        block.items = parted;
    }
    Ok(())
}

/// Moves the code that builds the request from a function into one of its own.
fn builder(function: &mut ImplItemFn) -> Result<ImplItemFn> {
    let name = &function.sig.ident;
    let statements = &mut function.block.stmts;
    let place_of = |name| {
        statements
            .iter()
            .enumerate()
            .find_map(|(place, statement)| Some((place, declared(statement, name)?.clone())))
    };
    let (Some((request, local)), Some((info, info_local))) =
        (place_of("request"), place_of("info"))
    else {
        bail!("progenitor wrote `{name}` without a request and its info");
    };
    if info != request + 1 {
        bail!("progenitor wrote something between the request of `{name}` and its info");
    }
    let sending = statements.split_off(info);
    let mut building = std::mem::take(statements);
    building.retain(|statement| !sets_version(statement));
    // Without a header of the contract, an empty map remains.
    if !building.iter().any(fills_headers) {
        building.retain(|statement| declared(statement, HEADERS).is_none());
        for statement in &mut building {
            WithoutHeaders.visit_stmt_mut(statement);
        }
    }
    let named = sending.first();
    let arguments = function.sig.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(argument) => Some(&argument.pat),
        FnArg::Receiver(_) => None,
    });
    // A keyword of Rust has a trailing `_`.
    let request = format_ident!("{}_request", name.to_string().trim_end_matches('_'));
    function.block = parse_quote!({
        #[allow(unused_mut)]
        let mut #local = self.#request(#(#arguments),*)?;
        #(#sending)*
    });
    let mut signature = function.sig.clone();
    signature.asyncness = None;
    signature.output = parse_quote!(-> Result<::reqwest::Request, Error<()>>);
    let about = format!("Builds the request of [`{name}`](Self::{name}) without sending it.");
    signature.ident = request;
    Ok(parse_quote! {
        #[doc = #about]
        pub #signature {
            #(#building)*
            #named
            crate::path_guard::check_path(&#local, &#info_local)?;
            Ok(#local)
        }
    })
}

/// Returns the name in a statement `let name = ..`: `_name` if an argument has that name.
fn declared<'s>(statement: &'s Stmt, name: &str) -> Option<&'s Ident> {
    match statement {
        Stmt::Local(Local {
            pat: Pat::Ident(pattern),
            ..
        }) if pattern.ident.to_string().trim_start_matches('_') == name => Some(&pattern.ident),
        _ => None,
    }
}

/// Returns true if a statement appends the version of the API to the headers.
fn sets_version(statement: &Stmt) -> bool {
    matches!(statement, Stmt::Expr(Expr::MethodCall(call), _)
        if is_path(&call.receiver, HEADERS) && call.to_token_stream().to_string().contains("\"api-version\""))
}

/// Returns true if a statement adds a header, perhaps on a condition.
fn fills_headers(statement: &Stmt) -> bool {
    struct Fills(bool);
    impl<'ast> Visit<'ast> for Fills {
        fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
            self.0 |= is_path(&call.receiver, HEADERS);
            visit::visit_expr_method_call(self, call);
        }
    }
    let mut fills = Fills(false);
    fills.visit_stmt(statement);
    fills.0
}

fn is_path(expression: &Expr, name: &str) -> bool {
    matches!(expression, Expr::Path(path) if path.path.is_ident(name))
}

/// Removes `.headers(header_map)` from a chain of calls.
struct WithoutHeaders;

impl VisitMut for WithoutHeaders {
    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        visit_mut::visit_expr_mut(self, expression);
        if let Expr::MethodCall(call) = expression
            && call.method == "headers"
            && call
                .args
                .first()
                .is_some_and(|argument| is_path(argument, HEADERS))
        {
            *expression = (*call.receiver).clone();
        }
    }
}
