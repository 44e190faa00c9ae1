//! Tests of the version that a change requires.

use semver::Version;

use crate::diff::items::Index;
use crate::diff::semver::of_crate;
use crate::diff::{CrateBump, SemverLevel, next};

#[test]
fn required_version_follows_cargo_semver_rules() {
    for (version, level, expected) in [
        ("0.3.4", SemverLevel::None, "0.3.4"),
        ("0.3.4", SemverLevel::Patch, "0.3.5"),
        ("0.3.4", SemverLevel::Minor, "0.3.5"),
        ("0.3.4", SemverLevel::Major, "0.4.0"),
        ("2.3.4", SemverLevel::None, "2.3.4"),
        ("2.3.4", SemverLevel::Patch, "2.3.5"),
        ("2.3.4", SemverLevel::Minor, "2.4.0"),
        ("2.3.4", SemverLevel::Major, "3.0.0"),
    ] {
        let needed = next(&Version::parse(version).unwrap(), level);
        assert_eq!(needed.to_string(), expected, "{version} {}", level.name());
    }
}

#[test]
fn version_is_sufficient_from_the_required_one() {
    for (current, needed, expected) in [
        ("0.3.5", "0.3.5", true),
        ("0.4.0", "0.3.5", true),
        ("0.3.4", "0.3.5", false),
        ("0.10.0", "0.9.0", true),
        ("next", "0.3.5", false),
        ("0.3.5", "", false),
    ] {
        let semver = CrateBump {
            name: "toapis".to_owned(),
            level: SemverLevel::Minor,
            released: "0.3.4".to_owned(),
            needed: needed.to_owned(),
            current: current.to_owned(),
            reasons: Vec::new(),
        };
        assert_eq!(semver.is_enough(), expected, "{current} for {needed}");
    }
}

#[test]
fn changed_public_items_determine_the_bump_of_their_crate() {
    let index = |text: &str| {
        let mut index = Index::default();
        index
            .read("crates/toapis/src/generated/a.rs", text)
            .unwrap();
        index
    };
    let old = index("pub const A: u8 = 1;");
    for (new, expected) in [
        ("pub const A: u8 = 2;", (SemverLevel::None, "")),
        (
            "pub const A: u16 = 1;",
            (SemverLevel::Major, "`A` has another type"),
        ),
        (
            "pub const B: u8 = 1; pub const A: u8 = 1;",
            (SemverLevel::Minor, "`B` was added"),
        ),
        ("", (SemverLevel::Major, "`A` was removed")),
    ] {
        let (level, reasons) = of_crate("toapis", &[], Some((&old, &index(new))));
        assert_eq!((level, reasons.join("; ").as_str()), expected, "{new}");
        let other = of_crate("toapis-client", &[], Some((&old, &index(new))));
        assert_eq!(other, (SemverLevel::None, Vec::new()), "{new}");
    }
}

#[test]
fn field_named_like_a_method_is_reported() {
    let index = |fields: &str| {
        let mut index = Index::default();
        let text = format!(
            "pub struct A {{ {fields} }} impl A {{ pub fn new() -> Self {{}} pub fn field(&self) -> u8 {{}} }}"
        );
        let file = "crates/toapis-client/src/generated/client.rs";
        index.read(file, &text).unwrap();
        index
    };
    let required = |old: &str, new: &str| {
        let (old, new) = (index(old), index(new));
        let (level, reasons) = of_crate("toapis-client", &[], Some((&old, &new)));
        (level, reasons.join("; "))
    };
    for (old, new, expected) in [
        (
            "",
            "pub new: u8",
            "`A::new` was added to a type that users construct",
        ),
        ("pub field: u8", "", "`A::field` was removed"),
        (
            "pub field: u8",
            "pub field: u16",
            "`A::field` has another type",
        ),
    ] {
        assert_eq!(
            required(old, new),
            (SemverLevel::Major, expected.to_owned())
        );
    }
    let same = "pub new: u8, pub field: u8";
    assert_eq!(required(same, same), (SemverLevel::None, String::new()));
}
