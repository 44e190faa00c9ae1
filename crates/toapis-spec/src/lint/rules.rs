//! The list of rules.

use super::context::{Context, Found};
use super::finding::{LintFinding, LintReport};
use super::{document, examples, generator, models, responses};
use crate::CodeGenerator;
use crate::contract::Contract;
use toapis_openapi::Document;

/// A rule.
pub struct LintRule {
    /// The code: a letter for the subject, and a number.
    pub code: &'static str,
    /// Why it matters.
    pub note: &'static str,
    /// How to fix a violation.
    pub help: &'static str,
    pub(super) check: fn(&Context<'_>) -> Found,
}

/// All rules. The last one runs the generator.
pub const RULES: &[LintRule] = &[
    LintRule {
        code: "A101",
        note: "the first new value of a closed enum makes a client reject the whole response",
        help: "mark it `x-extensible-enum: true`",
        check: responses::enums_are_open,
    },
    LintRule {
        code: "A102",
        note: "one unexpected string makes a client reject the whole response",
        help: "remove it, and document it in the description",
        check: responses::strings_are_free,
    },
    LintRule {
        code: "A103",
        note: "the first new field makes a client reject the whole response",
        help: "remove `additionalProperties: false`",
        check: responses::objects_are_open,
    },
    LintRule {
        code: "A104",
        note: "the generator supports one type for all successes, and panics on two",
        help: "give all 2xx responses the same schema, and `default` no other",
        check: responses::successes_are_one_type,
    },
    LintRule {
        code: "D101",
        note: "the generator and all validators of this contract read OpenAPI 3.0.3",
        help: "set `openapi: 3.0.3`, and use the keywords of 3.0",
        check: document::version,
    },
    LintRule {
        code: "D102",
        note: "an unknown keyword is ignored silently",
        help: "correct the spelling, or start it with `x-`",
        check: document::keywords,
    },
    LintRule {
        code: "D103",
        note: "Rust functions and types are named after it",
        help: "use camelCase for operations and PascalCase for schemas, each unique in snake_case",
        check: document::names,
    },
    LintRule {
        code: "D104",
        note: "clients must know whether a retry may be paid twice, and which rate limit applies",
        help: "set `x-safe-to-repeat` on each operation, and use a bucket of `x-rate-limits` in `x-rate-limit`",
        check: document::facts_of_operations,
    },
    LintRule {
        code: "D105",
        note: "facts are weighed by their source",
        help: "use one of the sources that the contract's description lists",
        check: document::sources,
    },
    LintRule {
        code: "D106",
        note: "an unused schema is never checked",
        help: "remove it, or use it",
        check: document::unused_schemas,
    },
    LintRule {
        code: "D107",
        note: "the path cannot be called",
        help: "declare exactly the parameters of the path, each `required: true`",
        check: document::path_parameters,
    },
    LintRule {
        code: "E101",
        note: "an invalid example misleads readers and tools",
        help: "correct the example or the schema",
        check: examples::fit,
    },
    LintRule {
        code: "E102",
        note: "mocks and the conformance suite use examples",
        help: "add `example`, or `examples` for a body",
        check: examples::exist,
    },
    LintRule {
        code: "G101",
        note: "some tools crash on equal bounds",
        help: "write a fixed number as `enum: [1]`",
        check: generator::equal_bounds,
    },
    LintRule {
        code: "G102",
        note: "the generator always sends the default of an optional field, and ignores that of a required one",
        help: "use `x-default`, and document the default in the description",
        check: generator::defaults,
    },
    LintRule {
        code: "G103",
        note: "values that differ by case only get the same name, and the generator panics",
        help: "keep one, and set `x-ignore-case: true`",
        check: generator::values_by_case,
    },
    LintRule {
        code: "G104",
        note: "the generated code for a choice of an enum and a string fails at run time",
        help: "use `oneOf` with disjoint named schemas",
        check: generator::any_of_scalars,
    },
    LintRule {
        code: "G105",
        note: "the generator ignores it, and other generators lose aliases and the last branch",
        help: "remove it: `model` is an enum in each branch",
        check: generator::discriminators,
    },
    LintRule {
        code: "G106",
        note: "the generator panics on two media types, and does not support cookies",
        help: "use one media type per request, and no parameters in cookies",
        check: generator::bodies_and_cookies,
    },
    LintRule {
        code: "G108",
        note: "the client, the SDK and the validator ignore methods that have no function in Rust",
        help: "move the path to `paths`, and remove operations of the method `trace`",
        check: generator::paths,
    },
    LintRule {
        code: "G109",
        note: "a client has one server and one API key, and uses both for all operations",
        help: "set `servers` for the whole document only, and accept a bearer API key",
        check: generator::hosts_and_keys,
    },
    LintRule {
        code: "G110",
        note: "the generator ignores other styles, or generates code that does not compile",
        help: "use a scalar with style `simple` in a path or a header, `form` with `explode` in the query, and no header that `security` or media types define",
        check: generator::spelling,
    },
    LintRule {
        code: "M101",
        note: "the model must select one branch, which has its rules",
        help: "list each name and alias in the enum of one branch, and all of them in the `not` of the last",
        check: models::branches_are_disjoint,
    },
    LintRule {
        code: "M102",
        note: "the SDK has no rules for a model without a row, and never sends a model without a branch",
        help: "give each name in a branch a row in x-models, by name or alias",
        check: models::rows_and_branches_agree,
    },
    LintRule {
        code: "M103",
        note: "polling ends with a final status",
        help: "give each value of TaskStatus, and no other, a `final` in `x-states`",
        check: models::states,
    },
    LintRule {
        code: "M104",
        note: "the meaning of the error is ambiguous",
        help: "keep one row for each status and code in `x-errors`",
        check: models::errors_are_unique,
    },
    LintRule {
        code: "M105",
        note: "the row defines the Rust name and the dimensions of the size",
        help: "add a row to `x-sizes` with the Rust name and the dimensions",
        check: models::sizes_have_rows,
    },
    LintRule {
        code: "G107",
        note: "no code can be generated: `cargo xtask codegen` fails with this message",
        help: "follow the message; if it names a file of the generator, extend that file",
        check: generator::can_be_generated,
    },
];

/// The rules whose violation does not prevent the generation of code.
const NON_BLOCKING: [&str; 7] = ["A101", "A102", "A103", "D105", "D106", "E101", "E102"];

/// Returns true if code is unlikely to be generated before the finding is fixed.
#[must_use]
pub fn blocks_codegen(finding: &LintFinding) -> bool {
    !NON_BLOCKING.contains(&finding.code)
}

/// Checks a document against all rules.
#[must_use]
pub fn lint(document: &Document, generator: &dyn CodeGenerator) -> LintReport {
    let contract = Contract::new(document);
    let context = Context::new(&contract, document.version(), generator);
    let mut findings = Vec::new();
    for rule in RULES {
        // Other rules describe the generator's problems better.
        if rule.code == "G107" && findings.iter().any(blocks_codegen) {
            continue;
        }
        for (pointer, message) in (rule.check)(&context) {
            let place = document.nearest(&pointer).location();
            findings.push(LintFinding {
                code: rule.code,
                file: document.name().to_owned(),
                line: place.line,
                column: place.column,
                pointer,
                message,
                note: rule.note,
                help: rule.help,
            });
        }
    }
    findings.sort_by(|a, b| {
        (a.line, a.column, a.code, &a.message).cmp(&(b.line, b.column, b.code, &b.message))
    });
    LintReport {
        file: document.name().to_owned(),
        overlays: document.overlays().to_vec(),
        rules: RULES.len(),
        findings,
    }
}
