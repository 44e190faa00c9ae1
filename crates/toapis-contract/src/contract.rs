//! The compiled contract.

use std::{
    collections::HashMap,
    path::Path,
    sync::{Arc, OnceLock},
};

use serde_json::Value;
use toapis_openapi::{pointer, reference};

use crate::{
    error::LoadError,
    model::{Model, Models},
    operation::{self, Operation},
    parse,
    router::Route,
    schema::Schemas,
    source_map::SourceMap,
    violation::{LazyLocation, MessagePart, Violation, ViolationKind},
};

/// The embedded openapi.yaml; it is parsed for line numbers only.
const YAML: &str = include_str!("../contract/openapi.yaml");

/// The same document as JSON, which is faster to parse.
const JSON: &str = include_str!("../contract/openapi.json");

/// An OpenAPI 3.0 document that validates requests and responses.
///
/// It is immutable once compiled, so threads can share it.
#[derive(Debug)]
pub struct Contract {
    document: Arc<Value>,
    source_map: Arc<SourceMap>,
    schemas: Schemas,
    routes: Vec<Route>,
    operations: Vec<Arc<Operation>>,
    by_id: HashMap<String, usize>,
    models: Models,
}

impl Contract {
    /// Returns the embedded contract of this release. The first call parses it; schemas are
    /// compiled on first use.
    ///
    /// ```
    /// let contract = toapis_contract::Contract::embedded();
    /// assert_eq!(contract.operations().count(), 7);
    /// ```
    ///
    /// # Panics
    ///
    /// Never in a release: a test parses the embedded contract and compiles all of it.
    #[must_use]
    pub fn embedded() -> &'static Self {
        static EMBEDDED: OnceLock<Contract> = OnceLock::new();
        EMBEDDED.get_or_init(|| {
            serde_json::from_str(JSON)
                .map_err(|error| LoadError::new(error.to_string()))
                .and_then(|document| Self::compile(document, SourceMap::new(YAML)))
                .unwrap_or_else(|error| panic!("the embedded contract is invalid: {error}"))
        })
    }

    /// Loads a contract from a YAML or JSON file.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or [`parse`](Self::parse) fails.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, LoadError> {
        let path = path.as_ref();
        std::fs::read_to_string(path)
            .map_err(|error| LoadError::new(format!("cannot read the file: {error}")))
            .and_then(|text| Self::parse(&text))
            .map_err(|error| error.in_file(path))
    }

    /// Parses a contract: JSON if the text begins with a brace, else YAML.
    ///
    /// # Errors
    ///
    /// A syntax error, a duplicate key, a version other than OpenAPI 3.0, a `$ref` that does not
    /// resolve, a schema that does not compile, or an operation without an id or without responses.
    /// The error has the location.
    pub fn parse(text: &str) -> Result<Self, LoadError> {
        let source_map = SourceMap::new(text.to_owned());
        let document = parse::parse(text).map_err(|error| locate(error, &source_map))?;
        let contract = Self::compile(document, source_map)?;
        contract
            .schemas
            .compile_all()
            .map_err(|error| locate(error, &contract.source_map))?;
        Ok(contract)
    }

    fn compile(document: Value, source_map: SourceMap) -> Result<Self, LoadError> {
        let source_map = Arc::new(source_map);
        Self::build(Arc::new(document), Arc::clone(&source_map))
            .map_err(|error| locate(error, &source_map))
    }

    fn build(document: Arc<Value>, source_map: Arc<SourceMap>) -> Result<Self, LoadError> {
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
                        format!("two operations have the id `{}`", operation.id),
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
            source_map,
            schemas,
            routes,
            operations,
            by_id,
            models,
        })
    }

    /// Returns the whole document.
    #[must_use]
    pub fn document(&self) -> &Value {
        &self.document
    }

    /// Resolves a JSON pointer, with or without `#`, and every `$ref` on its way.
    ///
    /// ```
    /// # let contract = toapis_contract::Contract::embedded();
    /// let schema = "#/components/schemas/Gemini25FlashImageRequest";
    /// let prompt = contract.resolve(&format!("{schema}/properties/prompt")).unwrap();
    /// assert_eq!(prompt["maxLength"], 1000);
    /// ```
    #[must_use]
    pub fn resolve(&self, pointer: &str) -> Option<&Value> {
        let pointer = pointer.strip_prefix('#').unwrap_or(pointer);
        reference::follow(&self.document, pointer)
            .ok()
            .map(|(_, value)| value)
    }

    /// Resolves a JSON pointer, with or without `#`, and every `$ref` on its way.
    ///
    /// Returns the value and its own pointer, with `#`.
    #[must_use]
    pub fn resolve_pointer(&self, pointer: &str) -> Option<(String, &Value)> {
        let pointer = pointer.strip_prefix('#').unwrap_or(pointer);
        let (at, value) = reference::follow(&self.document, pointer).ok()?;
        Some((format!("#{at}"), value))
    }

    /// Returns the line of a JSON pointer in openapi.yaml (from 1), or of its nearest ancestor.
    #[must_use]
    pub fn line(&self, pointer: &str) -> Option<u64> {
        self.source_map
            .line(pointer.strip_prefix('#').unwrap_or(pointer))
    }

    /// Returns the operations of the service, without callbacks.
    pub fn operations(&self) -> impl Iterator<Item = &Operation> {
        self.operations
            .iter()
            .map(AsRef::as_ref)
            .filter(|operation| operation.callback_of.is_none())
    }

    /// Returns the callbacks: requests that the service sends.
    pub fn callbacks(&self) -> impl Iterator<Item = &Operation> {
        self.operations
            .iter()
            .map(AsRef::as_ref)
            .filter(|operation| operation.callback_of.is_some())
    }

    /// Returns an operation or a callback by its `operationId`.
    #[must_use]
    pub fn operation(&self, id: &str) -> Option<&Operation> {
        self.operation_arc(id).map(AsRef::as_ref)
    }

    /// Returns a model of `x-models` by its name or by an alias.
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

    /// Returns the models of `x-models`.
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

    pub(crate) fn source_map(&self) -> &Arc<SourceMap> {
        &self.source_map
    }

    pub(crate) fn unknown_operation(&self, id: &str) -> Violation {
        Violation::new(
            &self.source_map,
            ViolationKind::Path,
            LazyLocation::new(MessagePart::Path, ""),
            "/paths",
        )
        .with_keyword("operation")
        .with_message("the contract has no operation with this id")
        .with_actual(id)
    }
}

/// Adds the line of the pointer of `error`.
fn locate(error: LoadError, source_map: &SourceMap) -> LoadError {
    let line = error
        .pointer()
        .and_then(|pointer| source_map.line(pointer.trim_start_matches('#')));
    error.on_line(line)
}
