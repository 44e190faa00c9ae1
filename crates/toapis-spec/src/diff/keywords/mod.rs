//! Compares the keywords of a schema, in groups.

pub(super) mod bounds;
pub(super) mod choices;
pub(super) mod kinds;
pub(super) mod objects;
mod pairing;
pub(super) mod values;
