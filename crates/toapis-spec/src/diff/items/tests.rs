//! Tests of the index of items, and of the items that a subject affects.

use std::collections::BTreeSet;
use std::fs;

use super::{Callers, Index, RustItem, affected_items};
use crate::diff::subject::{Step, Subject};

/// Indexes one generated file of the SDK.
fn index(file: &str, text: &str) -> Index {
    let mut index = Index::default();
    index.read(file, text).unwrap();
    index
}

/// Returns the paths of the items that a subject affects in one generated file.
fn affected_in(file: &str, text: &str, subject: &Subject) -> Vec<String> {
    let index = index(file, text);
    let items = affected_items(subject, &index, &index, &Callers::default());
    items.into_iter().map(|item| item.path).collect()
}

#[test]
fn private_items_are_not_public() {
    let index = index(
        "crates/toapis-client/src/generated.rs",
        "pub struct Open { pub shown: u8, hidden: u8 }
        struct Closed { pub shown: u8 }
        impl Open { pub fn shown_too(&self) {} fn kept(&self) {} }
        impl Clone for Open { fn clone(&self) -> Self { *self } }",
    );
    let items = index.0.values();
    let (public, private): (Vec<_>, Vec<_>) = items.partition(|item| item.is_public);
    let paths = |items: Vec<&super::Item>| -> Vec<String> {
        items.iter().map(|item| item.rust.path.clone()).collect()
    };
    assert_eq!(paths(public), ["Open", "Open::shown", "Open::shown_too"]);
    assert_eq!(paths(private), ["Closed", "Closed::shown", "Open::hidden"]);
}

#[test]
fn row_affects_tables_documented_with_its_table() {
    let text = "/// Of `x-models`.\npub const MODELS: u8 = 1;\n/// Of `x-sizes`.\npub const SIZES: u8 = 1;\n#[must_use = \"as `x-models`\"]\npub const PLAIN: u8 = 1;";
    let subject = Subject {
        table: Some("x-models".to_owned()),
        ..Subject::default()
    };
    assert_eq!(
        affected_in("crates/toapis/src/generated/models.rs", text, &subject),
        ["MODELS"]
    );
    assert_eq!(
        affected_in("crates/toapis/src/generated/rules.rs", text, &subject),
        [""; 0]
    );
}

#[test]
fn schema_affects_its_type_and_value_its_variants() {
    let text = "pub enum TaskState { Done } pub enum Size { Done }
        impl TaskState { pub fn text(self) -> &'static str { match self { Self::Done => \"done\" } } }
        impl Size { pub fn text(self) -> &'static str { match self { Self::Done => \"done\" } } }";
    let mut subject = Subject {
        path_steps: vec![Step::Schema("TaskState".to_owned())],
        ..Subject::default()
    };
    let file = "crates/toapis-client/src/generated.rs";
    assert_eq!(affected_in(file, text, &subject), ["TaskState"]);
    subject.value = Some("done".to_owned());
    assert_eq!(
        affected_in(file, text, &subject),
        ["TaskState", "TaskState::Done"]
    );
}

#[test]
fn row_affects_the_variant_of_its_own_crate() {
    let text = "pub enum Size { Square, Tall }
        impl Size { pub fn text(self) -> &'static str { match self { Self::Square => \"1:1\", Self::Tall => \"2:3\" } } }";
    let subject = Subject {
        table: Some("x-sizes".to_owned()),
        value: Some("1:1".to_owned()),
        ..Subject::default()
    };
    for (file, expected) in [
        ("crates/toapis/src/generated/sizes.rs", vec!["Size::Square"]),
        ("crates/toapis-client/src/generated.rs", vec![]),
    ] {
        assert_eq!(affected_in(file, text, &subject), expected);
    }
}

#[test]
fn tests_and_generated_code_are_not_callers() {
    let dir = tempfile::tempdir().unwrap();
    let source = dir.path().join("crates/toapis/src");
    let callers = "fn shows() { SIZES }";
    for (name, text) in [
        (
            "lib.rs",
            "fn first() { SIZES } fn second() {}
            mod inner { fn third() { SIZES } }
            #[cfg(feature = \"preview\")] mod preview { fn fourth() { SIZES } }
            #[doc = \"of the test\"] mod found { fn fifth() { SIZES } }
            #[cfg(test)] mod tests { fn sixth() { SIZES } }",
        ),
        ("task/look.rs", callers),
        ("task/tests.rs", callers),
        ("generated/sizes.rs", callers),
        ("wait/tests/time.rs", callers),
        ("notes.md", "no Rust"),
    ] {
        let file = source.join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
    let callers = Callers::read(dir.path()).unwrap();
    let found = callers.of(&BTreeSet::from([vec!["SIZES".to_owned()]]));
    let paths: Vec<_> = found
        .iter()
        .map(|item: &RustItem| item.path.as_str())
        .collect();
    assert_eq!(
        paths,
        ["fifth", "first", "fourth", "task::look::shows", "third"]
    );
}

#[test]
fn signature_ignores_argument_names() {
    let signature = |arguments: &str| {
        let text = format!("pub struct A; impl A {{ pub fn f(&self, {arguments}) {{}} }}");
        let index = index("crates/toapis-client/src/generated.rs", &text);
        index
            .get("toapis-client", "A::f")
            .unwrap()
            .signature
            .clone()
    };
    assert_eq!(signature("a: &str, b: u8"), signature("c: &str, d: u8"));
    assert_ne!(signature("a: &str, b: u8"), signature("a: u8, b: &str"));
}

#[test]
fn type_is_found_by_its_module_path() {
    let dir = tempfile::tempdir().unwrap();
    let source = dir.path().join("crates/toapis/src");
    fs::create_dir_all(&source).unwrap();
    let text = "fn ours(task: Task) {} fn wire(task: &[types::Task]) {} fn other(types: Types, task: Task) {}";
    fs::write(source.join("lib.rs"), text).unwrap();
    let callers = Callers::read(dir.path()).unwrap();
    let paths = |name: &str| -> Vec<String> {
        let found = callers.of(&BTreeSet::from([vec![name.to_owned()]]));
        found.into_iter().map(|item| item.path).collect()
    };
    assert_eq!(paths("types::Task"), ["wire"]);
    assert_eq!(paths("Task"), ["other", "ours", "wire"]);
}

#[test]
fn header_is_found_by_literal_constant_or_table() {
    let dir = tempfile::tempdir().unwrap();
    let source = dir.path().join("crates/toapis/src");
    fs::create_dir_all(&source).unwrap();
    let text = "fn text() { headers.get(\"x-left\") } fn constant() { headers.get(header::X_LEFT) }
        fn longer() { \"x-left-over\"; X_LEFT_OVER; OTHER } fn table() { HEADERS.left }";
    fs::write(source.join("lib.rs"), text).unwrap();
    let mut index = Index::default();
    let tables = "/// What is found: `X-Left`.\nstatic HEADERS: Headers = Headers {};\n/// `X-Left-Over`.\nstatic OTHER: Headers = Headers {};";
    index
        .read("crates/toapis/src/generated/limits.rs", tables)
        .unwrap();
    let subject = Subject {
        operation: Some("make".to_owned()),
        path_steps: vec![Step::Header("X-Left".to_owned())],
        ..Subject::default()
    };
    let callers = Callers::read(dir.path()).unwrap();
    let found = affected_items(&subject, &index, &index, &callers);
    let paths: Vec<_> = found.into_iter().map(|item| item.path).collect();
    let wanted = ["constant", "generated::limits::HEADERS", "table", "text"];
    assert_eq!(paths, wanted);
}

#[test]
fn new_nested_field_has_no_callers() {
    let dir = tempfile::tempdir().unwrap();
    let source = dir.path().join("crates/toapis/src");
    fs::create_dir_all(&source).unwrap();
    let text = "fn read(task: types::Task, error: Problem) { task.error; error.hint }";
    fs::write(source.join("lib.rs"), text).unwrap();
    let callers = Callers::read(dir.path()).unwrap();
    let file = "crates/toapis-client/src/generated.rs";
    let code = |hint: &str| {
        let text = format!(
            "pub mod types {{ pub struct Task {{ pub error: Problem }} pub struct Problem {{ {hint} }} }}"
        );
        index(file, &text)
    };
    let [task, error, problem, hint] = ["Task", "error", "Problem", "hint"].map(str::to_owned);
    let subject = Subject {
        path_steps: vec![
            Step::Schema(task),
            Step::Property(error),
            Step::Schema(problem),
            Step::Property(hint),
        ],
        ..Subject::default()
    };
    let paths = |old: &str, new: &str| -> Vec<String> {
        let items = affected_items(&subject, &code(old), &code(new), &callers);
        items.into_iter().map(|item| item.path).collect()
    };
    let field = "pub hint: u8";
    assert_eq!(paths("", field), ["types::Problem::hint"]);
    assert_eq!(paths(field, ""), ["read", "types::Problem::hint"]);
}

#[test]
fn nested_field_is_found_by_its_path() {
    let dir = tempfile::tempdir().unwrap();
    let source = dir.path().join("crates/toapis/src");
    fs::create_dir_all(&source).unwrap();
    let text = "fn through(task: types::Task) { task.error.map(|error| error.hint) }
        fn itself(problem: types::Problem) { problem.hint }
        fn outer(task: types::Task) { task.error } fn other(other: Other) { other.error.hint }";
    fs::write(source.join("lib.rs"), text).unwrap();
    let callers = Callers::read(dir.path()).unwrap();
    let code = index(
        "crates/toapis-client/src/generated.rs",
        "pub struct Task { pub error: Option<Problem> } pub struct Problem { pub hint: u8 }",
    );
    let subject = Subject {
        path_steps: vec![
            Step::Schema("Problem".to_owned()),
            Step::Property("hint".to_owned()),
        ],
        ..Subject::default()
    };
    let items = affected_items(&subject, &code, &code, &callers);
    let paths: Vec<_> = items.into_iter().map(|item| item.path).collect();
    assert_eq!(paths, ["itself", "through", "Problem::hint"]);
}
