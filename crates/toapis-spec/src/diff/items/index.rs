//! Indexes the generated code by items and the names in the contract that they represent.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use syn::{ImplItem, Visibility};

use super::RustItem;
use super::syntax::{arms, doc, line, may_grow, quoted, signature, wire_name};
use crate::CodeGenerator;
use toapis_openapi::Document;

/// An item, and what it represents in the contract.
#[derive(Clone, Debug)]
pub(in crate::diff) struct Item {
    pub(in crate::diff) rust: RustItem,
    /// True if dependent crates can name it.
    pub(in crate::diff) is_public: bool,
    /// The type or the arguments, as one line.
    pub(in crate::diff) signature: String,
    /// True if adding it breaks users.
    pub(in crate::diff) breaks_when_added: bool,
    /// The name in the code, for example `create_image`.
    pub(in crate::diff) ident: String,
    pub(in crate::diff) kind: ItemKind,
    /// Names of the contract in the item's documentation, between backticks.
    pub(super) names: BTreeSet<String>,
}

impl Item {
    /// Returns the path of the enclosing item; empty at the root.
    pub(in crate::diff) fn whole(&self) -> &str {
        let path = &self.rust.path;
        path.rsplit_once("::").map_or("", |(whole, _)| whole)
    }
}

/// The kind of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::diff) enum ItemKind {
    /// A struct, an enum or an alias.
    Type,
    /// A field of a type, with its name on the wire.
    Field { of: String, wire: String },
    /// A variant of an enum, with its value on the wire.
    Variant { of: String, wire: String },
    /// A function.
    Function,
    /// A constant or a table.
    Table,
}

/// The crate, the path, and whether it is a function: a field and a method may have the same name.
type Key = (String, String, bool);

/// All items, by crate and path.
#[derive(Clone, Debug, Default)]
pub(in crate::diff) struct Index(pub(in crate::diff) BTreeMap<Key, Item>);

impl Index {
    /// Generates the code of a document and indexes it. No file is written.
    ///
    /// # Errors
    ///
    /// No code can be generated from the document.
    pub(in crate::diff) fn new(document: &Document, generator: &dyn CodeGenerator) -> Result<Self> {
        let mut index = Self::default();
        for file in generator.generate(&document.to_value())? {
            index.read(&file.path, &file.text)?;
        }
        Ok(index)
    }

    /// Adds a file of the code.
    ///
    /// # Errors
    ///
    /// The file cannot be parsed.
    pub(in crate::diff) fn read(&mut self, path: &str, text: &str) -> Result<()> {
        let file = syn::parse_file(text).with_context(|| path.to_owned())?;
        Reader::new(path, self).items(&file.items, "");
        Ok(())
    }

    /// Returns the item of a crate at a path. A field takes precedence over a method of the same
    /// name.
    pub(in crate::diff) fn get(&self, package: &str, path: &str) -> Option<&Item> {
        [false, true]
            .into_iter()
            .find_map(|is_function| self.at(package, path, is_function))
    }

    /// Returns the item at a path that corresponds to `item`: a function for a function, and
    /// otherwise any other item.
    pub(in crate::diff) fn counterpart(&self, item: &Item, path: &str) -> Option<&Item> {
        self.at(&item.rust.package, path, item.kind == ItemKind::Function)
    }

    fn at(&self, package: &str, path: &str, is_function: bool) -> Option<&Item> {
        self.0
            .get(&(package.to_owned(), path.to_owned(), is_function))
    }

    /// Returns the items that dependent crates can name.
    pub(in crate::diff) fn public(&self) -> impl Iterator<Item = &Item> {
        self.0.values().filter(|item| item.is_public)
    }

    fn add(&mut self, item: Item) {
        let is_function = item.kind == ItemKind::Function;
        let key = (item.rust.package.clone(), item.rust.path.clone());
        self.0.insert((key.0, key.1, is_function), item);
    }
}

/// Reads one file.
struct Reader<'i> {
    package: String,
    file: String,
    /// The module of tables that are in a module of their own.
    module: String,
    index: &'i mut Index,
}

impl<'i> Reader<'i> {
    fn new(path: &str, index: &'i mut Index) -> Self {
        let package = path.split('/').nth(1).unwrap_or_default().to_owned();
        let stem = path
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .trim_end_matches(".rs");
        let module = if package == "toapis" {
            format!("generated::{stem}::")
        } else {
            String::new()
        };
        Self {
            package,
            file: path.to_owned(),
            module,
            index,
        }
    }

    fn items(&mut self, items: &[syn::Item], at: &str) {
        for item in items {
            match item {
                syn::Item::Mod(module) => {
                    if let Some((_, items)) = &module.content {
                        self.items(items, &format!("{at}{}::", module.ident));
                    }
                }
                syn::Item::Struct(item) => self.structure(item, at),
                syn::Item::Enum(item) => self.enumeration(item, at),
                syn::Item::Impl(block) => self.implementation(block, at),
                syn::Item::Const(item) => {
                    self.table(&item.ident, &item.vis, &item.attrs, &item.ty, at);
                }
                syn::Item::Static(item) => {
                    self.table(&item.ident, &item.vis, &item.attrs, &item.ty, at);
                }
                _ => {}
            }
        }
    }

    fn item(
        &self,
        path: String,
        ident: &str,
        kind: ItemKind,
        is_public: bool,
        attributes: &[syn::Attribute],
    ) -> Item {
        let path = if is_public {
            path
        } else {
            format!("{}{path}", self.module)
        };
        Item {
            rust: RustItem {
                package: self.package.clone(),
                path,
                file: self.file.clone(),
                becomes: None,
            },
            is_public,
            signature: String::new(),
            breaks_when_added: false,
            ident: ident.to_owned(),
            kind,
            names: quoted(&doc(attributes)).into_iter().collect(),
        }
    }

    fn structure(&mut self, item: &syn::ItemStruct, at: &str) {
        let (name, is_public) = (item.ident.to_string(), is_public(&item.vis));
        let path = format!("{at}{name}");
        self.index
            .add(self.item(path.clone(), &name, ItemKind::Type, is_public, &item.attrs));
        for field in &item.fields {
            let (Some(ident), Some(wire)) = (&field.ident, wire_name(field)) else {
                continue;
            };
            let kind = ItemKind::Field {
                of: name.clone(),
                wire,
            };
            let is_visible = is_public && self::is_public(&field.vis);
            let mut found = self.item(
                format!("{path}::{ident}"),
                &ident.to_string(),
                kind,
                is_visible,
                &field.attrs,
            );
            found.signature = line(&field.ty);
            // A struct literal names all fields.
            found.breaks_when_added = !may_grow(&item.attrs);
            self.index.add(found);
        }
    }

    fn enumeration(&mut self, item: &syn::ItemEnum, at: &str) {
        let (name, is_public) = (item.ident.to_string(), is_public(&item.vis));
        let path = format!("{at}{name}");
        self.index
            .add(self.item(path.clone(), &name, ItemKind::Type, is_public, &item.attrs));
        for variant in &item.variants {
            // Replaced when the implementation gives the value on the wire.
            let kind = ItemKind::Variant {
                of: name.clone(),
                wire: variant.ident.to_string(),
            };
            let mut found = self.item(
                format!("{path}::{}", variant.ident),
                &variant.ident.to_string(),
                kind,
                is_public,
                &variant.attrs,
            );
            found.signature = line(&variant.fields);
            found.breaks_when_added = !may_grow(&item.attrs);
            self.index.add(found);
        }
    }

    fn implementation(&mut self, block: &syn::ItemImpl, at: &str) {
        let name = line(&block.self_ty);
        for function in block.items.iter().filter_map(|item| match item {
            ImplItem::Fn(function) => Some(function),
            _ => None,
        }) {
            for (variant, wire) in arms(function) {
                let path = format!("{at}{name}::{variant}");
                let key = (self.package.clone(), path, false);
                if let Some(found) = self.index.0.get_mut(&key) {
                    found.kind = ItemKind::Variant {
                        of: name.clone(),
                        wire,
                    };
                }
            }
            if block.trait_.is_none() && is_public(&function.vis) {
                let ident = function.sig.ident.to_string();
                let mut found = self.item(
                    format!("{at}{name}::{ident}"),
                    &ident,
                    ItemKind::Function,
                    true,
                    &function.attrs,
                );
                found.signature = signature(&function.sig);
                self.index.add(found);
            }
        }
    }

    fn table(
        &mut self,
        ident: &syn::Ident,
        visibility: &Visibility,
        attributes: &[syn::Attribute],
        kind: &syn::Type,
        at: &str,
    ) {
        let name = ident.to_string();
        if name == "_" {
            return;
        }
        let mut found = self.item(
            format!("{at}{name}"),
            &name,
            ItemKind::Table,
            is_public(visibility),
            attributes,
        );
        found.signature = line(kind);
        self.index.add(found);
    }
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}
