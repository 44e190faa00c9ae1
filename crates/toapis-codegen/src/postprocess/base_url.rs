//! Makes the client parse its base URL once, when it is created, not for each request.
//!
//! A use that this misses does not compile: the parsed type does not implement `Display`.

use syn::punctuated::Punctuated;
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, ExprMacro, Field, FieldValue, File, Lit, LitStr, Member, Token, parse_quote};

/// The field with the base URL, and the argument of the constructor.
const BASE: &str = "baseurl";

/// Replaces the text of the base URL by `crate::base_url::ParsedBaseUrl`, and string formatting
/// with it by `join`.
pub(super) fn read_once(file: &mut File) {
    ReadOnce.visit_file_mut(file);
}

struct ReadOnce;

impl VisitMut for ReadOnce {
    fn visit_field_mut(&mut self, field: &mut Field) {
        if field.ident.as_ref().is_some_and(|name| name == BASE) {
            field.ty = parse_quote!(crate::base_url::ParsedBaseUrl);
        }
    }

    fn visit_field_value_mut(&mut self, field: &mut FieldValue) {
        if matches!(&field.member, Member::Named(name) if name == BASE) {
            field.expr = parse_quote!(crate::base_url::ParsedBaseUrl::new(baseurl));
        }
    }

    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        visit_mut::visit_expr_mut(self, expression);
        if let Expr::Macro(written) = expression
            && let Some(joined) = joined(written)
        {
            *expression = joined;
        }
    }
}

/// Converts `format!("{}/path/{}", self.baseurl, parameter)` to a path joined to the base URL.
fn joined(written: &ExprMacro) -> Option<Expr> {
    let arguments = written
        .mac
        .parse_body_with(Punctuated::<Expr, Token![,]>::parse_terminated)
        .ok()?;
    let mut arguments = arguments.into_iter();
    let (Some(Expr::Lit(template)), Some(Expr::Field(base))) = (arguments.next(), arguments.next())
    else {
        return None;
    };
    let Lit::Str(template) = template.lit else {
        return None;
    };
    if !matches!(&base.member, Member::Named(name) if name == BASE) {
        return None;
    }
    let path = LitStr::new(template.value().strip_prefix("{}")?, template.span());
    let parameters: Vec<Expr> = arguments.collect();
    Some(if parameters.is_empty() {
        parse_quote!(#base.join(#path)?)
    } else {
        parse_quote!(#base.join(&format!(#path, #(#parameters),*))?)
    })
}
