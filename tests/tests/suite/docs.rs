//! Documents are true: their commands and programs run, their links and JSON samples are valid.

use toapis_sim::Simulator;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};

use crate::cli::Shell;
use crate::support::{files_under, root};

/// How the README runs the command: from a clone, or installed.
const COMMANDS: [&str; 2] = ["cargo run --release -p toapis-cli -- ", "toapis "];

fn readme() -> String {
    std::fs::read_to_string(root().join("README.md")).unwrap()
}

/// Returns the fenced blocks in order, each with the info string of its fence.
fn fences(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split("\n```")
        .skip(1)
        .step_by(2)
        .filter_map(|block| block.split_once('\n'))
}

/// Returns the fenced blocks of a language in order.
fn blocks(text: &str, language: &str) -> Vec<String> {
    fences(text)
        .filter(|(named, _)| *named == language)
        .map(|(_, body)| body.to_owned())
        .collect()
}

/// Splits a command line into words and double-quoted words.
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
async fn commands_of_the_readme_run_in_order() {
    let service = Simulator::builder().speed(1000.0).start().await.unwrap();
    let shell = Shell::with_service(service.base_url(), service.key());
    let mut ran = 0;
    for line in blocks(&readme(), "sh")
        .iter()
        .flat_map(|block| block.lines())
    {
        // The tests of the SDK run the examples.
        if let Some(example) = line.strip_prefix("cargo run -p toapis --example ") {
            let directory = root().join("crates/toapis/examples");
            assert!(
                directory.join(example).with_extension("rs").exists(),
                "{line}"
            );
            continue;
        }
        let Some(arguments) = COMMANDS
            .iter()
            .find_map(|command| line.strip_prefix(command))
        else {
            // This test is part of that command.
            assert_eq!(
                line, "cargo test --workspace",
                "a command that no test runs"
            );
            continue;
        };
        // It serves until a signal; the tests of the command cover it.
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
    // The first used its own simulator; the service saw the other two, with one upload.
    let ledger = service.ledger().total;
    assert_eq!((ledger.accepted, ledger.uploaded), (2, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn rust_of_the_readme_saves_an_image() {
    let program = include_str!("../../src/bin/readme.rs");
    let (_, program) = program.split_once("\n\n").unwrap();
    assert_eq!(
        blocks(&readme(), "rust"),
        [program.trim_end()],
        "README.md and tests/src/bin/readme.rs differ"
    );

    let service = Simulator::builder().speed(1000.0).start().await.unwrap();
    let shell = Shell::with_service(service.base_url(), service.key());
    let output = shell
        .command(env!("CARGO_BIN_EXE_readme"))
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
fn tests_in_the_testing_page_exist() {
    let page = std::fs::read_to_string(root().join("docs/testing.md")).unwrap();
    let shown = blocks(&page, "rust");
    assert_eq!(shown.len(), 2);
    for block in shown {
        assert!(
            include_str!("testing.rs").contains(&block),
            "docs/testing.md has a test that is not in tests/tests/suite/testing.rs:\n{block}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_of_the_testing_page_run() {
    let page = std::fs::read_to_string(root().join("docs/testing.md")).unwrap();
    let service = Simulator::builder().speed(1000.0).start().await.unwrap();
    let shell = Shell::with_service(service.base_url(), service.key());
    let (mut tested, mut served) = (0, 0);
    for line in blocks(&page, "sh").iter().flat_map(|block| block.lines()) {
        let line = line.replace("http://127.0.0.1:4010", service.base_url());
        let mut arguments = words(line.strip_prefix("toapis ").expect("only the command"));
        if line.contains(" sim ") || line.contains(" proxy ") {
            // Servers run until a signal; here it is enough that the arguments are valid.
            arguments.push("--help".to_owned());
            served += 1;
        } else {
            tested += 1;
        }
        let done = shell.toapis(arguments).await;
        assert_eq!(done.exit, 0, "{line}\n{done}");
    }
    assert_eq!((tested, served), (2, 3));
    assert_eq!(shell.files(), ["report.sarif", "report.xml"]);
}

/// Asserts that a document matches the schema of that name.
fn assert_matches_schema(document: &str, name: &str, at: &str) {
    let schema = std::fs::read_to_string(root().join(format!("docs/schemas/{name}.json")));
    let schema = schema.unwrap_or_else(|error| panic!("{at}, {name}: {error}"));
    let validator = jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap();
    let document = serde_json::from_str(document).unwrap_or_else(|error| panic!("{at}: {error}"));
    let errors: Vec<_> = validator
        .iter_errors(&document)
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{at}, {name}: {errors:?}");
}

#[test]
fn json_samples_in_documents_match_their_schema() {
    let directory = root().join("docs");
    let mut documents: Vec<_> = files_under(&directory)
        .into_iter()
        .filter(|path| path.extension().is_some_and(|ending| ending == "md"))
        .collect();
    documents.push(root().join("README.md"));
    let mut samples = 0;
    for path in documents {
        let text = std::fs::read_to_string(&path).unwrap();
        for (tag, sample) in fences(&text).filter(|(tag, _)| tag.starts_with("json")) {
            let at = path.display();
            // The info string names the schema: ```json error
            let name = tag.strip_prefix("json ");
            let name = name.unwrap_or_else(|| {
                panic!("{at}: a sample without the name of its schema:\n{sample}")
            });
            assert_matches_schema(sample, name, &at.to_string());
            samples += 1;
        }
    }
    assert!(samples >= 2, "only {samples} samples were found");
}

#[test]
fn json_output_of_the_command_matches_its_schema() {
    let folder = root().join("tests/tests/suite/cli/snapshots");
    for (snapshot, name) in [
        ("status_json", "task"),
        ("no_key_json", "error"),
        ("three_rules_broken_json", "error"),
    ] {
        let text = std::fs::read_to_string(folder.join(format!("{snapshot}.snap"))).unwrap();
        let printed = text.split("--- stdout\n").nth(1).unwrap();
        let printed = printed.split("\n--- stderr").next().unwrap();
        assert_matches_schema(&printed.replace("[time]", "1"), name, snapshot);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn web_service_of_the_documents_serves_an_image() {
    let program = include_str!("../../src/bin/web-service.rs");
    let (_, program) = program.split_once("\n\n").unwrap();
    let page = std::fs::read_to_string(root().join("docs/web-service.md")).unwrap();
    assert_eq!(
        blocks(&page, "rust"),
        [program.trim_end()],
        "docs/web-service.md and tests/src/bin/web-service.rs differ"
    );

    let service = Simulator::builder().speed(1000.0).start().await.unwrap();
    let shell = Shell::with_service(service.base_url(), service.key());
    let mut server = shell
        .command(env!("CARGO_BIN_EXE_web-service"))
        .arg("127.0.0.1:0")
        .spawn()
        .unwrap();
    let mut stdout = BufReader::new(server.stdout.take().unwrap()).lines();
    let address = stdout.next_line().await.unwrap().unwrap();
    let address = address.strip_prefix("http://").unwrap();
    for _ in 0..2 {
        let (status, _) = send(address, "POST", "/images/order-1", "\"A cat\"").await;
        assert_eq!(status, 200);
    }
    let (_, image) = send(address, "GET", "/images/order-1", "").await;
    assert!(image::load_from_memory(&image).is_ok(), "not an image");
    assert_eq!(service.ledger().total.accepted, 1, "one task per order");
    assert_eq!(send(address, "GET", "/images/order-2", "").await.0, 404);
    server.kill().await.unwrap();
}

/// Sends one request and returns the status and the body of the response.
async fn send(address: &str, method: &str, path: &str, json: &str) -> (u16, Vec<u8>) {
    let length = json.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n{json}"
    );
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = Vec::new();
    stream.read_to_end(&mut response).await.unwrap();
    let head = response.windows(4).position(|end| end == b"\r\n\r\n");
    let body = response.split_off(head.unwrap() + 4);
    let status = String::from_utf8_lossy(&response[9..12]).parse().unwrap();
    (status, body)
}

#[test]
fn commands_of_the_contribution_guide_are_steps_of_ci() {
    let guide = std::fs::read_to_string(root().join("CONTRIBUTING.md")).unwrap();
    let steps = std::fs::read_to_string(root().join(".ci/run")).unwrap();
    let steps = steps.replace(" --locked", "");
    let blocks = blocks(&guide, "sh");
    let commands = blocks.iter().flat_map(|block| block.lines());
    let commands: Vec<_> = commands.filter(|line| line.starts_with("cargo ")).collect();
    assert!(commands.len() >= 3, "{commands:?}");
    for command in commands {
        assert!(steps.contains(command), "`{command}` is not in .ci/run");
    }
}

#[test]
fn links_of_the_documents_exist() {
    let mut links = 0;
    let directories = ["docs", "crates", ".github"];
    let pages = directories
        .iter()
        .flat_map(|directory| files_under(&root().join(directory)))
        .chain(
            std::fs::read_dir(root())
                .unwrap()
                .map(|entry| entry.unwrap().path()),
        )
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    for page in pages {
        let text = std::fs::read_to_string(&page).unwrap();
        let targets = text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next());
        for target in targets.filter(|target| !target.contains("://") && !target.starts_with('#')) {
            assert!(
                page.with_file_name(target).exists(),
                "{} links to {target}",
                page.display()
            );
            links += 1;
        }
    }
    assert!(links > 30, "found only {links} links");
}
