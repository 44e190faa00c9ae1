//! Finds the hand-written functions of the SDK that use generated items, by name.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use quote::ToTokens;
use syn::visit::Visit;

use super::RustItem;
use super::syntax::{identifiers, literals};

/// A function with all names and string literals in it.
#[derive(Clone, Debug)]
struct Function {
    item: RustItem,
    names: BTreeSet<String>,
    texts: BTreeSet<String>,
}

/// The hand-written functions of the crate `toapis`.
#[derive(Clone, Debug, Default)]
pub(in crate::diff) struct Callers(Vec<Function>);

impl Callers {
    /// Reads the sources of the crate, without tests and generated files.
    ///
    /// # Errors
    ///
    /// A file cannot be read or parsed.
    pub(in crate::diff) fn read(root: &Path) -> Result<Self> {
        let mut callers = Self::default();
        let mut folders = vec![root.join("crates/toapis/src")];
        while let Some(dir) = folders.pop() {
            let entries =
                fs::read_dir(&dir).with_context(|| format!("cannot list {}", dir.display()))?;
            for entry in entries {
                let path = entry?.path();
                if path.is_dir() {
                    if path
                        .file_name()
                        .is_some_and(|name| name != "generated" && name != "tests")
                    {
                        folders.push(path);
                    }
                } else if path.extension().is_some_and(|extension| extension == "rs")
                    && !path.ends_with("tests.rs")
                {
                    callers.file(root, &path)?;
                }
            }
        }
        callers.0.sort_by(|left, right| left.item.cmp(&right.item));
        Ok(callers)
    }

    fn file(&mut self, root: &Path, path: &Path) -> Result<()> {
        let text =
            fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let file = syn::parse_file(&text)
            .with_context(|| format!("{} is not valid Rust", path.display()))?;
        let name = path
            .strip_prefix(root)
            .unwrap_or(path)
            .display()
            .to_string();
        let mut functions = Functions {
            module: module(&name),
            file: name,
            owner: None,
            found: Vec::new(),
        };
        functions.visit_file(&file);
        self.0.extend(functions.found);
        Ok(())
    }

    /// Returns the functions that use one of the items. An item is given by its name or its path
    /// (`types::Task`), a field or a variant by its name and that of its type.
    pub(in crate::diff) fn of(&self, idents: &BTreeSet<Vec<String>>) -> Vec<RustItem> {
        self.items(|function| {
            let mut idents = idents.iter();
            idents.any(|names| names.iter().all(|name| function.names.contains(name)))
        })
    }

    /// Returns the functions that read or write a header, by a literal in any case or a constant of
    /// the crate `http`.
    pub(in crate::diff) fn of_header(&self, name: &str) -> Vec<RustItem> {
        let constant = name.to_ascii_uppercase().replace('-', "_");
        self.items(|function| {
            let mut texts = function.texts.iter();
            texts.any(|text| text.eq_ignore_ascii_case(name)) || function.names.contains(&constant)
        })
    }

    fn items(&self, callers: impl Fn(&&Function) -> bool) -> Vec<RustItem> {
        let found = self.0.iter().filter(callers);
        found.map(|function| function.item.clone()).collect()
    }
}

/// Returns the module of a file: `images::submit::` for `crates/toapis/src/images/submit.rs`.
fn module(file: &str) -> String {
    let inner = file
        .trim_start_matches("crates/toapis/src/")
        .trim_end_matches(".rs");
    inner
        .split(['/', '\\'])
        .filter(|step| !matches!(*step, "lib" | "mod"))
        .fold(String::new(), |path, step| path + step + "::")
}

struct Functions {
    file: String,
    module: String,
    /// The type of the current `impl` block.
    owner: Option<String>,
    found: Vec<Function>,
}

impl Functions {
    fn add(&mut self, name: &syn::Ident, tokens: proc_macro2::TokenStream) {
        let path = match &self.owner {
            Some(owner) => format!("{}{owner}::{name}", self.module),
            None => format!("{}{name}", self.module),
        };
        let (mut names, mut texts) = (BTreeSet::new(), BTreeSet::new());
        identifiers(tokens.clone(), &mut names);
        literals(tokens, &mut texts);
        self.found.push(Function {
            item: RustItem {
                package: "toapis".to_owned(),
                path,
                file: self.file.clone(),
                becomes: None,
            },
            names,
            texts,
        });
    }
}

impl<'a> Visit<'a> for Functions {
    fn visit_item_mod(&mut self, module: &'a syn::ItemMod) {
        let is_test = module.attrs.iter().any(|attribute| {
            attribute.path().is_ident("cfg")
                && attribute.to_token_stream().to_string().contains("test")
        });
        if !is_test {
            syn::visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_impl(&mut self, block: &'a syn::ItemImpl) {
        self.owner = match &*block.self_ty {
            syn::Type::Path(path) => path
                .path
                .segments
                .last()
                .map(|segment| segment.ident.to_string()),
            _ => None,
        };
        syn::visit::visit_item_impl(self, block);
        self.owner = None;
    }

    fn visit_item_fn(&mut self, function: &'a syn::ItemFn) {
        self.add(&function.sig.ident, function.to_token_stream());
    }

    fn visit_impl_item_fn(&mut self, function: &'a syn::ImplItemFn) {
        self.add(&function.sig.ident, function.to_token_stream());
    }
}
