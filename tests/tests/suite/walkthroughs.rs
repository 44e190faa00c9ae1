//! Applies each change of `docs/regenerating.md` to a copy of the workspace, and checks the results
//! that the page states.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use toapis_codegen::Mode;
use toapis_openapi::Document;
use xtask::codegen;
use xtask::spec;

use crate::support::root;

/// A numbered section of the page.
#[derive(Debug, Default)]
struct Step {
    title: String,
    /// Changes of openapi.yaml.
    diffs: Vec<String>,
    /// What a user writes then.
    rust: String,
    /// What the compiler says, one thing a line; empty where it has nothing to say.
    told: Vec<String>,
}

fn steps() -> Vec<Step> {
    let page = fs::read_to_string(root().join("docs/regenerating.md")).unwrap();
    let mut steps: Vec<Step> = Vec::new();
    let mut fence: Option<(&str, String)> = None;
    for line in page.lines() {
        match (&mut fence, line.strip_prefix("```")) {
            (Some((kind, text)), Some(_)) => {
                if let Some(step) = steps.last_mut() {
                    match *kind {
                        "diff" => step.diffs.push(text.clone()),
                        "rust" => step.rust.push_str(text),
                        "text" => step.told.extend(text.lines().map(str::to_owned)),
                        // What `spec diff` says is held against it where the diff is tested.
                        "console" => {}
                        other => panic!("a fence of {other}"),
                    }
                }
                fence = None;
            }
            (Some((_, text)), None) => writeln!(text, "{line}").unwrap(),
            (None, Some(kind)) => fence = Some((kind, String::new())),
            (None, None) => {
                if let Some(title) = line.strip_prefix("## ") {
                    steps.push(Step {
                        title: title.to_owned(),
                        ..Step::default()
                    });
                }
            }
        }
    }
    steps
}

/// Applies one diff: its context and removed lines must occur exactly once, consecutively.
fn change(text: &str, diff: &str) -> String {
    let side = |gone: char| -> String {
        diff.lines()
            .filter(|line| !line.starts_with(gone))
            .fold(String::new(), |text, line| {
                text + line.get(1..).unwrap_or("") + "\n"
            })
    };
    let (before, after) = (side('+'), side('-'));
    let times = text.matches(&before).count();
    assert_eq!(
        times, 1,
        "found {times} times instead of once in openapi.yaml:\n{before}"
    );
    text.replacen(&before, &after, 1)
}

/// A copy of the workspace with another crate, `walk`, for the code of a user.
struct Copy {
    folder: PathBuf,
    target: PathBuf,
}

impl Copy {
    fn make(name: &str) -> Self {
        let target = std::env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| root().join("target"), PathBuf::from);
        // Always the same directory: cargo identifies crates by path and would keep the output of
        // each.
        let folder = target.join(name);
        let _ = fs::remove_dir_all(&folder);
        for entry in [
            "Cargo.lock",
            "openapi.yaml",
            "rustfmt.toml",
            "rust-toolchain.toml",
            "crates",
            "xtask",
            "tests",
        ] {
            copy(&root().join(entry), &folder.join(entry));
        }
        let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
        assert!(manifest.contains("members = [\"crates/*\""));
        let manifest = manifest.replacen(
            "members = [\"crates/*\"",
            "members = [\"walk\", \"crates/*\"",
            1,
        );
        fs::write(folder.join("Cargo.toml"), manifest).unwrap();
        fs::create_dir_all(folder.join("walk/src")).unwrap();
        let dependencies = "toapis.workspace = true\ntoapis-client.workspace = true\n";
        let manifest = format!(
            "[package]\nname = \"walk\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n{dependencies}"
        );
        fs::write(folder.join("walk/Cargo.toml"), manifest).unwrap();
        fs::write(folder.join("walk/src/main.rs"), "fn main() {}\n").unwrap();
        Self { folder, target }
    }

    /// Makes the changes of a step, and generates.
    fn take(&self, step: &Step) {
        let file = self.folder.join("openapi.yaml");
        let text = step
            .diffs
            .iter()
            .fold(fs::read_to_string(&file).unwrap(), |text, diff| {
                change(&text, diff)
            });
        fs::write(&file, &text).unwrap();
        let report = spec::lint(&Document::parse(&text, "openapi.yaml").unwrap());
        // The page leaves examples of what it adds out.
        let broken: Vec<_> = report
            .findings
            .iter()
            .filter(|finding| finding.code != "E102")
            .collect();
        assert!(broken.is_empty(), "{}: {broken:?}", step.title);
        codegen::run(&self.folder, Mode::Write).unwrap();
    }

    fn run(&self, rust: &str) -> Output {
        let main = format!("//! What a user writes.\nfn main() {{\n{rust}}}\n");
        fs::write(self.folder.join("walk/src/main.rs"), main).unwrap();
        Command::new(env!("CARGO"))
            .args([
                "run",
                "--quiet",
                "--offline",
                "--package",
                "walk",
                "--color",
                "never",
            ])
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", &self.target)
            .output()
            .unwrap()
    }
}

fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            if entry.file_name() != "target" {
                copy(&entry.path(), &to.join(entry.file_name()));
            }
        }
    } else {
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(from, to).unwrap();
    }
}

#[test]
fn changes_of_the_page_have_the_documented_effect() {
    let steps = steps();
    assert_eq!(steps.len(), 9);
    let (silent, told): (Vec<_>, Vec<_>) = steps.iter().partition(|step| step.told.is_empty());
    let copy = Copy::make("walkthroughs");

    // Changes that need no hand-written code are applied one after another and tested together.
    let mut rust = String::new();
    for step in silent {
        copy.take(step);
        write!(rust, "// {}\n{}", step.title, step.rust).unwrap();
    }
    let output = copy.run(&rust);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );

    // The compiler reports what a person must decide, with its location.
    let mended = fs::read_to_string(copy.folder.join("openapi.yaml")).unwrap();
    for step in told {
        fs::write(copy.folder.join("openapi.yaml"), &mended).unwrap();
        copy.take(step);
        let output = copy.run(&step.rust);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{}: it compiles", step.title);
        for line in &step.told {
            assert!(
                stderr.contains(line),
                "{}: the compiler does not say `{line}`:\n{stderr}",
                step.title
            );
        }
    }
}

#[test]
fn contract_changes_of_all_kinds_need_no_rust() {
    let copy = Copy::make("gains");
    fs::create_dir(copy.folder.join("overlays")).unwrap();
    let overlay = copy.folder.join("overlays/gains.yaml");
    fs::write(&overlay, include_str!("gains.yaml")).unwrap();
    codegen::run(&copy.folder, Mode::Write).unwrap();
    let output = Command::new(env!("CARGO"))
        .args(["check", "--quiet", "--offline", "--color", "never"])
        .args(["toapis-mock", "toapis"].map(|package| format!("--package={package}")))
        .current_dir(&copy.folder)
        .env("CARGO_TARGET_DIR", &copy.target)
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    assert!(!stderr.contains("warning"), "{stderr}");

    // A header that the contract knows is sent, and the version that it does not know is not.
    let client = copy
        .folder
        .join("crates/toapis-client/src/generated/client.rs");
    let client = fs::read_to_string(client).unwrap();
    for (text, times) in [
        ("\"X-Team\"", 1),
        ("\"X-Trace\"", 1),
        ("\"api-version\"", 0),
    ] {
        assert_eq!(client.matches(text).count(), times, "{text}");
    }

    fs::remove_file(overlay).unwrap();
    codegen::run(&copy.folder, Mode::Write).unwrap();
    for artifact in codegen::artifacts(root()).unwrap() {
        let now = fs::read_to_string(copy.folder.join(&artifact.path)).unwrap();
        assert_eq!(now, artifact.text, "{}", artifact.path.display());
    }
}
