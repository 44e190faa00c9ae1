//! Locates the workspace, its crates and their source files.

use std::path::{Path, PathBuf};

pub(crate) use toapis_test_support::workspace::{files_under, root};

/// One package of the workspace with a library or a program.
#[derive(Debug)]
pub(crate) struct Package {
    /// Its directory relative to the root, such as `crates/toapis`.
    pub(crate) directory: String,
}

impl Package {
    /// Returns the packages under `crates/`, then `xtask`.
    pub(crate) fn all() -> Vec<Self> {
        let mut crates: Vec<_> = std::fs::read_dir(root().join("crates"))
            .unwrap()
            .map(|entry| entry.unwrap())
            .filter(|entry| entry.path().join("Cargo.toml").is_file())
            .map(|entry| format!("crates/{}", entry.file_name().to_str().unwrap()))
            .collect();
        crates.sort();
        crates.push("xtask".to_owned());
        assert!(crates.len() > 5, "found only {crates:?}");
        crates
            .into_iter()
            .map(|directory| Self { directory })
            .collect()
    }

    /// Returns the package name, which is also the name of its directory.
    pub(crate) fn name(&self) -> &str {
        self.directory.rsplit('/').next().unwrap()
    }

    /// Returns the text of its `Cargo.toml`.
    pub(crate) fn manifest(&self) -> String {
        std::fs::read_to_string(root().join(&self.directory).join("Cargo.toml")).unwrap()
    }

    /// Returns true if the package can be published.
    pub(crate) fn is_published(&self) -> bool {
        !self.manifest().contains("publish = false")
    }

    /// Returns the Rust files under `src/` by their path relative to it, with their text.
    pub(crate) fn sources(&self) -> Vec<(PathBuf, String)> {
        let src = root().join(&self.directory).join("src");
        files_under(&src)
            .into_iter()
            .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
            .map(|path| {
                let text = std::fs::read_to_string(&path).unwrap();
                (path.strip_prefix(&src).unwrap().to_owned(), text)
            })
            .collect()
    }
}

/// Returns true for a file below a directory of this name, such as `generated` or `tests`.
pub(crate) fn is_below(path: &Path, directory: &str) -> bool {
    path.parent()
        .is_some_and(|parent| parent.iter().any(|part| part == directory))
}

/// Returns true for a file that holds only unit tests.
pub(crate) fn is_test_file(path: &Path) -> bool {
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    is_below(path, "tests") || name == "tests" || name.ends_with("_tests")
}

/// Removes the items that are compiled only for tests.
pub(crate) fn without_tests(items: Vec<syn::Item>) -> Vec<syn::Item> {
    fn is_test_only(attributes: &[syn::Attribute]) -> bool {
        attributes.iter().any(|attribute| {
            attribute.path().is_ident("cfg")
                && matches!(&attribute.meta, syn::Meta::List(list) if list.tokens.to_string() == "test")
        })
    }
    items
        .into_iter()
        .filter(|item| match item {
            syn::Item::Mod(item) => !is_test_only(&item.attrs),
            syn::Item::Impl(item) => !is_test_only(&item.attrs),
            syn::Item::Fn(item) => !is_test_only(&item.attrs),
            syn::Item::Use(item) => !is_test_only(&item.attrs),
            _ => true,
        })
        .collect()
}
