//! Compares two schemas, keyword by keyword.

use super::keywords::{bounds, choices, kinds, objects, values};
use super::subject::Step;
use super::view::Schema;
use super::walk::{Site, Walk};

/// Reports what differs between two schemas, and asks for those in them to be compared.
pub(super) fn compare<'d>(walk: &mut Walk<'d>, old: &Schema<'d>, new: &Schema<'d>, site: &Site) {
    walk.same_place(old, new);
    let site = &match new.component().or_else(|| old.component()) {
        Some(name) => site.below(Step::Schema(name.to_owned())),
        None => site.clone(),
    };
    let schemas = (old, new);
    let (old, new) = (&old.view(), &new.view());
    let has_alternatives = old.has_alternatives() || new.has_alternatives();
    let site = &if has_alternatives && !is_same(walk, schemas) {
        walk.enter_alternatives(schemas, site, (old.node(), new.node()))
    } else {
        site.clone()
    };
    if choices::one_sided(walk, schemas, (old, new), site) {
        return;
    }
    kinds::nullable(walk, old, new, site);
    kinds::notes(walk, old, new, site);
    // Of two types that share no value, what else is said cannot be compared.
    if !kinds::types(walk, old, new, site) {
        return;
    }
    kinds::formats(walk, old, new, site);
    kinds::patterns(walk, old, new, site);
    values::values(walk, old, new, site);
    bounds::bounds(walk, old, new, site);
    objects::objects(walk, old, new, site);
    choices::choices(walk, old, new, site);
    choices::negations(walk, old, new, site);
}

fn is_same<'d>(walk: &mut Walk<'d>, (old, new): (&Schema<'d>, &Schema<'d>)) -> bool {
    match (old.node(), new.node()) {
        (Some(old), Some(new)) => walk.is_same(old, new),
        _ => false,
    }
}
