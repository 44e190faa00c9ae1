//! The state of a comparison: the queue of pairs to compare, and the findings.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::rc::Rc;

use super::context::{Change, CompareContext, MessageRole, NodePair, Places};
use super::explanation::explanation;
use super::finding::{Direction, Finding, Severity, SourceLocation};
use super::resolved_schema::Schema;
use super::semver::SemverLevel;
use super::set_pair::SetPair;
use super::sets::Prover;
use super::subject::Subject;
use toapis_openapi::{Node, NodeId};

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

/// The maximum number of pairs of schemas that are compared. Documents of 100,000 lines have about
/// ten thousand; only `allOf` in recursive schemas leads to more.
const MAX_PAIRS: usize = 500_000;

/// The number of enclosing pairs with alternatives that distinguish comparisons of the same pair.
const MAX_ENCLOSING: usize = 3;

/// Identifies a comparison: the schemas, the role, and the flags of the context.
type Compared = (Vec<NodeId>, Vec<NodeId>, MessageRole, bool, bool);

/// A comparison in progress. Pairs of schemas wait in a queue, so that long chains of references do
/// not overflow the stack. Each pair is compared once per role, so that recursive schemas end.
pub(super) struct Comparison<'d> {
    compare: CompareSchemas,
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
    reported: HashSet<Reported>,
}

/// Identifies a reported change: its code, message, severity, direction and places.
type Reported = (
    &'static str,
    String,
    Severity,
    Direction,
    Option<SourceLocation>,
    Option<SourceLocation>,
);

/// Compares two schemas, and queues their subschemas.
type CompareSchemas = for<'d> fn(&mut Comparison<'d>, &Schema<'d>, &Schema<'d>, &CompareContext);

impl<'d> Comparison<'d> {
    /// Creates an empty comparison. `compare` is called for each pair of schemas in the queue.
    pub(super) fn new(compare: CompareSchemas) -> Self {
        Self {
            compare,
            table: None,
            queue: VecDeque::new(),
            compared: HashSet::new(),
            alternatives: Vec::new(),
            numbers: HashMap::new(),
            current: None,
            prover: Prover::default(),
            operations: HashSet::new(),
            is_cut: false,
            places: Places::new(),
            findings: BTreeSet::new(),
            reported: HashSet::new(),
        }
    }

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
            (self.compare)(self, &old, &new, &context);
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
            let message =
                format!("more than {MAX_PAIRS} pairs of schemas; the rest was not compared");
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
