//! Numbers of the contract, so that tests follow the contract when it changes.

use std::sync::LazyLock;

use serde_json::Value;

static CONTRACT: LazyLock<Value> = LazyLock::new(|| {
    let path = crate::workspace::root().join("crates/toapis-contract/contract/openapi.json");
    let text = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&text).expect("the copy of the contract is JSON")
});

/// Returns the number at `pointer`, a JSON pointer into the contract.
///
/// # Panics
///
/// Panics if the contract has no non-negative integer there.
#[must_use]
pub fn number(pointer: &str) -> u64 {
    CONTRACT
        .pointer(pointer)
        .and_then(Value::as_u64)
        .unwrap_or_else(|| panic!("the contract has no number at `{pointer}`"))
}

/// Returns the limit `keyword` (`maxLength`, for example) of a request field of the default model.
///
/// # Panics
///
/// Panics if the contract does not limit the field this way.
#[must_use]
pub fn field_limit(field: &str, keyword: &str) -> usize {
    let field = format!("/components/schemas/Gemini25FlashImageRequest/properties/{field}");
    // The schema of a field may be a reference to a component.
    let reference = CONTRACT.pointer(&format!("{field}/$ref"));
    let schema = reference
        .and_then(Value::as_str)
        .map_or(field.as_str(), |target| target.trim_start_matches('#'));
    usize::try_from(number(&format!("{schema}/{keyword}"))).unwrap()
}
