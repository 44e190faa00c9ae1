//! Generated files match `openapi.yaml`, and errors in the contract are reported.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;
use toapis_codegen::lowering::{self, Target, lower};
use toapis_codegen::public_surface::outline;
use toapis_codegen::{Artifact, Mode};
use toapis_openapi::{Document, pointer};
use xtask::codegen;

use crate::support::root;

fn contract() -> Value {
    let (_, document) = toapis_codegen::read_contract(root()).unwrap();
    document.to_value()
}

/// Returns the generated Rust files with their paths.
fn sources() -> Vec<Artifact> {
    let artifacts = codegen::artifacts(root()).unwrap();
    artifacts
        .into_iter()
        .filter(|artifact| {
            artifact
                .path
                .extension()
                .is_some_and(|ending| ending == "rs")
        })
        .collect()
}

/// Creates a workspace with this contract and generates everything.
fn workspace(yaml: &str) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("openapi.yaml"), yaml).unwrap();
    std::fs::copy(
        root().join("rustfmt.toml"),
        directory.path().join("rustfmt.toml"),
    )
    .unwrap();
    codegen::run(directory.path(), Mode::Write).unwrap();
    directory
}

fn yaml() -> String {
    std::fs::read_to_string(root().join("openapi.yaml")).unwrap()
}

fn change(directory: &Path, from: &str, to: &str) {
    let file = directory.join("openapi.yaml");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(
        text.contains(from),
        "openapi.yaml has no `{from}` to change"
    );
    std::fs::write(&file, text.replacen(from, to, 1)).unwrap();
}

#[test]
fn generated_files_are_up_to_date() {
    let outcome = codegen::run(root(), Mode::Check).unwrap();
    assert!(outcome.is_clean(), "{outcome}");
}

#[test]
fn generation_is_deterministic() {
    assert_eq!(
        codegen::artifacts(root()).unwrap(),
        codegen::artifacts(root()).unwrap()
    );
}

#[test]
fn generated_client_and_mock_are_reviewed() {
    for Artifact { path, text } in sources() {
        let name = path.to_str().unwrap().replace("/src/generated", "");
        if name.ends_with("/client.rs") || name.ends_with("/mock.rs") {
            insta::assert_snapshot!(name.replace(['/', '.'], "-"), text);
        }
    }
}

#[test]
fn generated_files_are_marked_in_the_first_line() {
    for Artifact { path, text } in sources() {
        assert!(text.starts_with("//! @generated "), "{}", path.display());
    }
}

#[test]
fn check_prints_a_diff_and_the_command_and_writes_nothing() {
    let directory = workspace(&yaml());
    change(directory.path(), "width: 1792", "width: 1793");
    let outcome = codegen::run(directory.path(), Mode::Check).unwrap();
    assert!(!outcome.is_clean());
    let report = outcome.to_string();
    for part in [
        "--- a/crates/toapis/src/generated/sizes.rs",
        "-            width: 1792,",
        "+            width: 1793,",
        "cargo xtask codegen",
    ] {
        assert!(report.contains(part), "`{part}` is missing in:\n{report}");
    }
    let before = std::fs::read_to_string(
        directory
            .path()
            .join("crates/toapis/src/generated/sizes.rs"),
    )
    .unwrap();
    assert!(before.contains("1792"), "a check must not write");
    codegen::run(directory.path(), Mode::Write).unwrap();
    assert!(
        codegen::run(directory.path(), Mode::Check)
            .unwrap()
            .is_clean()
    );
}

#[test]
fn foreign_file_in_a_generated_directory_is_an_error_and_remains() {
    let directory = workspace(&yaml());
    let foreign = "crates/toapis/src/generated/mine.rs";
    std::fs::write(directory.path().join(foreign), "").unwrap();
    for mode in [Mode::Check, Mode::Write] {
        let outcome = codegen::run(directory.path(), mode).unwrap();
        assert_eq!(outcome.unknown, [Path::new(foreign)]);
        assert!(!outcome.is_clean());
    }
    assert!(directory.path().join(foreign).exists());
}

#[test]
fn unsupported_parts_of_the_contract_are_errors_with_a_location() {
    for (from, to, expected) in [
        (
            "maxLength: ",
            "maxLenght: ",
            "/components/schemas/ShortPrompt/maxLenght",
        ),
        (
            "x-safe-to-repeat: true",
            "x-safe-to-repaet: true",
            "x-safe-to-repeat",
        ),
        (
            "name: Square,",
            "name: 1Square,",
            "`1Square` is not a Rust name",
        ),
        (
            "rule: sum_max",
            "rule: sum_maximum",
            "unknown variant `sum_maximum`",
        ),
        (
            "sizes: ['16:9', '9:16',",
            "sizes: ['16:10', '9:16',",
            "`16:10` is not in x-sizes",
        ),
        (
            "field: reference_images,",
            "field: reference_imgs,",
            "reference_imgs",
        ),
        (
            "aliases: [nano-banana]",
            "aliases: [nano-bananas]",
            "`nano-bananas` is in no branch of a request",
        ),
        (
            "minimum: 0\n      maximum: 100",
            "minimum: 0\n      multipleOf: 5\n      maximum: 100",
            "multipleOf",
        ),
        (
            "title: ToAPIs image API",
            "title: ToAPIs image API\n  title: again",
            "openapi.yaml:4:3: ",
        ),
    ] {
        let text = yaml();
        assert!(
            text.contains(from),
            "openapi.yaml has no `{from}` to change"
        );
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(
            directory.path().join("openapi.yaml"),
            text.replacen(from, to, 1),
        )
        .unwrap();
        let error = codegen::run(directory.path(), Mode::Write).unwrap_err();
        assert!(format!("{error:#}").contains(expected), "{to}: {error:#}");
        assert!(
            !directory.path().join("crates").exists(),
            "{to}: something was written"
        );
    }
}

#[test]
fn the_overlay_is_reviewed() {
    let mut text = String::new();
    for target in [Target::Client, Target::Mock] {
        writeln!(text, "# {target:?}").unwrap();
        for (name, touched) in lower(&contract(), target).unwrap().touched {
            let transform = lowering::TRANSFORMS
                .iter()
                .find(|transform| transform.name == name)
                .unwrap();
            writeln!(text, "\n{name}: {}", transform.reason).unwrap();
            for place in touched {
                writeln!(text, "  {place}").unwrap();
            }
        }
        writeln!(text).unwrap();
    }
    insta::assert_snapshot!(text);
}

#[test]
fn lowered_document_differs_only_where_transforms_say() {
    let contract = contract();
    for target in [Target::Client, Target::Mock] {
        let lowered = lower(&contract, target).unwrap();
        let touched: BTreeSet<&str> = lowered
            .touched
            .iter()
            .flat_map(|(_, places)| places)
            .map(String::as_str)
            .collect();
        for place in pointer::differences(&contract, &lowered.document) {
            let is_told = touched
                .iter()
                .any(|told| place == *told || place.starts_with(&format!("{told}/")));
            assert!(
                is_told,
                "{target:?}: `{place}` differs, and no transform of the overlay says so"
            );
        }
    }
}

#[test]
fn every_place_that_a_transform_touches_exists() {
    let contract = contract();
    for target in [Target::Client, Target::Mock] {
        for (name, places) in lower(&contract, target).unwrap().touched {
            for place in places {
                let is_new = name == "name open enums" && place.matches('/').count() == 3;
                assert!(
                    is_new || contract.pointer(&place).is_some(),
                    "{name}: `{place}` is not in openapi.yaml"
                );
            }
        }
    }
}

#[test]
fn hand_written_operations_are_the_multipart_ones() {
    let contract = contract();
    assert_eq!(
        toapis_client::HAND_WRITTEN,
        lowering::multipart_operations(&contract)
    );
    let client = sources()
        .into_iter()
        .find(|artifact| artifact.path.ends_with("client.rs"))
        .unwrap();
    let surface = outline(&client.text).unwrap();
    for operation in toapis_client::operations::OPERATIONS {
        let is_generated = surface.contains(&format!("async fn {}<", operation.function));
        let is_hand_written = toapis_client::HAND_WRITTEN.contains(&operation.id);
        assert!(is_generated != is_hand_written, "{}", operation.id);
    }
}

#[test]
fn generated_client_has_no_default_timeout() {
    let client = sources()
        .into_iter()
        .find(|artifact| artifact.path.ends_with("client.rs"))
        .unwrap();
    assert!(!client.text.contains("timeout"));
    assert!(!outline(&client.text).unwrap().contains("fn new(baseurl"));
}

#[test]
fn overlay_files_apply_in_order_before_generation() {
    let directory = workspace(&yaml());
    let overlays = directory.path().join("overlays");
    std::fs::create_dir(&overlays).unwrap();
    let action = |text: &str| {
        format!("overlay: 1.0.0\ninfo: {{title: ours, version: '1'}}\nactions: [{text}]\n")
    };
    // The second is applied to what the first has made.
    std::fs::write(
        overlays.join("1.yaml"),
        action("{target: \"$['x-sizes']['16:9']\", update: {width: 2000}}"),
    )
    .unwrap();
    std::fs::write(
        overlays.join("2.yaml"),
        action("{target: \"$['x-sizes'][?@.width==2000]\", update: {height: 1000}}"),
    )
    .unwrap();
    codegen::run(directory.path(), Mode::Write).unwrap();
    let read = |path: &str| std::fs::read_to_string(directory.path().join(path)).unwrap();
    let sizes = read("crates/toapis/src/generated/sizes.rs");
    assert!(
        sizes.contains("width: 2000,\n            height: 1000,"),
        "{sizes}"
    );
    let copies = ["json", "yaml"].map(|ending| {
        let path = format!("crates/toapis-contract/contract/openapi.{ending}");
        Document::parse(&read(&path), &path).unwrap().to_value()
    });
    assert_eq!(copies[0], copies[1]);
    assert_eq!(copies[0]["x-sizes"]["16:9"]["width"], 2000);

    std::fs::write(
        overlays.join("3.yaml"),
        action("{target: \"$['x-sizes']['17:9']\", remove: true}"),
    )
    .unwrap();
    let error = format!(
        "{:#}",
        codegen::run(directory.path(), Mode::Check).unwrap_err()
    );
    assert!(
        error.starts_with("overlays/3.yaml:3:11: action 0: `$['x-sizes']['17:9']` matches nothing"),
        "{error}"
    );
}

/// Converts the contract to OpenAPI 3.1, where `null` is a type.
fn as_3_1(yaml: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in yaml.replacen("openapi: 3.0.3", "openapi: 3.1.0", 1).lines() {
        let Some(indent) = line.strip_suffix("nullable: true") else {
            lines.push(line.to_owned());
            continue;
        };
        let start = format!("{indent}type: ");
        let kind = lines.iter_mut().rfind(|line| line.starts_with(&start));
        let kind = kind.expect("a type above");
        *kind = format!("{start}[{}, 'null']", &kind[start.len()..]);
    }
    lines.join("\n") + "\n"
}

#[test]
fn equivalent_contract_of_3_1_generates_the_same_code() {
    let newer = as_3_1(&yaml());
    assert!(newer.contains("type: [string, 'null']"));
    assert!(!newer.contains("nullable: true"));
    let directory = workspace(&newer);
    for Artifact { path, text } in sources() {
        assert_eq!(
            std::fs::read_to_string(directory.path().join(&path)).unwrap(),
            text,
            "{}",
            path.display()
        );
    }
    change(
        directory.path(),
        "type: [string, 'null']",
        "type: [string, integer]",
    );
    let error = format!(
        "{:#}",
        codegen::run(directory.path(), Mode::Check).unwrap_err()
    );
    assert!(
        error.starts_with("openapi.yaml:") && error.contains("a list of 2 types"),
        "{error}"
    );
}

#[test]
fn enum_values_without_a_valid_rust_name_get_a_variant() {
    let directory = workspace(&yaml().replacen(
        "enum: [image, video]",
        "enum: [image, video, unknown, 4k, self]",
        1,
    ));
    let file = "crates/toapis-client/src/generated/open_enums.rs";
    let text = std::fs::read_to_string(directory.path().join(file)).unwrap();
    for arm in [
        "Self::ValueUnknown => \"unknown\"",
        "Self::Value4k => \"4k\"",
        "Self::ValueSelf => \"self\"",
    ] {
        assert!(text.contains(arm), "{arm}");
    }
}
