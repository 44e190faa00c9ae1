//! Where two documents are compared: the message, the path, and the kind of change.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use toapis_openapi::Node;

use super::finding::{Direction, Severity};
use super::subject::{SchemaPath, Step};

/// The nodes of the old and the new document; either may be missing.
pub(super) type NodePair<'d> = (Option<Node<'d>>, Option<Node<'d>>);

/// Pairs of different component schemas that are compared with each other, with the first place of
/// each.
pub(super) type Places<'d> = BTreeMap<(Option<&'d str>, Option<&'d str>), (Node<'d>, Node<'d>)>;

/// Who writes a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum MessageRole {
    /// The client.
    Request,
    /// The server.
    Response,
}

impl MessageRole {
    pub(super) fn other(self) -> Self {
        match self {
            Self::Request => Self::Response,
            Self::Response => Self::Request,
        }
    }
}

/// How the set of allowed values changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// Some values are no longer allowed.
    Narrowed,
    /// Some values are newly allowed.
    Widened,
    /// Both, or it is unknown.
    Altered,
}

impl Change {
    pub(super) fn inverted(self) -> Self {
        match self {
            Self::Narrowed => Self::Widened,
            Self::Widened => Self::Narrowed,
            Self::Altered => Self::Altered,
        }
    }

    /// Returns the change of an upper bound: a lower bound allows less.
    pub(super) fn of_ceiling(old: Option<f64>, new: Option<f64>) -> Option<Self> {
        let (old, new) = (old.unwrap_or(f64::INFINITY), new.unwrap_or(f64::INFINITY));
        match new.partial_cmp(&old)? {
            std::cmp::Ordering::Less => Some(Self::Narrowed),
            std::cmp::Ordering::Equal => None,
            std::cmp::Ordering::Greater => Some(Self::Widened),
        }
    }

    /// Returns the severity and the affected side of this change in a message that `role` writes.
    pub(super) fn classify(self, role: MessageRole) -> (Severity, Direction) {
        match (self, role) {
            (Self::Narrowed, MessageRole::Request) | (Self::Widened, MessageRole::Response) => {
                (Severity::Breaking, Direction::Client)
            }
            (Self::Narrowed, MessageRole::Response) => (Severity::Breaking, Direction::Server),
            // Shipped servers reject only clients that use what is new.
            (Self::Widened, MessageRole::Request) => (Severity::Warning, Direction::Server),
            (Self::Altered, _) => (Severity::Breaking, Direction::Both),
        }
    }
}

/// The place of a comparison: the message, and the path of schemas that leads to it.
#[derive(Clone, Debug)]
pub(super) struct CompareContext {
    pub(super) role: MessageRole,
    /// True below a `not`, where allowed values are excluded.
    pub(super) inverted: bool,
    pub(super) operation: Option<Rc<str>>,
    /// `request body`, `response 200`, `query parameter`, ...
    pub(super) part: Rc<str>,
    pub(super) path_steps: SchemaPath,
    /// The discriminating property of the enclosing choice.
    pub(super) discriminator: Option<Rc<Discriminator>>,
    /// The values of the discriminating property that moved to another branch.
    pub(super) moved: Rc<MovedValues>,
    /// True if values are written as text, as in queries, headers and paths.
    pub(super) is_text: bool,
    /// The innermost enclosing pairs with alternatives.
    pub(super) alternatives: Rc<[usize]>,
}

/// The property whose value selects a branch.
#[derive(Clone, Debug)]
pub(super) struct Discriminator {
    pub(super) property: String,
    pub(super) moved: Rc<MovedValues>,
}

/// Values of a discriminating property that moved to another branch.
#[derive(Debug, Default)]
pub(super) struct MovedValues {
    /// From one branch that lists them to another.
    pub(super) between: BTreeSet<String>,
    /// From or to the branch for all values that are not listed.
    pub(super) handed: BTreeSet<String>,
}

impl CompareContext {
    /// Returns true if the value only moved to another branch.
    pub(super) fn is_moved(&self, value: &str) -> bool {
        // A branch for all other values excludes those with a branch of their own.
        self.moved.between.contains(value) || (self.inverted && self.moved.handed.contains(value))
    }

    pub(super) fn new(role: MessageRole, operation: Option<&str>, part: &str) -> Self {
        Self {
            role,
            inverted: false,
            operation: operation.map(Rc::from),
            part: part.into(),
            path_steps: SchemaPath::default(),
            discriminator: None,
            moved: Rc::default(),
            is_text: false,
            alternatives: Rc::from([]),
        }
    }

    pub(super) fn below(&self, step: Step) -> Self {
        let mut context = self.clone();
        if let Step::Property(name) | Step::Header(name) = &step {
            context.moved = match context.discriminator.take() {
                Some(discriminator) if discriminator.property == *name => {
                    discriminator.moved.clone()
                }
                _ => Rc::default(),
            };
        }
        context.path_steps = context.path_steps.with(step);
        context
    }

    pub(super) fn describe(&self) -> String {
        let mut context = match &self.operation {
            Some(operation) if self.part.is_empty() => operation.to_string(),
            Some(operation) => format!("{operation}: {}", self.part),
            None => self.part.to_string(),
        };
        let path = self.path_steps.path();
        if !path.is_empty() {
            context.push_str(", ");
            context.push_str(&path);
        }
        context
    }
}
