//! Imports point one way: between the modules of a crate, and between the crates of the workspace.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;
use syn::UseTree;

use crate::support::{Package, is_below, is_test_file, without_tests};

/// The crates from the bottom to the top. A crate may depend only on crates of a lower number.
const LAYERS: &[(&str, u8)] = &[
    ("toapis-openapi", 0),
    ("toapis-contract", 1),
    ("toapis-codegen", 1),
    ("toapis-client", 1),
    ("toapis-sim", 2),
    ("toapis-conformance", 2),
    ("toapis-spec", 2),
    ("toapis-mock", 2),
    ("toapis", 2),
    ("toapis-batch", 3),
    ("toapis-store", 2),
    ("toapis-test-support", 3),
    ("toapis-cli", 4),
    ("xtask", 4),
];

/// A module as its path below the crate root, such as `["poll", "policy"]`.
type Module = Vec<String>;
/// The top-level modules that a top-level module imports from.
type Graph = BTreeMap<String, BTreeSet<String>>;

#[test]
fn modules_of_a_crate_do_not_import_each_other_in_cycles() {
    let mut unexpected = Vec::new();
    for package in Package::all() {
        let graph = import_graph(package.sources());
        for cycle in cycles(&graph) {
            unexpected.push(describe(package.name(), &cycle, &graph));
        }
    }
    assert!(unexpected.is_empty(), "{}", unexpected.join("\n"));
}

#[test]
fn crates_depend_only_on_lower_layers() {
    let layer = |name: &str| {
        LAYERS
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, l)| *l)
    };
    for package in Package::all() {
        let own = layer(package.name())
            .unwrap_or_else(|| panic!("`{}` has no layer in this test", package.name()));
        let manifest = package.manifest();
        let dependencies = manifest
            .split("\n[")
            .find_map(|section| section.strip_prefix("dependencies]"))
            .unwrap_or_default();
        for line in dependencies.lines() {
            let name = line.split(['.', ' ', '=']).next().unwrap_or_default();
            let Some(below) = layer(name) else { continue };
            assert!(
                below < own,
                "`{}` must not depend on `{name}`",
                package.name()
            );
        }
    }
}

#[test]
fn a_cycle_through_a_reexport_is_found() {
    let files = [
        ("lib.rs", "mod a; mod b; pub use b::Thing;"),
        ("a/mod.rs", "mod inner; pub use inner::{Deep, Other};"),
        (
            "a/inner.rs",
            "use crate::Thing; pub struct Deep; pub struct Other;",
        ),
        ("b.rs", "pub struct Thing(crate::a::Deep);"),
        (
            "c.rs",
            "use crate::{a, b::Thing}; #[cfg(test)] mod tests { use crate::d; }",
        ),
        ("d.rs", "use super::c;"),
    ];
    let sources = files.map(|(path, text)| (path.into(), text.to_owned()));
    assert_eq!(cycles(&import_graph(sources.into())), [["a", "b"]]);
}

/// Builds the graph of the top-level modules, following names that a parent module re-exports.
fn import_graph(sources: Vec<(std::path::PathBuf, String)>) -> Graph {
    let mut modules: BTreeMap<Module, Imports> = BTreeMap::new();
    for (path, text) in sources {
        if !is_below(&path, "generated") && !is_test_file(&path) {
            modules
                .entry(module_of(&path))
                .or_default()
                .add(&text, &path);
        }
    }
    let mut graph = Graph::new();
    for (module, imports) in &modules {
        for path in &imports.paths {
            let target = resolve(&modules, module, path);
            if let (Some(from), Some(to)) = (module.first(), target.first())
                && from != to
            {
                graph.entry(from.clone()).or_default().insert(to.clone());
            }
        }
    }
    graph
}

/// `poll/policy.rs` is the module `poll::policy`, `poll/mod.rs` is `poll`.
fn module_of(path: &Path) -> Module {
    let mut parts: Module = path
        .with_extension("")
        .iter()
        .map(|part| part.to_str().unwrap().to_owned())
        .collect();
    if ["mod", "lib", "main"].contains(&parts.last().unwrap().as_str()) {
        parts.pop();
    }
    parts
}

/// What one file refers to.
#[derive(Default)]
struct Imports {
    /// Paths that begin with `crate`, `super` or `self`.
    paths: Vec<Vec<String>>,
    /// Names that a `use` brings into the file, with the child module that has them.
    names: BTreeMap<String, String>,
}

impl Imports {
    fn add(&mut self, text: &str, path: &Path) {
        let file = syn::parse_file(text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        for item in without_tests(file.items) {
            if let syn::Item::Use(item) = &item {
                self.add_names(&item.tree, &mut Vec::new());
            }
            self.add_paths(item.into_token_stream());
        }
    }

    fn add_names(&mut self, tree: &UseTree, prefix: &mut Vec<String>) {
        match tree {
            UseTree::Path(path) => {
                prefix.push(path.ident.to_string());
                self.add_names(&path.tree, prefix);
                prefix.pop();
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.add_names(tree, prefix);
                }
            }
            UseTree::Name(name) => self.add_name(&name.ident.to_string(), prefix),
            UseTree::Rename(rename) => self.add_name(&rename.rename.to_string(), prefix),
            UseTree::Glob(_) => {}
        }
    }

    fn add_name(&mut self, name: &str, prefix: &[String]) {
        let child = prefix
            .iter()
            .find(|part| *part != "self" && *part != "crate");
        if let Some(child) = child {
            self.names.insert(name.to_owned(), child.clone());
        }
    }

    fn add_paths(&mut self, tokens: TokenStream) {
        let tokens: Vec<_> = tokens.into_iter().collect();
        let mut index = 0;
        while index < tokens.len() {
            match &tokens[index] {
                TokenTree::Ident(name)
                    if ["crate", "super", "self"].iter().any(|root| name == root) =>
                {
                    self.paths.extend(path_at(&tokens, &mut index));
                }
                TokenTree::Group(group) => {
                    self.add_paths(group.stream());
                    index += 1;
                }
                _ => index += 1,
            }
        }
    }
}

/// Reads the path that begins at `index`, and each path of a group in braces; moves `index` behind
/// it.
fn path_at(tokens: &[TokenTree], index: &mut usize) -> Vec<Vec<String>> {
    let mut path = Vec::new();
    while let Some(TokenTree::Ident(name)) = tokens.get(*index) {
        path.push(name.to_string());
        *index += 1;
        let colon = |token: Option<&TokenTree>| matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
        if !colon(tokens.get(*index)) || !colon(tokens.get(*index + 1)) {
            return vec![path];
        }
        *index += 2;
    }
    let Some(TokenTree::Group(group)) = tokens.get(*index) else {
        return vec![path];
    };
    *index += 1;
    if group.delimiter() != Delimiter::Brace {
        return vec![path];
    }
    let inner: Vec<_> = group.stream().into_iter().collect();
    let mut paths = Vec::new();
    let mut at = 0;
    while at < inner.len() {
        if matches!(inner[at], TokenTree::Ident(_)) {
            for rest in path_at(&inner, &mut at) {
                paths.push([path.clone(), rest].concat());
            }
        } else {
            at += 1;
        }
    }
    paths
}

/// Returns the module in which a path ends, or that has the name which the path ends with.
fn resolve(modules: &BTreeMap<Module, Imports>, from: &Module, path: &[String]) -> Module {
    let mut base = match path[0].as_str() {
        "crate" => Module::new(),
        "super" => from[..from.len().saturating_sub(1)].to_vec(),
        _ => from.clone(),
    };
    for name in &path[1..] {
        if name == "super" {
            base.pop();
            continue;
        }
        let child = [base.clone(), vec![name.clone()]].concat();
        if modules.contains_key(&child) {
            base = child;
            continue;
        }
        let reexporting = modules.get(&base).and_then(|module| module.names.get(name));
        if let Some(child) = reexporting {
            let child = [base.clone(), vec![child.clone()]].concat();
            if modules.contains_key(&child) {
                return child;
            }
        }
        break;
    }
    base
}

/// Returns the strongly connected groups of two or more modules.
fn cycles(graph: &Graph) -> Vec<Vec<String>> {
    let reachable = |from: &String| {
        let mut seen = BTreeSet::new();
        let mut next = vec![from];
        while let Some(module) = next.pop() {
            for target in graph.get(module).into_iter().flatten() {
                if seen.insert(target.clone()) {
                    next.push(target);
                }
            }
        }
        seen
    };
    let reach: BTreeMap<_, _> = graph
        .keys()
        .map(|module| (module, reachable(module)))
        .collect();
    let mut found = BTreeSet::new();
    for (module, targets) in &reach {
        let group: Vec<_> = targets
            .iter()
            .filter(|target| reach.get(target).is_some_and(|back| back.contains(*module)))
            .cloned()
            .collect();
        if group.len() > 1 {
            found.insert(group);
        }
    }
    found.into_iter().collect()
}

fn describe(package: &str, cycle: &[String], graph: &Graph) -> String {
    let mut text = format!("{package}: a cycle of {}", cycle.join(" "));
    for from in cycle {
        for to in graph[from].iter().filter(|to| cycle.contains(to)) {
            write!(text, "\n    {from} -> {to}").unwrap();
        }
    }
    text
}
