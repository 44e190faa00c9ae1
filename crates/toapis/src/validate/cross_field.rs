//! Rules across the fields of a request, and between a request and its model.

use std::sync::LazyLock;

use toapis_client::{FieldValue, types};

use super::describe::show;
use super::{Constraint, Violations};
use crate::catalog::{CrossRule, ModelRow, When};
use crate::generated::models::MODELS;
use crate::generated::sizes::Size;

/// The fields that change what is paid for: the size, and every field that holds references or a
/// resolution for some model.
static BILLING_FIELDS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let mut names = vec!["size"];
    for model in MODELS {
        names.extend(model.references.as_ref().map(|references| references.field));
        names.extend(model.resolution.as_ref().map(|resolution| resolution.field));
    }
    names.sort_unstable();
    names.dedup();
    names
});

impl Violations {
    /// Finds sizes, references and resolutions that the model does not support. The service would
    /// ignore them, and the image would still be paid.
    pub(super) fn reject_unsupported(&mut self, row: &ModelRow, body: &types::ImageRequest) {
        for name in BILLING_FIELDS.iter() {
            if let Some(value) = at(body, name)
                && row.field(name).is_none()
            {
                self.add(
                    name,
                    Constraint::Unsupported,
                    show(&value),
                    format!("no value: {} does not have this field", row.name),
                );
            }
        }
    }

    /// Checks a rule across fields.
    pub(super) fn cross(&mut self, rule: &CrossRule, body: &types::ImageRequest) {
        match rule {
            CrossRule::SumMax { fields, max, .. } => {
                let sum = fields
                    .iter()
                    .filter_map(|field| at(body, field))
                    .map(|value| amount(&value))
                    .fold(0, u64::saturating_add);
                if sum > u64::from(*max) {
                    self.add(
                        fields.join(" + "),
                        Constraint::Conflict,
                        sum.to_string(),
                        format!("at most {max} in total"),
                    );
                }
            }
            CrossRule::Requires { when, field, .. } => {
                let there = at(body, field).is_some_and(|value| {
                    amount(&value) > 0
                        || matches!(value, FieldValue::String(_) | FieldValue::Object(_))
                });
                if applies(when, body) && !there {
                    let why = format!(
                        "a value, because {} is {}",
                        when.field,
                        shown(body, when.field)
                    );
                    self.add(field, Constraint::Conflict, "missing", why);
                }
            }
            CrossRule::OnlySizes { when, sizes, .. } => {
                if applies(when, body)
                    && let Some(FieldValue::String(size)) = body.field("size")
                    && !sizes.iter().any(|allowed| allowed.as_str() == size)
                {
                    let names: Vec<_> = sizes.iter().map(Size::as_str).collect();
                    let why = format!(
                        "{}, because {} is {}",
                        names.join(", "),
                        when.field,
                        shown(body, when.field)
                    );
                    self.add(
                        "size",
                        Constraint::Conflict,
                        show(&FieldValue::String(size)),
                        why,
                    );
                }
            }
            CrossRule::PixelBounds {
                field,
                min_area,
                max_area,
                max_ratio,
                ..
            } => {
                let Some(FieldValue::String(size)) = at(body, field) else {
                    return;
                };
                let Some((width, height)) = pixels(&size) else {
                    return;
                };
                let (long, short) = (width.max(height), width.min(height));
                let area = width.saturating_mul(height);
                if area < *min_area
                    || area > *max_area
                    || long > short.saturating_mul(u64::from(*max_ratio))
                {
                    let why = format!(
                        "an area of {min_area} to {max_area} pixels, and at most {max_ratio}:1"
                    );
                    self.add(field, Constraint::Range, size, why);
                }
            }
        }
    }
}

/// Returns the value at a path such as `metadata.resolution`. Both `null` and a missing field are
/// `None`.
fn at<'v>(body: &'v types::ImageRequest, path: &str) -> Option<FieldValue<'v>> {
    let value = match path.split_once('.') {
        None => body.field(path)?,
        Some((object, names)) => names
            .split('.')
            .try_fold(body.field(object)?, FieldValue::into_field)?,
    };
    (value != FieldValue::Null).then_some(value)
}

/// Returns what a field adds to a sum: its value if it is a number, its length if it is an array.
fn amount(value: &FieldValue<'_>) -> u64 {
    match value {
        FieldValue::Number(number) => number.as_u64().unwrap_or(0),
        FieldValue::Array(items) => items.len() as u64,
        _ => 0,
    }
}

fn applies(when: &When, body: &types::ImageRequest) -> bool {
    let Some(FieldValue::String(value)) = at(body, when.field) else {
        return false;
    };
    when.one_of
        .iter()
        .any(|one| one.eq_ignore_ascii_case(&value))
}

fn shown(body: &types::ImageRequest, field: &str) -> String {
    at(body, field)
        .map(|value| show(&value))
        .unwrap_or_default()
}

/// Parses the width and height of a size such as `1024x768`.
fn pixels(size: &str) -> Option<(u64, u64)> {
    let (width, height) = size.split_once(['x', 'X', '*'])?;
    Some((width.parse().ok()?, height.parse().ok()?))
}
