//! Compares two schemas, keyword by keyword.

use super::comparison::Comparison;
use super::context::CompareContext;
use super::keywords::{bounds, choices, kinds, objects, values};
use super::resolved_schema::Schema;
use super::subject::Step;

/// Reports the differences between two schemas, and queues their subschemas.
pub(super) fn compare<'d>(
    comparison: &mut Comparison<'d>,
    old: &Schema<'d>,
    new: &Schema<'d>,
    context: &CompareContext,
) {
    comparison.same_place(old, new);
    let context = &match new.component().or_else(|| old.component()) {
        Some(name) => context.below(Step::Schema(name.to_owned())),
        None => context.clone(),
    };
    let schemas = (old, new);
    let (old, new) = (&old.resolved(), &new.resolved());
    let has_alternatives = old.has_alternatives() || new.has_alternatives();
    let context = &if has_alternatives && !is_same(comparison, schemas) {
        comparison.enter_alternatives(schemas, context, (old.node(), new.node()))
    } else {
        context.clone()
    };
    if choices::one_sided(comparison, schemas, (old, new), context) {
        return;
    }
    kinds::nullable(comparison, old, new, context);
    kinds::notes(comparison, old, new, context);
    // If two types have no value in common, the other keywords cannot be compared.
    if !kinds::types(comparison, old, new, context) {
        return;
    }
    kinds::formats(comparison, old, new, context);
    kinds::patterns(comparison, old, new, context);
    values::values(comparison, old, new, context);
    bounds::bounds(comparison, old, new, context);
    objects::objects(comparison, old, new, context);
    choices::choices(comparison, old, new, context);
    choices::negations(comparison, old, new, context);
}

fn is_same<'d>(comparison: &mut Comparison<'d>, (old, new): (&Schema<'d>, &Schema<'d>)) -> bool {
    match (old.node(), new.node()) {
        (Some(old), Some(new)) => comparison.is_same(old, new),
        _ => false,
    }
}
