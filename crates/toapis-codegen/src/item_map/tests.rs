//! Tests of the map, on the contract of this workspace.

use std::path::Path;
use std::sync::LazyLock;

use syn::visit::{self, Visit};

use super::*;

struct Generated {
    contract: Value,
    sources: Vec<Source>,
    map: ItemMap,
}

static GENERATED: LazyLock<Generated> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let (_, document) = crate::read_contract(&root).unwrap();
    let contract = document.to_value();
    let sources = crate::sources(&contract).unwrap();
    let map = ItemMap::from_sources(&sources);
    Generated {
        contract,
        sources,
        map,
    }
});

fn paths(pointer: &str) -> Vec<&'static str> {
    GENERATED
        .map
        .at(pointer)
        .map(|item| item.path.as_str())
        .collect()
}

#[test]
fn places_have_their_items() {
    for (pointer, items) in [
        (
            "/paths/~1v1~1models/get",
            &[
                "Client::list_models",
                "Client::list_models_request",
                "LIST_MODELS",
                "MockServerExt::list_models",
                "operations::ListModelsThen",
                "operations::ListModelsWhen",
            ][..],
        ),
        (
            "/components/schemas/Task/properties/progress",
            &["types::Task::progress"],
        ),
        (
            "/components/schemas/TaskStatus/enum/0",
            &["TaskStatus::Pending", "TaskStatus::Pending"],
        ),
        ("/x-sizes/16:9", &["Size::Landscape16x9"]),
        ("/x-money", &["generated::limits::CREDITS_PER_USD"]),
        (
            "/components/schemas/GptResolution",
            &[
                "generated::rules::GPT_RESOLUTION",
                "types::ImageRequest::resolution",
            ],
        ),
    ] {
        assert_eq!(paths(pointer), items, "{pointer}");
    }
}

#[test]
fn a_field_of_a_flattened_request_has_the_places_of_all_branches() {
    let places: Vec<_> = GENERATED
        .map
        .iter()
        .filter(|(_, item)| item.path == "types::ImageRequest::metadata")
        .map(|(pointer, _)| pointer)
        .collect();
    assert!(places.len() > 3, "{places:?}");
    assert!(
        places.contains(&"/components/schemas/Gemini3ProImageRequest/properties/metadata"),
        "{places:?}"
    );
}

#[test]
fn the_nearest_ancestor_has_the_items_of_a_place_without_any() {
    let map = &GENERATED.map;
    let nearest: Vec<_> = map
        .nearest("/components/schemas/Task/properties/progress/maximum")
        .map(|item| item.path.as_str())
        .collect();
    assert_eq!(nearest, ["types::Task::progress"]);
    assert_eq!(map.nearest("/info/title").count(), 0);
    let below = map.below("/components/schemas/Task").count();
    assert!(below > map.at("/components/schemas/Task").count());
}

#[test]
fn every_place_exists() {
    let contract = &GENERATED.contract;
    let missing: Vec<_> = GENERATED
        .map
        .iter()
        .filter(|(pointer, _)| contract.pointer(pointer).is_none())
        .collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

/// Collects the paths of all types, fields, variants, constants and public functions of a file.
struct Items {
    module: String,
    found: BTreeSet<String>,
}

impl<'ast> Visit<'ast> for Items {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        // The generator's own error type is from no place of the contract.
        if item.ident == "error" || item.ident == "defaults" {
            return;
        }
        let outer = self.module.clone();
        self.module = format!("{outer}{}::", item.ident);
        visit::visit_item_mod(self, item);
        self.module = outer;
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        let path = format!("{}{}", self.module, item.ident);
        for field in item.fields.iter().filter_map(|field| field.ident.as_ref()) {
            self.found.insert(format!("{path}::{field}"));
        }
        self.found.insert(path);
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        let path = format!("{}{}", self.module, item.ident);
        for variant in &item.variants {
            self.found.insert(format!("{path}::{}", variant.ident));
        }
        self.found.insert(path);
    }

    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        self.found.insert(format!("{}{}", self.module, item.ident));
    }

    fn visit_item_static(&mut self, item: &'ast syn::ItemStatic) {
        self.found.insert(format!("{}{}", self.module, item.ident));
    }
}

#[test]
fn every_generated_item_has_a_place() {
    let mut missing = Vec::new();
    for source in &GENERATED.sources {
        let mut items = Items {
            module: String::new(),
            found: BTreeSet::new(),
        };
        items.visit_file(&syn::parse_file(&source.text).unwrap());
        let known: BTreeSet<&str> = source
            .items
            .iter()
            // Private items of the SDK have the path of their module, which is in another file.
            .map(|(_, path)| match path.strip_prefix("generated::") {
                Some(path) => path.split_once("::").map_or(path, |(_, path)| path),
                None => path,
            })
            .collect();
        let is_known = |item: &String| {
            known.contains(item.as_str())
                // Fields that collect what has no field, and the case for other values.
                || item.ends_with("::extra")
                || item.ends_with("::Unknown")
                || item == "Client"
                || item.starts_with("Client::")
                || item == "OPERATIONS"
        };
        missing.extend(items.found.into_iter().filter(|item| !is_known(item)));
    }
    assert!(missing.is_empty(), "{missing:#?}");
}
