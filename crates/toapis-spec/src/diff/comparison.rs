//! The state of a comparison: the queue of pairs to compare, and the findings.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::rc::Rc;

use super::finding::{Direction, Finding, Severity, SourceLocation};
use super::resolved_schema::Schema;
use super::schema;
use super::semver::SemverLevel;
use super::sets::{Prover, ValueSet, counterexample};
use super::subject::{SchemaPath, Step, Subject};
use super::surface::Places;
use toapis_openapi::{Node, NodeId};

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

    fn describe(&self) -> String {
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

/// The content of a finding without its place.
#[derive(Clone)]
pub(super) struct FindingBuilder {
    pub(super) code: &'static str,
    pub(super) message: String,
    /// The value that changed, if there is one.
    pub(super) value: Option<String>,
    /// The old `operationId`, if that changed.
    pub(super) former: Option<String>,
}

impl FindingBuilder {
    pub(super) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            value: None,
            former: None,
        }
    }

    pub(super) fn about(mut self, value: &str) -> Self {
        self.value = Some(value.to_owned());
        self
    }
}

/// The nodes of the old and the new document; either may be missing.
pub(super) type NodePair<'d> = (Option<Node<'d>>, Option<Node<'d>>);

/// The maximum number of pairs of schemas that are compared. Documents of 100,000 lines have about
/// ten thousand; only `allOf` in recursive schemas leads to more.
const MAX_PAIRS: usize = 500_000;

/// The number of enclosing pairs with alternatives that distinguish comparisons of the same pair.
const MAX_ENCLOSING: usize = 3;

/// Identifies a comparison: the schemas, the role, and the flags of the context.
type Compared = (Vec<NodeId>, Vec<NodeId>, MessageRole, bool, bool);

/// A pair of schemas as two sets of values.
struct SetPair<'d> {
    old: ValueSet<'d>,
    new: ValueSet<'d>,
    context: CompareContext,
    at: NodePair<'d>,
    /// Whether the old set is proven to be within the new one; `None` before the first query.
    keeps_old: Option<bool>,
    /// Whether the new set is proven to be within the old one; `None` before the first query.
    adds_nothing: Option<bool>,
    reports_narrowing: bool,
    reports_widening: bool,
    has_findings: bool,
}

impl<'d> SetPair<'d> {
    fn new(old: &Schema<'d>, new: &Schema<'d>, context: &CompareContext, at: NodePair<'d>) -> Self {
        Self {
            old: old.values(),
            new: new.values(),
            context: context.clone(),
            at,
            keeps_old: None,
            adds_nothing: None,
            reports_narrowing: false,
            reports_widening: false,
            has_findings: false,
        }
    }

    /// Returns the role that the keywords are read in. In a `not`, an enum that may grow limits the
    /// values.
    fn position(&self) -> MessageRole {
        if self.context.inverted {
            MessageRole::Request
        } else {
            self.context.role
        }
    }

    /// Returns true if the message is proven to allow no less (or no more, if `is_narrowing` is
    /// false) than before.
    fn excludes(&mut self, prover: &mut Prover, is_narrowing: bool) -> bool {
        let place = (self.position(), self.context.is_text);
        // Below a `not`, a larger set makes the message smaller.
        if is_narrowing == self.context.inverted {
            *self
                .adds_nothing
                .get_or_insert_with(|| prover.proves(&self.new, &self.old, place))
        } else {
            *self
                .keeps_old
                .get_or_insert_with(|| prover.proves(&self.old, &self.new, place))
        }
    }

    /// Returns a value that the message no longer allows (or newly allows, if `is_narrowing` is
    /// false).
    fn example(&self, is_narrowing: bool) -> Option<serde_json::Value> {
        if is_narrowing == self.context.inverted {
            counterexample(&self.new, &self.old, self.position())
        } else {
            counterexample(&self.old, &self.new, self.position())
        }
    }
}
/// A comparison in progress. Pairs of schemas wait in a queue, so that long chains of references do
/// not overflow the stack. Each pair is compared once per role, so that recursive schemas end.
#[derive(Default)]
pub(super) struct Comparison<'d> {
    /// The table that findings belong to.
    pub(super) table: Option<&'static str>,
    queue: VecDeque<(Schema<'d>, Schema<'d>, CompareContext)>,
    compared: HashSet<(Compared, Rc<[usize]>)>,
    /// Pairs with `oneOf`, `anyOf` or `not`. Findings below them are checked against the whole
    /// pair.
    alternatives: Vec<SetPair<'d>>,
    numbers: HashMap<Compared, usize>,
    /// The pair that is being compared.
    current: Option<SetPair<'d>>,
    prover: Prover,
    operations: HashSet<(NodeId, NodeId, MessageRole)>,
    /// True if [`MAX_PAIRS`] was reached.
    is_cut: bool,
    /// Places where the old and the new component schema differ.
    places: Places<'d>,
    findings: BTreeSet<Finding>,
    reported: HashSet<(
        &'static str,
        String,
        Severity,
        Direction,
        Option<SourceLocation>,
        Option<SourceLocation>,
    )>,
}

impl<'d> Comparison<'d> {
    /// Returns true the first time that two operations are compared. A callback may contain itself.
    pub(super) fn is_first(&mut self, old: Node<'d>, new: Node<'d>, role: MessageRole) -> bool {
        self.operations.insert((old.id(), new.id(), role))
    }

    /// Adds two schemas to the queue.
    pub(super) fn schemas(&mut self, old: Schema<'d>, new: Schema<'d>, context: CompareContext) {
        if self.compared.len() >= MAX_PAIRS {
            self.is_cut = true;
        } else if self
            .compared
            .insert((compared(&old, &new, &context), context.alternatives.clone()))
        {
            self.queue.push_back((old, new, context));
        }
    }

    /// Compares all queued pairs.
    pub(super) fn drain(&mut self) {
        while let Some((old, new, context)) = self.queue.pop_front() {
            let at = (old.node(), new.node());
            self.current = Some(SetPair::new(&old, &new, &context, at));
            schema::compare(self, &old, &new, &context);
            self.current = None;
        }
    }

    /// Returns a context in which findings are checked against this pair.
    pub(super) fn enter_alternatives(
        &mut self,
        (old, new): (&Schema<'d>, &Schema<'d>),
        context: &CompareContext,
        at: NodePair<'d>,
    ) -> CompareContext {
        let key = compared(old, new, context);
        let next = self.alternatives.len();
        let number = *self.numbers.entry(key).or_insert(next);
        if number == next {
            self.alternatives.push(SetPair::new(old, new, context, at));
        }
        let mut enclosing: Vec<_> = context.alternatives.to_vec();
        enclosing.retain(|other| *other != number);
        enclosing.push(number);
        let skipped = enclosing.len().saturating_sub(MAX_ENCLOSING);
        CompareContext {
            alternatives: enclosing[skipped..].into(),
            ..context.clone()
        }
    }

    /// Returns true if the nodes are written with the same keywords.
    pub(super) fn is_same(&mut self, old: Node<'d>, new: Node<'d>) -> bool {
        self.prover.is_same(old, new)
    }

    /// Returns the part of a change that may affect a message; `None` if the enclosing pairs are
    /// proven to be unchanged.
    fn possible(&mut self, context: &CompareContext, change: Change) -> Option<Change> {
        let mut may = |is_narrowing: bool| {
            let current = self
                .current
                .as_mut()
                .filter(|pair| pair.context.inverted == context.inverted);
            if current.is_some_and(|pair| pair.excludes(&mut self.prover, is_narrowing)) {
                return false;
            }
            self.possible_above(context, is_narrowing)
        };
        match change {
            Change::Narrowed => may(true).then_some(change),
            Change::Widened => may(false).then_some(change),
            Change::Altered => match (may(true), may(false)) {
                (true, true) => Some(Change::Altered),
                (true, false) => Some(Change::Narrowed),
                (false, true) => Some(Change::Widened),
                (false, false) => None,
            },
        }
    }

    /// Returns false if an enclosing pair is proven to allow no less (or no more, if `is_narrowing`
    /// is false).
    fn possible_above(&mut self, context: &CompareContext, is_narrowing: bool) -> bool {
        let mut enclosing = context.alternatives.iter();
        !enclosing.any(|number| self.alternatives[*number].excludes(&mut self.prover, is_narrowing))
    }

    /// Reports pairs with alternatives that allow less or more, if no finding below them does.
    fn report_alternatives(&mut self) {
        for number in 0..self.alternatives.len() {
            for is_narrowing in [true, false] {
                let pair = &mut self.alternatives[number];
                let is_reported = if is_narrowing {
                    pair.reports_narrowing
                } else {
                    pair.reports_widening
                };
                if is_reported {
                    continue;
                }
                if pair.excludes(&mut self.prover, is_narrowing) {
                    continue;
                }
                let is_silent = !pair.has_findings;
                let (context, at, example) =
                    (pair.context.clone(), pair.at, pair.example(is_narrowing));
                if let Some(value) = example {
                    let (code, change, verb) = if is_narrowing {
                        ("alternatives-narrowed", Change::Narrowed, "no longer allow")
                    } else {
                        ("alternatives-widened", Change::Widened, "newly allow")
                    };
                    let message =
                        format!("the alternatives together {verb} `{}`", shortened(&value));
                    if self.possible_above(&context, is_narrowing) {
                        let judged = change.classify(context.role);
                        self.report(&context, judged, FindingBuilder::new(code, message), at);
                    }
                } else if is_silent
                    && (self.possible_above(&context, true) || self.possible_above(&context, false))
                {
                    let message =
                        "the alternatives changed; whether they allow less or more is unknown";
                    let finding = FindingBuilder::new("alternatives-changed", message);
                    self.report(&context, (Severity::Warning, Direction::Both), finding, at);
                }
            }
        }
    }

    /// Records two component schemas that are used in the same place.
    pub(super) fn same_place(&mut self, old: &Schema<'d>, new: &Schema<'d>) {
        let names = (old.alone(), new.alone());
        if names.0 != names.1
            && let (Some(was), Some(is)) = (old.node(), new.node())
        {
            self.places.entry(names).or_insert((was, is));
        }
    }

    /// Compares all queued pairs. Returns the findings and the places of component schemas.
    pub(super) fn finish(mut self, old: Node<'d>, new: Node<'d>) -> (Vec<Finding>, Places<'d>) {
        self.drain();
        self.report_alternatives();
        if self.is_cut {
            let context = CompareContext::new(MessageRole::Request, None, "schemas");
            let message = format!(
                "the schemas hold each other in more than {MAX_PAIRS} ways, and not all were compared"
            );
            let finding = FindingBuilder::new("comparison-cut", message);
            let judged = (Severity::Warning, Direction::Both);
            self.report(&context, judged, finding, (Some(old), Some(new)));
        }
        (self.findings.into_iter().collect(), self.places)
    }

    fn mark(&mut self, context: &CompareContext, narrows: bool, widens: bool) {
        for number in context.alternatives.iter() {
            let pair = &mut self.alternatives[*number];
            pair.reports_narrowing |= narrows;
            pair.reports_widening |= widens;
        }
    }

    /// Reports a change of the allowed values.
    pub(super) fn changed(
        &mut self,
        context: &CompareContext,
        change: Change,
        finding: FindingBuilder,
        at: NodePair<'d>,
    ) {
        let change = if context.inverted {
            change.inverted()
        } else {
            change
        };
        if let Some(change) = self.possible(context, change) {
            self.report(context, change.classify(context.role), finding, at);
        }
    }

    /// Reports a change of the allowed values with a given severity.
    pub(super) fn changed_as(
        &mut self,
        context: &CompareContext,
        change: Change,
        judged: (Severity, Direction),
        finding: FindingBuilder,
        at: NodePair<'d>,
    ) {
        if self.possible(context, change).is_some() {
            self.report(context, judged, finding, at);
        }
    }

    /// Reports a finding with a given severity.
    pub(super) fn report(
        &mut self,
        context: &CompareContext,
        (severity, direction): (Severity, Direction),
        finding: FindingBuilder,
        (old, new): NodePair<'d>,
    ) {
        if severity == Severity::Breaking {
            let (narrows, widens) = match (direction, context.role) {
                (Direction::Client, MessageRole::Request)
                | (Direction::Server, MessageRole::Response) => (true, false),
                (Direction::Client, MessageRole::Response)
                | (Direction::Server, MessageRole::Request) => (false, true),
                (Direction::Both | Direction::Neither, _) => (true, true),
            };
            self.mark(context, narrows, widens);
        } else if (severity, direction, context.role)
            == (Severity::Warning, Direction::Server, MessageRole::Request)
        {
            self.mark(context, false, true);
        }
        for number in context.alternatives.iter() {
            self.alternatives[*number].has_findings = true;
        }
        if finding.code == "enum-value-moved" {
            self.mark(context, true, true);
        }
        let operation = context.operation.as_deref().map(str::to_owned);
        let (old, new) = (old.map(SourceLocation::from), new.map(SourceLocation::from));
        // A pair is compared once for each enclosing choice; the first place is reported.
        let change = (
            finding.code,
            finding.message.clone(),
            severity,
            direction,
            old.clone(),
            new.clone(),
        );
        if !self.reported.insert(change) {
            return;
        }
        self.findings.insert(Finding {
            severity,
            direction,
            code: finding.code.to_owned(),
            semver: SemverLevel::of_finding(severity, direction),
            context: context.describe(),
            message: finding.message,
            explanation: explanation(severity, direction, context.role).to_owned(),
            old,
            new,
            items: Vec::new(),
            subject: Subject {
                operation,
                former: finding.former,
                path_steps: context.path_steps.steps(),
                value: finding.value,
                table: self.table.map(str::to_owned),
            },
        });
    }
}

fn compared(old: &Schema<'_>, new: &Schema<'_>, context: &CompareContext) -> Compared {
    (
        old.ids(),
        new.ids(),
        context.role,
        context.inverted,
        context.is_text,
    )
}

/// Returns a value as one line of JSON, truncated.
fn shortened(value: &serde_json::Value) -> String {
    const MAX_LENGTH: usize = 120;
    let text = value.to_string();
    match text.char_indices().nth(MAX_LENGTH) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}

/// Returns the consequence for the affected side.
fn explanation(severity: Severity, direction: Direction, role: MessageRole) -> &'static str {
    use Direction::{Both, Client, Neither, Server};
    use MessageRole::{Request, Response};
    use Severity::{Breaking, Info, Warning};
    match (direction, severity, role) {
        (Client, Breaking, Request) => {
            "A client that is out already is refused when it does what it was allowed to."
        }
        (Client, Breaking, Response) => {
            "A client that is out already is given what it was never told of."
        }
        (Client, Warning, Request) => {
            "A client that is out already is not served as before if it uses this."
        }
        (Client, Warning, Response) => {
            "A client that is out already may miss something, or meet something it does not know."
        }
        (Client, Info, _) => "A client that is out already goes on working.",
        (Server, Breaking, Request) => {
            "A server that is out already refuses a client that keeps to the new contract."
        }
        (Server, Breaking, Response) => {
            "A server that is out already answers what a client of the new contract does not take."
        }
        (Server, Warning, _) => {
            "A client that uses what is new fails at a server that is out already."
        }
        (Server, Info, _) => {
            "Only new: a server that is out already does not know it, and nobody has to use it."
        }
        (Both, Breaking, _) => "Neither side understands the other until both are renewed.",
        (Both, Warning, _) => "Whether anybody fails depends on what they do; look at both sides.",
        (Both | Neither, Info, _) => "To know; nobody fails by it.",
        (Neither, _, _) => "The wire is the same; the code that is generated is not.",
    }
}
