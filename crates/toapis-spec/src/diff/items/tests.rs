//! Tests of the index of items, and of the items that a subject affects.

use std::collections::BTreeSet;
use std::fs;

use super::{Callers, Index, RustItem, touched};
use crate::diff::subject::{Step, Subject};

/// Indexes one generated file of the SDK.
fn index(file: &str, text: &str) -> Index {
    let mut index = Index::default();
    index.read(file, text).unwrap();
    index
}

/// Returns the paths of the items that a subject affects in one generated file.
fn touched_in(file: &str, text: &str, subject: &Subject) -> Vec<String> {
    let index = index(file, text);
    let items = touched(subject, &index, &index, &Callers::default());
    items.into_iter().map(|item| item.path).collect()
}

#[test]
fn what_nobody_outside_can_name_is_not_public() {
    let index = index(
        "crates/toapis-client/src/generated.rs",
        "pub struct Open { pub shown: u8, hidden: u8 }
        struct Closed { pub shown: u8 }
        impl Open { pub fn told(&self) {} fn kept(&self) {} }
        impl Clone for Open { fn clone(&self) -> Self { *self } }",
    );
    let items = index.0.values();
    let (public, private): (Vec<_>, Vec<_>) = items.partition(|item| item.is_public);
    let paths = |items: Vec<&super::Item>| -> Vec<String> {
        items.iter().map(|item| item.rust.path.clone()).collect()
    };
    assert_eq!(paths(public), ["Open", "Open::shown", "Open::told"]);
    assert_eq!(paths(private), ["Closed", "Closed::shown", "Open::hidden"]);
}

#[test]
fn a_row_touches_the_tables_whose_comment_names_theirs_but_for_rules() {
    let text = "/// Of `x-models`.\npub const MODELS: u8 = 1;\n/// Of `x-sizes`.\npub const SIZES: u8 = 1;\n#[must_use = \"as `x-models`\"]\npub const PLAIN: u8 = 1;";
    let subject = Subject {
        table: Some("x-models".to_owned()),
        ..Subject::default()
    };
    assert_eq!(
        touched_in("crates/toapis/src/generated/models.rs", text, &subject),
        ["MODELS"]
    );
    assert_eq!(
        touched_in("crates/toapis/src/generated/rules.rs", text, &subject),
        [""; 0]
    );
}

#[test]
fn a_schema_touches_its_type_and_a_value_its_variants() {
    let text = "pub enum TaskState { Done } pub enum Size { Done }
        impl TaskState { pub fn text(self) -> &'static str { match self { Self::Done => \"done\" } } }
        impl Size { pub fn text(self) -> &'static str { match self { Self::Done => \"done\" } } }";
    let mut subject = Subject {
        path_steps: vec![Step::Schema("TaskState".to_owned())],
        ..Subject::default()
    };
    let file = "crates/toapis-client/src/generated.rs";
    assert_eq!(touched_in(file, text, &subject), ["TaskState"]);
    subject.value = Some("done".to_owned());
    assert_eq!(
        touched_in(file, text, &subject),
        ["TaskState", "TaskState::Done"]
    );
}

#[test]
fn a_row_touches_the_variant_of_its_value_and_that_of_no_other_crate() {
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
        assert_eq!(touched_in(file, text, &subject), expected);
    }
}

#[test]
fn tests_and_generated_code_use_nothing_by_hand() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("crates/toapis/src");
    let callers = "fn shows() { SIZES }";
    for (name, text) in [
        (
            "lib.rs",
            "fn first() { SIZES } fn second() {}
            mod inner { fn third() { SIZES } }
            #[cfg(feature = \"preview\")] mod preview { fn fourth() { SIZES } }
            #[doc = \"of the test\"] mod told { fn fifth() { SIZES } }
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
    let callers = Callers::read(folder.path()).unwrap();
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
fn the_names_of_arguments_are_nothing_to_callers_and_their_types_are() {
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
fn a_type_of_a_module_is_used_where_it_is_named_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("crates/toapis/src");
    fs::create_dir_all(&source).unwrap();
    let text = "fn ours(task: Task) {} fn wire(task: &[types::Task]) {} fn other(types: Types, task: Task) {}";
    fs::write(source.join("lib.rs"), text).unwrap();
    let callers = Callers::read(folder.path()).unwrap();
    let paths = |name: &str| -> Vec<String> {
        let found = callers.of(&BTreeSet::from([vec![name.to_owned()]]));
        found.into_iter().map(|item| item.path).collect()
    };
    assert_eq!(paths("types::Task"), ["wire"]);
    assert_eq!(paths("Task"), ["other", "ours", "wire"]);
}

#[test]
fn a_header_is_used_where_its_text_or_its_constant_stands_or_the_table_that_holds_it() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("crates/toapis/src");
    fs::create_dir_all(&source).unwrap();
    let text = "fn text() { headers.get(\"x-left\") } fn constant() { headers.get(header::X_LEFT) }
        fn longer() { \"x-left-over\"; X_LEFT_OVER; OTHER } fn table() { HEADERS.left }";
    fs::write(source.join("lib.rs"), text).unwrap();
    let mut index = Index::default();
    let tables = "/// What is told: `X-Left`.\nstatic HEADERS: Headers = Headers {};\n/// `X-Left-Over`.\nstatic OTHER: Headers = Headers {};";
    index
        .read("crates/toapis/src/generated/limits.rs", tables)
        .unwrap();
    let subject = Subject {
        operation: Some("make".to_owned()),
        path_steps: vec![Step::Header("X-Left".to_owned())],
        ..Subject::default()
    };
    let callers = Callers::read(folder.path()).unwrap();
    let found = touched(&subject, &index, &index, &callers);
    let paths: Vec<_> = found.into_iter().map(|item| item.path).collect();
    let wanted = ["constant", "generated::limits::HEADERS", "table", "text"];
    assert_eq!(paths, wanted);
}

#[test]
fn a_field_that_is_new_in_another_field_is_told_itself_and_used_by_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("crates/toapis/src");
    fs::create_dir_all(&source).unwrap();
    let text = "fn read(task: types::Task, error: Problem) { task.error; error.hint }";
    fs::write(source.join("lib.rs"), text).unwrap();
    let callers = Callers::read(folder.path()).unwrap();
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
        let items = touched(&subject, &code(old), &code(new), &callers);
        items.into_iter().map(|item| item.path).collect()
    };
    let field = "pub hint: u8";
    assert_eq!(paths("", field), ["types::Problem::hint"]);
    assert_eq!(paths(field, ""), ["read", "types::Problem::hint"]);
}

#[test]
fn a_field_in_a_field_is_used_where_the_way_to_it_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("crates/toapis/src");
    fs::create_dir_all(&source).unwrap();
    let text = "fn through(task: types::Task) { task.error.map(|error| error.hint) }
        fn itself(problem: types::Problem) { problem.hint }
        fn outer(task: types::Task) { task.error } fn other(other: Other) { other.error.hint }";
    fs::write(source.join("lib.rs"), text).unwrap();
    let callers = Callers::read(folder.path()).unwrap();
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
    let items = touched(&subject, &code, &code, &callers);
    let paths: Vec<_> = items.into_iter().map(|item| item.path).collect();
    assert_eq!(paths, ["itself", "through", "Problem::hint"]);
}
