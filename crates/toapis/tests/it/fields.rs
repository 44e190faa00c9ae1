//! Fields that a caller sets by their names: they go out as they were given, or the request does not.

use toapis::{Client, ImageRequest, Model, RuleKind};

fn client() -> Client {
    Client::new("sk-1").unwrap()
}

#[test]
fn numbers_without_bounds_are_refused() {
    let model = Model::from("doubao-seedream-4-0");
    let request = ImageRequest::new("a cat").model(model);
    let request = request
        .reference("https://example.com/a.png")
        .field("n", u64::MAX);
    let error = client().images().prepare(request).unwrap_err();
    let rules: Vec<_> = error.violations().iter().map(|one| one.rule).collect();
    assert_eq!(rules, [RuleKind::Type, RuleKind::Together], "{error}");
}
