//! The subject of a finding, by names in the contract.

use std::rc::Rc;

/// The operation, the schemas and properties on the path, and the value that a finding is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Subject {
    /// The `operationId`.
    pub(super) operation: Option<String>,
    /// The old `operationId`, if it changed.
    pub(super) former: Option<String>,
    /// From the outermost schema to the innermost.
    pub(super) path_steps: Vec<Step>,
    /// A value of an enum, a media type, or the name of a row in a table.
    pub(super) value: Option<String>,
    /// The table at the root, for example `x-sizes`.
    pub(super) table: Option<String>,
}

/// A named schema or a property.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// A component schema.
    Schema(String),
    /// A property or a parameter.
    Property(String),
    /// A header of a response.
    Header(String),
    /// The items of a list.
    Items,
}

/// The path of schemas and properties, shared by all that continue it.
#[derive(Clone, Debug, Default)]
pub(super) struct SchemaPath(Option<Rc<(SchemaPath, Step)>>);

impl SchemaPath {
    pub(super) fn with(&self, step: Step) -> Self {
        Self(Some(Rc::new((self.clone(), step))))
    }

    /// Returns the steps from the first to the last.
    pub(super) fn steps(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        let mut at = self;
        while let Some(link) = &at.0 {
            steps.push(link.1.clone());
            at = &link.0;
        }
        steps.reverse();
        steps
    }

    /// Returns the name of the innermost property or schema.
    pub(super) fn last(&self) -> Option<&str> {
        let mut at = self;
        while let Some(link) = &at.0 {
            match &link.1 {
                Step::Property(name) | Step::Header(name) | Step::Schema(name) => {
                    return Some(name);
                }
                Step::Items => at = &link.0,
            }
        }
        None
    }

    /// Returns the properties as a path: `result.data[].url`.
    pub(super) fn path(&self) -> String {
        let mut path = String::new();
        for step in self.steps() {
            match step {
                Step::Schema(_) => {}
                Step::Property(name) | Step::Header(name) => {
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(&name);
                }
                Step::Items => path.push_str("[]"),
            }
        }
        path
    }
}

impl Drop for SchemaPath {
    // Dropped iteratively: a long chain would overflow the stack.
    fn drop(&mut self) {
        let mut link = self.0.take();
        while let Some(shared) = link {
            link = Rc::try_unwrap(shared)
                .ok()
                .and_then(|(mut before, _)| before.0.take());
        }
    }
}
