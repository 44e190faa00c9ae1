//! The places of the contract that the items of the generated client and mocks come from.
//!
//! The generator reports no names, so its code is read beside the document that it was generated
//! from: a schema is a type, a property is the field with its JSON name, and the type of a field
//! is the schema of the property.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use syn::{File, GenericArgument, ImplItem, Item, PathArguments, TraitItem, Type};
use toapis_openapi::operations::SCHEMAS;
use toapis_openapi::pointer::{self, entries};
use toapis_openapi::reference::{follow, reference};

use crate::name_collisions::operation_of;
use crate::naming::type_name;
use crate::source::Items;
use crate::syntax::{is_named, wire_name};

/// Returns the items of the generated client. `contract` has its components inline.
pub(crate) fn client_items(file: &File, contract: &Value) -> Items {
    let mut reader = Reader {
        contract,
        types: types(file),
        components: BTreeSet::new(),
        items: Items::new(),
    };
    reader.components = entries(contract, SCHEMAS)
        .map(|(name, _)| type_name(name))
        .collect();
    for (name, _) in entries(contract, SCHEMAS) {
        reader.read_type(
            &type_name(name),
            &branches(contract, &pointer::join(SCHEMAS, name)),
        );
    }
    for item in &file.items {
        if let Item::Impl(block) = item
            && block.trait_.is_none()
            && is_named(&block.self_ty, "Client")
        {
            for item in &block.items {
                if let ImplItem::Fn(function) = item {
                    reader.read_function(&function.sig.ident.to_string());
                }
            }
        }
    }
    reader.items
}

/// Returns the items of the generated mocks.
pub(crate) fn mock_items(file: &File, contract: &Value) -> Items {
    let mut items = Items::new();
    for operation in toapis_openapi::operations::operations(contract) {
        for suffix in ["When", "Then"] {
            let path = format!("operations::{}{suffix}", type_name(operation.id));
            items.insert((operation.pointer(), path));
        }
    }
    for item in &file.items {
        let Item::Trait(item) = item else { continue };
        for function in &item.items {
            if let TraitItem::Fn(function) = function
                && let Some(pointer) = operation_of(contract, &function.sig.ident.to_string())
            {
                items.insert((pointer, format!("{}::{}", item.ident, function.sig.ident)));
            }
        }
    }
    items
}

/// Returns the types in the module `types`.
fn types(file: &File) -> BTreeMap<String, &Item> {
    let modules = file.items.iter().filter_map(|item| match item {
        Item::Mod(module) if module.ident == "types" => module.content.as_ref(),
        _ => None,
    });
    modules
        .flat_map(|(_, items)| items)
        .filter_map(|item| match item {
            Item::Struct(structure) => Some((structure.ident.to_string(), item)),
            Item::Enum(choice) => Some((choice.ident.to_string(), item)),
            _ => None,
        })
        .collect()
}

/// Returns the pointer of a schema, and those of the branches of its `oneOf`, which the lowered
/// document has flattened into one type.
fn branches(contract: &Value, pointer: &str) -> Vec<String> {
    let schema = contract.pointer(pointer);
    let choices = schema.and_then(|schema| schema.get("oneOf")?.as_array());
    let branches = choices.into_iter().flatten().enumerate();
    let branches = branches.filter_map(|(index, _)| {
        let (branch, schema) = follow(contract, &format!("{pointer}/oneOf/{index}")).ok()?;
        schema.get("properties").map(|_| branch)
    });
    std::iter::once(pointer.to_owned())
        .chain(branches)
        .collect()
}

struct Reader<'c> {
    contract: &'c Value,
    types: BTreeMap<String, &'c Item>,
    /// The names of the types of component schemas.
    components: BTreeSet<String>,
    items: Items,
}

impl Reader<'_> {
    fn read_function(&mut self, function: &str) {
        if let Some(pointer) = operation_of(self.contract, function) {
            self.items.insert((pointer, format!("Client::{function}")));
        }
    }

    /// Reads a type that is generated from the schemas at `places`.
    fn read_type(&mut self, name: &str, places: &[String]) {
        let Some(item) = self.types.get(name).copied() else {
            return;
        };
        let path = format!("types::{name}");
        for place in places {
            self.items.insert((place.clone(), path.clone()));
        }
        match item {
            Item::Struct(structure) => {
                for field in &structure.fields {
                    if let (Some(ident), Some(wire)) = (&field.ident, wire_name(field)) {
                        self.read_field(&format!("{path}::{ident}"), &wire, &field.ty, places);
                    }
                }
            }
            Item::Enum(choice) => {
                for (index, variant) in choice.variants.iter().enumerate() {
                    for place in places {
                        for key in ["oneOf", "anyOf", "enum"] {
                            let at = format!("{place}/{key}/{index}");
                            if self.contract.pointer(&at).is_some() {
                                self.items
                                    .insert((at, format!("{path}::{}", variant.ident)));
                            }
                        }
                    }
                }
            }
            _ => {}
        }
    }

    fn read_field(&mut self, path: &str, wire: &str, ty: &Type, places: &[String]) {
        let properties: Vec<_> = places
            .iter()
            .map(|place| pointer::join(&format!("{place}/properties"), wire))
            .filter(|property| self.contract.pointer(property).is_some())
            .flat_map(|property| self.chain(property))
            .collect();
        for property in &properties {
            self.items.insert((property.clone(), path.to_owned()));
        }
        let inner = innermost(ty);
        if let Some(inner) = inner.filter(|inner| !self.components.contains(inner)) {
            let schemas: Vec<_> = properties
                .iter()
                .map(|property| element(self.contract, property))
                .collect();
            self.read_type(&inner, &schemas);
        }
    }

    /// Returns the pointer of a property and those of the schemas that it refers to, as long as
    /// they have no type of their own.
    fn chain(&self, property: String) -> Vec<String> {
        let mut chain = vec![property];
        while let Some(last) = chain.last() {
            let Some(schema) = self.contract.pointer(last) else {
                break;
            };
            let next = match schema.get("allOf").and_then(Value::as_array) {
                Some(parts) if parts.len() == 1 => format!("{last}/allOf/0"),
                _ => match reference(schema).and_then(pointer::from_reference) {
                    Some(target) => target.into_owned(),
                    None => break,
                },
            };
            let has_type = self.types.contains_key(&type_name(pointer::last(&next)));
            if chain.contains(&next) || has_type {
                break;
            }
            chain.push(next);
        }
        chain
    }
}

/// Returns the pointer of the schema of the elements of a list or map, or of the schema itself.
fn element(contract: &Value, place: &str) -> String {
    let Ok((place, schema)) = follow(contract, place) else {
        return place.to_owned();
    };
    for key in ["items", "additionalProperties"] {
        if schema.get(key).is_some_and(Value::is_object) {
            return element(contract, &format!("{place}/{key}"));
        }
    }
    place
}

/// Returns the name of the type inside options, lists, maps and boxes.
fn innermost(ty: &Type) -> Option<String> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    if let PathArguments::AngleBracketed(arguments) = &last.arguments {
        let inner = arguments
            .args
            .iter()
            .rev()
            .find_map(|argument| match argument {
                GenericArgument::Type(inner) => Some(inner),
                _ => None,
            });
        return innermost(inner?);
    }
    Some(last.ident.to_string())
}
