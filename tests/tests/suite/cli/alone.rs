//! The command without a service: help, schemas, and errors before anything is sent.

use std::fmt::Write as _;
use std::process::Stdio;

use toapis_sim::Simulator;

use super::{Shell, snapshot};

const PROMPT: &str = "A cat in a spacesuit walking on the moon";

#[tokio::test]
async fn help_of_every_command_is_reviewed() {
    let shell = Shell::new();
    let whole = shell.toapis(["--help"]).await;
    assert_eq!((whole.exit, whole.stderr.as_str()), (0, ""));
    let mut text = whole.stdout;
    let commands: Vec<String> = text
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next().map(str::to_owned))
        .collect();
    assert!(commands.len() >= 7, "{commands:?}");
    for command in &commands {
        let help = shell.toapis([command.as_str(), "--help"]).await;
        assert_eq!(help.exit, 0, "{help}");
        writeln!(text, "\n$ toapis {command} --help").unwrap();
        text.push_str(&help.stdout);
    }
    snapshot!("help", text);
}

#[tokio::test]
async fn missing_api_key_is_an_error_with_a_hint() {
    snapshot!("no_key", Shell::new().toapis(["generate", PROMPT]).await);
    snapshot!(
        "no_key_json",
        Shell::new().toapis(["status", "t", "--json"]).await
    );
}

#[tokio::test]
async fn invalid_command_line_exits_with_2() {
    let shell = Shell::new();
    snapshot!(
        "unknown_option",
        shell.toapis(["generate", PROMPT, "--siz", "1:1"]).await
    );
    for wrong in [
        &["generate"][..],
        &["paint", PROMPT],
        &["generate", PROMPT, "--key", "sk-1"],
        &["generate", PROMPT, "--force"],
        &["generate", PROMPT, "--timeout", "0"],
        &["generate", PROMPT, "--timeout", "soon"],
        &["generate", PROMPT, "--poll-interval", "2h"],
        &["generate", PROMPT, "--field", "no-value"],
        &[
            "generate",
            PROMPT,
            "--sim",
            "--base-url",
            "http://127.0.0.1:1",
        ],
        &["schema", "poem"],
        &["man", "poem"],
        &["sim", "--speed", "0"],
    ] {
        let ran = shell.toapis(wrong).await;
        assert_eq!((ran.exit, ran.stdout.as_str()), (2, ""), "{wrong:?}\n{ran}");
        assert!(!ran.stderr.contains("panicked"), "{ran}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_requests_are_rejected_before_anything_is_sent() {
    let service = Simulator::start().await.unwrap();
    let shell = Shell::with_service(service.base_url(), service.key());

    let model = toapis::Model::default();
    let chars = model.max_prompt_chars().unwrap() as usize;
    let references = model.max_references().unwrap() as usize;
    let long = "x".repeat(chars + 1);
    let mut all = vec!["generate", long.as_str(), "--size", "7:7"];
    all.extend(["--reference", "https://example.com/a.png"].repeat(references + 1));
    snapshot!("three_rules_broken", shell.toapis(&all).await);
    all.push("--json");
    snapshot!("three_rules_broken_json", shell.toapis(&all).await);

    snapshot!(
        "size_of_another_model",
        shell
            .toapis([
                "generate",
                PROMPT,
                "--model",
                "gpt-4o-image",
                "--size",
                "16:9"
            ])
            .await
    );
    snapshot!(
        "reference_missing",
        shell
            .toapis(["generate", PROMPT, "--reference", "no-such.png"])
            .await
    );
    snapshot!(
        "reference_inline",
        shell
            .toapis([
                "generate",
                PROMPT,
                "--reference",
                "data:image/png;base64,AAAA"
            ])
            .await
    );
    snapshot!(
        "directory_missing",
        shell
            .toapis(["generate", PROMPT, "-o", "no/such/directory/cat.png"])
            .await
    );
    std::fs::write(shell.path("cat.png"), "mine").unwrap();
    snapshot!(
        "file_exists",
        shell.toapis(["generate", PROMPT, "-o", "cat.png"]).await
    );
    snapshot!(
        "file_exists_wait",
        shell.toapis(["wait", "t", "-o", "cat.png"]).await
    );
    snapshot!("id_with_dots", shell.toapis(["status", ".."]).await);
    snapshot!("empty_prompt", shell.toapis(["generate", ""]).await);
    assert_eq!(std::fs::read(shell.path("cat.png")).unwrap(), b"mine");
    assert_eq!(shell.files(), ["cat.png"]);

    let wrong_key = Shell::with_service(service.base_url(), "sk-one\nsk-two");
    snapshot!(
        "key_with_a_line_break",
        wrong_key.toapis(["generate", PROMPT]).await
    );
    for (name, url) in [
        ("url_without_scheme", "127.0.0.1:4010"),
        ("url_of_ftp", "ftp://127.0.0.1"),
        ("url_with_password", "http://me:secret@127.0.0.1"),
    ] {
        snapshot!(
            name,
            Shell::with_service(url, service.key())
                .toapis(["generate", PROMPT])
                .await
        );
    }
    assert_eq!(
        service.exchanges().len(),
        0,
        "something was sent: {:?}",
        service.exchanges()
    );
}

#[tokio::test]
async fn closed_stdout_is_not_an_error() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let shell = Shell::new();
    let mut command = shell.command(env!("CARGO_BIN_EXE_toapis-under-test"));
    let output = command
        .args(["completions", "bash"])
        .stdout(Stdio::from(writer))
        .output()
        .await
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[tokio::test]
async fn checked_in_schemas_are_those_of_the_command() {
    let shell = Shell::new();
    let names = shell.toapis(["schema"]).await.stdout;
    let directory = crate::support::root().join("docs/schemas");
    let mut kept: Vec<_> = crate::support::files_under(&directory);
    // `cargo xtask` checks its own schemas.
    kept.retain(|path| !path.starts_with(directory.join("xtask")));
    for name in names.lines() {
        let schema = shell.toapis(["schema", name]).await;
        assert_eq!(schema.exit, 0, "{schema}");
        let file = directory.join(format!("{name}.json"));
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        assert_eq!(
            text, schema.stdout,
            "run: toapis schema {name} > docs/schemas/{name}.json"
        );
        kept.retain(|path| *path != file);
    }
    assert!(kept.is_empty(), "no document has the name of {kept:?}");
}

#[tokio::test]
async fn completions_and_manual_pages_are_complete() {
    let shell = Shell::new();
    for shell_name in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = shell.toapis(["completions", shell_name]).await;
        assert!(
            script.exit == 0 && script.stdout.contains("generate"),
            "{script}"
        );
    }
    let page = shell.toapis(["man"]).await;
    assert!(
        page.stdout.starts_with(".ie") && page.stdout.contains("TOAPIS_API_KEY"),
        "{page}"
    );
    let page = shell.toapis(["man", "generate"]).await;
    assert!(page.stdout.contains("toapis-generate"), "{page}");
}
