//! Tests of the version that a change requires.

use semver::Version;

use crate::diff::items::Index;
use crate::diff::semver::of_crate;
use crate::diff::{CrateBump, SemverLevel, next};

#[test]
fn the_version_that_a_change_asks_for_moves_the_number_that_cargo_reads() {
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
fn a_version_is_enough_from_the_needed_one_on() {
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
fn a_crate_needs_a_version_for_what_became_of_its_own_public_items() {
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
            (SemverLevel::Minor, "`B` is new"),
        ),
        ("", (SemverLevel::Major, "`A` is gone")),
    ] {
        let (level, reasons) = of_crate("toapis", &[], Some((&old, &index(new))));
        assert_eq!((level, reasons.join("; ").as_str()), expected, "{new}");
        let other = of_crate("toapis-client", &[], Some((&old, &index(new))));
        assert_eq!(other, (SemverLevel::None, Vec::new()), "{new}");
    }
}

#[test]
fn a_field_that_is_called_as_a_function_of_its_type_is_told_as_any_other() {
    let index = |fields: &str| {
        let mut index = Index::default();
        let text = format!(
            "pub struct A {{ {fields} }} impl A {{ pub fn new() -> Self {{}} pub fn field(&self) -> u8 {{}} }}"
        );
        let file = "crates/toapis-client/src/generated/client.rs";
        index.read(file, &text).unwrap();
        index
    };
    let told = |old: &str, new: &str| {
        let (old, new) = (index(old), index(new));
        let (level, reasons) = of_crate("toapis-client", &[], Some((&old, &new)));
        (level, reasons.join("; "))
    };
    for (old, new, expected) in [
        (
            "",
            "pub new: u8",
            "`A::new` is new, where all that there is must be named",
        ),
        ("pub field: u8", "", "`A::field` is gone"),
        (
            "pub field: u8",
            "pub field: u16",
            "`A::field` has another type",
        ),
    ] {
        assert_eq!(told(old, new), (SemverLevel::Major, expected.to_owned()));
    }
    let same = "pub new: u8, pub field: u8";
    assert_eq!(told(same, same), (SemverLevel::None, String::new()));
}
