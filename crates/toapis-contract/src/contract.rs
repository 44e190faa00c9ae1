//! The contract, compiled once and asked often.

use std::{
    collections::HashMap,
    path::Path,
    sync::{Arc, OnceLock},
};

use serde_json::Value;

use crate::{
    error::LoadError,
    lines::Lines,
    load,
    model::{Model, Models},
    operation::{self, Operation},
    paths::Route,
    pointer,
    schema::Schemas,
    violation::{Kind, Part, Place, Violation},
};

/// The copy of openapi.yaml that is compiled in; it is read for line numbers only.
const YAML: &str = include_str!("../contract/openapi.yaml");

/// The same as JSON, which is read faster.
const JSON: &str = include_str!("../contract/openapi.json");

/// An OpenAPI 3.0 document that judges requests and answers.
///
/// It is compiled when it is loaded and only read afterwards, so one contract serves any number of threads.
#[derive(Debug)]
pub struct Contract {
    document: Arc<Value>,
    lines: Arc<Lines>,
    schemas: Schemas,
    routes: Vec<Route>,
    operations: Vec<Arc<Operation>>,
    by_id: HashMap<String, usize>,
    models: Models,
}

impl Contract {
    /// The contract of this release, which is compiled in. The first call reads it; schemas are compiled at their first use.
    ///
    /// ```
    /// let contract = toapis_contract::Contract::embedded();
    /// assert_eq!(contract.operations().count(), 7);
    /// ```
    ///
    /// # Panics
    ///
    /// Never in a release: a test of this crate loads the copy and compiles all of it.
    #[must_use]
    pub fn embedded() -> &'static Self {
        static EMBEDDED: OnceLock<Contract> = OnceLock::new();
        EMBEDDED.get_or_init(|| {
            serde_json::from_str(JSON)
                .map_err(|error| LoadError::new(error.to_string()))
                .and_then(|document| Self::compile(document, Lines::new(YAML)))
                .unwrap_or_else(|error| panic!("the contract inside this crate is broken: {error}"))
        })
    }

    /// Loads a contract from a file, YAML or JSON.
    ///
    /// # Errors
    ///
    /// What [`parse`](Self::parse) refuses, and a file that cannot be read.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, LoadError> {
        let path = path.as_ref();
        std::fs::read_to_string(path)
            .map_err(|error| LoadError::new(format!("the file cannot be read: {error}")))
            .and_then(|text| Self::parse(&text))
            .map_err(|error| error.in_file(path))
    }

    /// Reads a contract from its text: JSON if it begins with a brace, else YAML.
    ///
    /// # Errors
    ///
    /// Text that is neither; a key that stands twice; another version than OpenAPI 3.0; a `$ref` that leaves the document, leads
    /// nowhere or comes back to itself; a schema that cannot be compiled; an operation without an id or without answers. Each
    /// error says where.
    pub fn parse(text: &str) -> Result<Self, LoadError> {
        let lines = Lines::new(text.to_owned());
        let document = load::read(text).map_err(|error| locate(error, &lines))?;
        let contract = Self::compile(document, lines)?;
        contract
            .schemas
            .compile_all()
            .map_err(|error| locate(error, &contract.lines))?;
        Ok(contract)
    }

    fn compile(document: Value, lines: Lines) -> Result<Self, LoadError> {
        let lines = Arc::new(lines);
        Self::build(Arc::new(document), Arc::clone(&lines)).map_err(|error| locate(error, &lines))
    }

    fn build(document: Arc<Value>, lines: Arc<Lines>) -> Result<Self, LoadError> {
        let mut schemas = Schemas::new(&document)?;
        let mut routes = Vec::new();
        let mut operations: Vec<Arc<Operation>> = Vec::new();
        let mut by_id = HashMap::new();
        for path in document
            .get("paths")
            .and_then(Value::as_object)
            .into_iter()
            .flat_map(|all| all.keys())
        {
            let item = pointer::join("/paths", path);
            let mut route = Route::new(path, item.clone());
            for operation in operation::compile_path(&document, &mut schemas, path, &item, None)? {
                let place = operations.len();
                if operation.callback_of.is_none() {
                    route.operations.push(place);
                }
                if by_id.insert(operation.id.clone(), place).is_some() {
                    return Err(LoadError::at(
                        &operation.pointer,
                        format!("two operations are called `{}`", operation.id),
                    ));
                }
                operations.push(Arc::new(operation));
            }
            routes.push(route);
        }
        routes.sort_by_key(|route| std::cmp::Reverse(route.literals()));
        let models = Models::compile(&document)?;
        Ok(Self {
            document,
            lines,
            schemas,
            routes,
            operations,
            by_id,
            models,
        })
    }

    /// The whole document, for what this crate gives no function for.
    #[must_use]
    pub fn document(&self) -> &Value {
        &self.document
    }

    /// A value of the document by its JSON pointer, with or without `#`, after all `$ref`.
    ///
    /// ```
    /// # let contract = toapis_contract::Contract::embedded();
    /// let prompt = contract.resolve("#/components/schemas/Gemini25FlashImageRequest/properties/prompt").unwrap();
    /// assert_eq!(prompt["maxLength"], 1000);
    /// ```
    #[must_use]
    pub fn resolve(&self, pointer: &str) -> Option<&Value> {
        let pointer = pointer.strip_prefix('#').unwrap_or(pointer);
        pointer::follow(&self.document, pointer)
            .ok()
            .map(|(_, value)| value)
    }

    /// The line of openapi.yaml (from 1) on which a JSON pointer, or its nearest ancestor, stands.
    #[must_use]
    pub fn line(&self, pointer: &str) -> Option<u64> {
        self.lines
            .line(pointer.strip_prefix('#').unwrap_or(pointer))
    }

    /// The operations of the service; callbacks are not among them.
    pub fn operations(&self) -> impl Iterator<Item = &Operation> {
        self.operations
            .iter()
            .map(AsRef::as_ref)
            .filter(|operation| operation.callback_of.is_none())
    }

    /// The requests that the service sends itself.
    pub fn callbacks(&self) -> impl Iterator<Item = &Operation> {
        self.operations
            .iter()
            .map(AsRef::as_ref)
            .filter(|operation| operation.callback_of.is_some())
    }

    /// An operation or a callback by its `operationId`.
    #[must_use]
    pub fn operation(&self, id: &str) -> Option<&Operation> {
        self.operation_arc(id).map(AsRef::as_ref)
    }

    /// A model of `x-models`, by its name or by an alias.
    ///
    /// ```
    /// # let contract = toapis_contract::Contract::embedded();
    /// assert_eq!(contract.model("nano-banana").unwrap().name(), "gemini-2.5-flash-image-preview");
    /// assert!(contract.model("a-model-of-next-year").is_none());
    /// ```
    #[must_use]
    pub fn model(&self, name: &str) -> Option<&Model> {
        self.models.get(name).map(AsRef::as_ref)
    }

    /// Every model of `x-models`, once each.
    pub fn models(&self) -> impl Iterator<Item = &Model> {
        self.models.iter()
    }

    pub(crate) fn operation_arc(&self, id: &str) -> Option<&Arc<Operation>> {
        self.by_id.get(id).map(|place| &self.operations[*place])
    }

    pub(crate) fn operation_at(&self, place: usize) -> &Arc<Operation> {
        &self.operations[place]
    }

    pub(crate) fn routes(&self) -> &[Route] {
        &self.routes
    }

    pub(crate) fn schemas(&self) -> &Schemas {
        &self.schemas
    }

    pub(crate) fn lines(&self) -> &Arc<Lines> {
        &self.lines
    }

    pub(crate) fn unknown_operation(&self, id: &str) -> Violation {
        Violation::new(
            &self.lines,
            Kind::Path,
            Place::new(Part::Path, ""),
            "/paths",
        )
        .rule_is("operation")
        .says("the contract has no operation of this id")
        .got_text(id)
    }
}

/// Adds the line of the place that `error` names.
fn locate(error: LoadError, lines: &Lines) -> LoadError {
    let line = error
        .pointer()
        .and_then(|pointer| lines.line(pointer.trim_start_matches('#')));
    error.on_line(line)
}
