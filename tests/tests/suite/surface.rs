//! The public surface of every published crate, for review.

use toapis_codegen::public_surface::outline_crate;

use crate::support::{Package, is_test_file, without_tests};

#[test]
fn public_surface_is_reviewed() {
    for package in Package::all() {
        if !package.is_published() {
            continue;
        }
        let files = package.sources().into_iter();
        let items = files
            .filter(|(path, _)| !is_test_file(path))
            .flat_map(|(path, text)| {
                let mut items = without_tests(syn::parse_file(&text).unwrap().items);
                // Modules are private: a `pub use` in one of them only passes names on to `lib.rs`.
                if !path.ends_with("lib.rs") {
                    items.retain(|item| !matches!(item, syn::Item::Use(_)));
                }
                items
            })
            .collect();
        insta::with_settings!({ snapshot_path => "snapshots/surface", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(package.name(), outline_crate(items));
        });
    }
}
