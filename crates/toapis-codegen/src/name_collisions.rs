//! Finds equal names in the code of progenitor, which does not check them. The compiler would
//! report them in generated code, without a place in the contract.

use std::collections::BTreeMap;

use anyhow::{Result, anyhow};
use serde_json::Value;
use syn::visit::{self, Visit};
use syn::{File, FnArg, ImplItem, Item, Pat};

use toapis_openapi::operations::operations;
use toapis_openapi::pointer;

use crate::error::{ResultExt as _, SpecError};
use crate::naming::function_name;
use crate::syntax::renamed;

/// The functions of every client: the constructors, and those that hooks call.
const RESERVED_FUNCTIONS: [&str; 9] = [
    "api_version",
    "baseurl",
    "client",
    "exec",
    "inner",
    "new",
    "new_with_client",
    "post",
    "pre",
];

/// Checks that names are unique where the compiler requires it. The error has the place in the
/// contract of the second of two equal names.
pub(crate) fn check(file: &File, contract: &Value) -> Result<()> {
    if let Some(operation) = operations(contract)
        .find(|operation| RESERVED_FUNCTIONS.contains(&function_name(operation.id).as_str()))
    {
        let what = format!(
            "`{}` is a function that every client has: give the operation another name",
            operation.id
        );
        return Err(anyhow!("the generated code calls that one by this name"))
            .at(&operation.pointer(), &what);
    }
    let mut twice = Collisions {
        contract,
        found: None,
    };
    twice.items(&file.items);
    twice.visit_file(file);
    match twice.found {
        None => Ok(()),
        Some((pointer, what)) => Err(anyhow!(
            "names become snake_case or PascalCase in Rust, and the generator has names of its own: rename one of the two"
        )
        .context(SpecError::new(pointer, what))),
    }
}

/// Searches for equal names, and keeps the first pair.
struct Collisions<'c> {
    contract: &'c Value,
    found: Option<(String, String)>,
}

impl Collisions<'_> {
    /// Checks the names in one scope, each with its name in the contract.
    fn names(
        &mut self,
        of: &str,
        names: impl Iterator<Item = (String, String)>,
        at: impl Fn(&Value, &str, &str) -> String,
    ) {
        let mut seen: BTreeMap<String, String> = BTreeMap::new();
        for (rust, wire) in names {
            let rust = rust.trim_start_matches("r#").to_owned();
            if let Some(other) = seen.insert(rust.clone(), wire.clone())
                && self.found.is_none()
            {
                let pointer = at(self.contract, &other, &wire);
                let both = if other == wire {
                    format!("two of `{rust}`")
                } else {
                    format!("`{other}` and `{wire}` have one name, `{rust}`")
                };
                self.found = Some((pointer, format!("{of}: {both}")));
            }
        }
    }

    fn items(&mut self, items: &[Item]) {
        let names = items.iter().filter_map(|item| match item {
            Item::Struct(item) => Some(item.ident.to_string()),
            Item::Enum(item) => Some(item.ident.to_string()),
            Item::Type(item) => Some(item.ident.to_string()),
            Item::Trait(item) => Some(item.ident.to_string()),
            _ => None,
        });
        self.names(
            "types",
            names.map(|name| (name.clone(), name)),
            |contract, name, _| schema_at(contract, name),
        );
    }
}

impl<'ast> Visit<'ast> for Collisions<'_> {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if let Some((_, items)) = &item.content {
            self.items(items);
        }
        visit::visit_item_mod(self, item);
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        let names = item.fields.iter().filter_map(|field| {
            let rust = field.ident.as_ref()?.to_string();
            Some((rust.clone(), renamed(&field.attrs).unwrap_or(rust)))
        });
        self.names(&format!("fields of `{}`", item.ident), names, property_at);
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        let name = item.ident.to_string();
        let names = item.variants.iter().map(|variant| {
            let rust = variant.ident.to_string();
            (rust.clone(), renamed(&variant.attrs).unwrap_or(rust))
        });
        self.names(&format!("values of `{name}`"), names, |contract, _, _| {
            schema_at(contract, &name)
        });
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let functions = item.items.iter().filter_map(|item| match item {
            ImplItem::Fn(function) => Some(function.sig.ident.to_string()),
            _ => None,
        });
        self.names(
            "functions",
            functions.map(|name| (name.clone(), name)),
            |contract, name, _| operation_at(contract, name),
        );
        visit::visit_item_impl(self, item);
    }

    fn visit_signature(&mut self, signature: &'ast syn::Signature) {
        let function = signature.ident.to_string();
        let names = signature.inputs.iter().filter_map(|input| match input {
            FnArg::Typed(argument) => match &*argument.pat {
                Pat::Ident(name) => Some(name.ident.to_string()),
                _ => None,
            },
            FnArg::Receiver(_) => None,
        });
        self.names(
            &format!("parameters of `{function}`"),
            names.map(|name| (name.clone(), name)),
            |contract, _, _| operation_at(contract, &function),
        );
    }
}

/// Returns the pointer of the operation that a function of the client calls, or whose request it
/// builds.
pub(crate) fn operation_of(contract: &Value, function: &str) -> Option<String> {
    let find = |name: &str| {
        let name = name.trim_end_matches('_');
        operations(contract).find(|operation| function_name(operation.id) == name)
    };
    find(function)
        .or_else(|| find(function.strip_suffix("_request")?))
        .map(|operation| operation.pointer())
}

fn operation_at(contract: &Value, function: &str) -> String {
    operation_of(contract, function).unwrap_or_else(|| "/paths".to_owned())
}

fn schema_at(contract: &Value, name: &str) -> String {
    let of_its_own = pointer::join("/components/schemas", name);
    if contract.pointer(&of_its_own).is_some() {
        of_its_own
    } else {
        "/components/schemas".to_owned()
    }
}

/// Returns the pointer of the rarer of two properties.
fn property_at(contract: &Value, one: &str, other: &str) -> String {
    let [mut one, mut other] = [one, other].map(|name| {
        let mut found = Vec::new();
        properties(contract, "", name, &mut found);
        found
    });
    if other.is_empty() || !one.is_empty() && one.len() < other.len() {
        std::mem::swap(&mut one, &mut other);
    }
    other
        .into_iter()
        .next()
        .unwrap_or_else(|| "/components/schemas".to_owned())
}

fn properties(value: &Value, at: &str, name: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, below) in map {
                let place = pointer::join(at, key);
                if key == "properties" && below.get(name).is_some() {
                    found.push(pointer::join(&place, name));
                }
                properties(below, &place, name, found);
            }
        }
        Value::Array(items) => {
            for (index, below) in items.iter().enumerate() {
                properties(below, &format!("{at}/{index}"), name, found);
            }
        }
        _ => {}
    }
}
