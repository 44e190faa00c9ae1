//! What the README says is what happens: its commands run, and its Rust is the program that runs.

use toapis_sim::Simulator;

use crate::cli::Shell;
use crate::support::{files_under, root};

/// How the README runs the command from a clone, and once it is installed.
const COMMANDS: [&str; 2] = ["cargo run --release -p toapis-cli -- ", "toapis "];

fn readme() -> String {
    std::fs::read_to_string(root().join("README.md")).unwrap()
}

/// The fenced blocks, in order: what stands behind the fence, and what stands in it.
fn fences(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split("\n```")
        .skip(1)
        .step_by(2)
        .filter_map(|block| block.split_once('\n'))
}

/// The fenced blocks of a language, in order.
fn blocks(text: &str, language: &str) -> Vec<String> {
    fences(text)
        .filter(|(named, _)| *named == language)
        .map(|(_, body)| body.to_owned())
        .collect()
}

/// Splits as a shell does, as far as the README needs: words, and words in double quotes.
fn words(line: &str) -> Vec<String> {
    let outside_and_inside = line.split('"').enumerate();
    outside_and_inside
        .flat_map(|(index, part)| match index % 2 {
            0 => part.split_whitespace().map(str::to_owned).collect(),
            _ => vec![part.to_owned()],
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_of_the_readme_run_in_their_order() {
    let service = Simulator::builder().speed(1000.0).start().await.unwrap();
    let shell = Shell::with_service(service.base_url(), service.key());
    let mut ran = 0;
    for line in blocks(&readme(), "sh")
        .iter()
        .flat_map(|block| block.lines())
    {
        // What is in it is run by the tests of the SDK.
        if let Some(example) = line.strip_prefix("cargo run -p toapis --example ") {
            let folder = root().join("crates/toapis/examples");
            assert!(folder.join(example).with_extension("rs").exists(), "{line}");
            continue;
        }
        let Some(arguments) = COMMANDS
            .iter()
            .find_map(|command| line.strip_prefix(command))
        else {
            // This test is a part of what that runs.
            assert_eq!(
                line, "cargo test --workspace",
                "a command that no test runs"
            );
            continue;
        };
        // That one serves until it is told to end; the tests of the command have it.
        if arguments == "sim" {
            continue;
        }
        let done = shell.toapis(words(arguments)).await;
        assert_eq!(done.exit, 0, "{line}\n{done}");
        ran += 1;
    }
    assert!(ran >= 3, "only {ran} commands were found");
    let cat = image::open(shell.path("cat.png")).unwrap();
    assert_eq!((cat.width(), cat.height()), (1792, 1024));
    // The first drew its picture by itself; the service saw the other two, and an upload for the second of them.
    let ledger = service.ledger().total;
    assert_eq!((ledger.accepted, ledger.uploaded), (2, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_five_lines_of_the_readme_save_a_picture() {
    let program = include_str!("../../src/bin/five-lines.rs");
    let (_, program) = program.split_once("\n\n").unwrap();
    assert_eq!(
        blocks(&readme(), "rust"),
        [program.trim_end()],
        "README.md and tests/src/bin/five-lines.rs differ"
    );

    let service = Simulator::builder().speed(1000.0).start().await.unwrap();
    let shell = Shell::with_service(service.base_url(), service.key());
    let output = shell
        .command(env!("CARGO_BIN_EXE_five-lines"))
        .output()
        .await
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let cat = image::open(shell.path("cat.png")).unwrap();
    assert_eq!((cat.width(), cat.height()), (1792, 1024));
}

#[test]
fn the_tests_that_the_page_on_testing_shows_are_tests_that_run() {
    let page = std::fs::read_to_string(root().join("docs/testing.md")).unwrap();
    let shown = blocks(&page, "rust");
    assert_eq!(shown.len(), 2);
    for block in shown {
        assert!(
            include_str!("testing.rs").contains(&block),
            "docs/testing.md shows what is not in tests/tests/suite/testing.rs:\n{block}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_of_the_page_on_testing_run() {
    let page = std::fs::read_to_string(root().join("docs/testing.md")).unwrap();
    let service = Simulator::builder().speed(1000.0).start().await.unwrap();
    let shell = Shell::with_service(service.base_url(), service.key());
    let (mut judged, mut served) = (0, 0);
    for line in blocks(&page, "sh").iter().flat_map(|block| block.lines()) {
        let line = line.replace("http://127.0.0.1:4010", service.base_url());
        let mut arguments = words(line.strip_prefix("toapis ").expect("only the command"));
        if line.contains(" sim ") || line.contains(" proxy ") {
            // Those serve until they are told to end; here it is enough that the command knows what is asked of it.
            arguments.push("--help".to_owned());
            served += 1;
        } else {
            judged += 1;
        }
        let done = shell.toapis(arguments).await;
        assert_eq!(done.exit, 0, "{line}\n{done}");
    }
    assert_eq!((judged, served), (2, 3));
    assert_eq!(shell.files(), ["report.sarif", "report.xml"]);
}

/// Holds a document to the schema of that name.
fn hold(document: &str, name: &str, at: &str) {
    let schema = std::fs::read_to_string(root().join(format!("docs/schemas/{name}.json")));
    let schema = schema.unwrap_or_else(|error| panic!("{at}, {name}: {error}"));
    let judge = jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap();
    let document = serde_json::from_str(document).unwrap_or_else(|error| panic!("{at}: {error}"));
    let faults: Vec<_> = judge
        .iter_errors(&document)
        .map(|fault| fault.to_string())
        .collect();
    assert!(faults.is_empty(), "{at}, {name}: {faults:?}");
}

#[test]
fn every_sample_of_json_in_the_documents_is_what_its_schema_says() {
    let folder = root().join("docs");
    let mut documents: Vec<_> = files_under(&folder)
        .into_iter()
        .filter(|path| path.extension().is_some_and(|ending| ending == "md"))
        .collect();
    documents.push(root().join("README.md"));
    let mut samples = 0;
    for path in documents {
        let text = std::fs::read_to_string(&path).unwrap();
        for (tag, sample) in fences(&text).filter(|(tag, _)| tag.starts_with("json")) {
            let at = path.display();
            // The fence says which: ```json error
            let name = tag.strip_prefix("json ");
            let name =
                name.unwrap_or_else(|| panic!("{at}: a sample that names no schema:\n{sample}"));
            hold(sample, name, &at.to_string());
            samples += 1;
        }
    }
    assert!(samples >= 2, "only {samples} samples were found");
}

#[test]
fn what_the_command_prints_as_json_is_what_its_schema_says() {
    let folder = root().join("tests/tests/suite/cli/snapshots");
    for (snapshot, name) in [
        ("status_json", "task"),
        ("no_key_json", "error"),
        ("three_rules_broken_json", "error"),
    ] {
        let text = std::fs::read_to_string(folder.join(format!("{snapshot}.snap"))).unwrap();
        let printed = text.split("--- stdout\n").nth(1).unwrap();
        let printed = printed.split("\n--- stderr").next().unwrap();
        hold(&printed.replace("[time]", "1"), name, snapshot);
    }
}

#[test]
fn every_file_that_the_documents_link_to_is_there() {
    let mut links = 0;
    for document in [
        "README.md",
        "docs/command.md",
        "docs/regenerating.md",
        "docs/testing.md",
    ] {
        let path = root().join(document);
        let text = std::fs::read_to_string(&path).unwrap();
        for target in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            if !target.contains("://") && !target.starts_with('#') {
                assert!(
                    path.with_file_name(target).exists(),
                    "{document} links to {target}"
                );
                links += 1;
            }
        }
    }
    assert!(links > 10, "only {links} links were found");
}
