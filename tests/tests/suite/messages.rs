//! Every message that a user may see, for review in one place: the string literals of the code, by
//! crate and file.
//!
//! The help of the command is in `cli/snapshots/help.snap`.

use std::fmt::Write as _;

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;

use crate::support::{Package, is_below, is_test_file, without_tests};

/// Macros and methods whose text only a developer sees.
const INTERNAL: &[&str] = &[
    "assert",
    "assert_eq",
    "assert_ne",
    "debug_assert",
    "debug_assert_eq",
    "expect",
    "panic",
    "todo",
    "unreachable",
];
/// Attributes without messages. That of an error type (`#[error("..")]`) has one.
const SILENT_ATTRIBUTES: &[&str] = &[
    "allow",
    "cfg",
    "cfg_attr",
    "deprecated",
    "doc",
    "expect",
    "must_use",
    "schemars",
    "serde",
];

#[test]
fn messages_are_reviewed() {
    for package in Package::all() {
        if package.name() == "toapis-test-support" {
            continue;
        }
        let mut table = String::new();
        for (path, text) in package.sources() {
            if is_below(&path, "generated") || is_test_file(&path) {
                continue;
            }
            let mut messages = Vec::new();
            for item in without_tests(syn::parse_file(&text).unwrap().items) {
                collect(item.into_token_stream(), &mut messages);
            }
            messages.dedup();
            if !messages.is_empty() {
                writeln!(table, "# {}", path.display()).unwrap();
                for message in messages {
                    writeln!(
                        table,
                        "{}",
                        message
                            .escape_debug()
                            .to_string()
                            .replace("\\\"", "\"")
                            .replace("\\'", "'")
                    )
                    .unwrap();
                }
            }
        }
        insta::with_settings!({ snapshot_path => "snapshots/messages", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(package.name(), table);
        });
    }
}

/// Collects the string literals with more than one word.
fn collect(tokens: TokenStream, messages: &mut Vec<String>) {
    let tokens: Vec<_> = tokens.into_iter().collect();
    for (index, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Literal(literal) => {
                if let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string())
                    && text.value().contains(' ')
                {
                    messages.push(text.value());
                }
            }
            TokenTree::Group(group)
                if !is_internal(&tokens[..index])
                    && !is_silent_attribute(&tokens[..index], group) =>
            {
                collect(group.stream(), messages);
            }
            _ => {}
        }
    }
}

/// Returns true if the tokens before a group are `expect` or one of the macros, such as `panic!`.
fn is_internal(before: &[TokenTree]) -> bool {
    let name = match before {
        [.., TokenTree::Ident(name), TokenTree::Punct(mark)] if mark.as_char() == '!' => name,
        [.., TokenTree::Ident(name)] => name,
        _ => return false,
    };
    INTERNAL.iter().any(|internal| name == internal)
}

fn is_silent_attribute(before: &[TokenTree], group: &proc_macro2::Group) -> bool {
    let is_attribute = match before {
        [.., TokenTree::Punct(hash)] if hash.as_char() == '#' => true,
        [.., TokenTree::Punct(hash), TokenTree::Punct(mark)] => {
            hash.as_char() == '#' && mark.as_char() == '!'
        }
        _ => false,
    };
    let Some(TokenTree::Ident(name)) = group.stream().into_iter().next() else {
        return false;
    };
    is_attribute && SILENT_ATTRIBUTES.iter().any(|silent| name == silent)
}
