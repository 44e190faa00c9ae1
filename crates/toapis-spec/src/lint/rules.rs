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
        note: "an enum of an answer that may not grow fails the whole answer on its first new value",
        help: "mark it `x-extensible-enum: true`",
        check: responses::enums_are_open,
    },
    LintRule {
        code: "A102",
        note: "a length, pattern or format fails the whole answer for one odd string",
        help: "take it off, and say it in the description",
        check: responses::strings_are_free,
    },
    LintRule {
        code: "A103",
        note: "a closed object fails the whole answer on its first new field",
        help: "take `additionalProperties: false` off",
        check: responses::objects_are_open,
    },
    LintRule {
        code: "A104",
        note: "the generator knows one type for all successes, and panics on two",
        help: "give every 2xx the same schema, and no `default` of another type",
        check: responses::successes_are_one_type,
    },
    LintRule {
        code: "D101",
        note: "the generator reads 3.0 alone, and 3.0.3 is what all judges of this contract read",
        help: "say `openapi: 3.0.3`, and write what 3.1 has otherwise",
        check: document::version,
    },
    LintRule {
        code: "D102",
        note: "a misspelt keyword means nothing, in silence",
        help: "spell it as OpenAPI 3.0 does, or begin it with `x-`",
        check: document::keywords,
    },
    LintRule {
        code: "D103",
        note: "functions and types are called by these names in Rust",
        help: "operations in camelCase, schemas in PascalCase, each different from all others in snake_case too",
        check: document::names,
    },
    LintRule {
        code: "D104",
        note: "whoever repeats a call must know whether it may be paid twice, and a limiter which bucket it empties",
        help: "say `x-safe-to-repeat` on every operation, and in `x-rate-limit` only a bucket that `x-rate-limits` has",
        check: document::facts_of_operations,
    },
    LintRule {
        code: "D105",
        note: "a fact without a known source cannot be weighed against another",
        help: "use one of the sources that the contract's description lists",
        check: document::sources,
    },
    LintRule {
        code: "D106",
        note: "a schema that nothing refers to is checked by nothing",
        help: "remove it, or refer to it",
        check: document::unused_schemas,
    },
    LintRule {
        code: "D107",
        note: "a path without its parameter, or a parameter without its path, is called by nobody",
        help: "declare exactly the parameters that stand in the path, each `required: true`",
        check: document::path_parameters,
    },
    LintRule {
        code: "E101",
        note: "an example that its schema refuses misleads every reader, and every tool that sends it",
        help: "mend the example, or the schema",
        check: examples::fit,
    },
    LintRule {
        code: "E102",
        note: "examples are what a mock answers, what the suite sends, and what a reader looks at first",
        help: "add `example`, or `examples` to a body",
        check: examples::exist,
    },
    LintRule {
        code: "G101",
        note: "tools are known to crash on equal bounds",
        help: "write a fixed number as `enum: [1]`",
        check: generator::equal_bounds,
    },
    LintRule {
        code: "G102",
        note: "the generator always sends the default of an optional field, and drops that of a required one",
        help: "say `x-default`, and the default in the description",
        check: generator::defaults,
    },
    LintRule {
        code: "G103",
        note: "two values that differ by case alone become one name, and the generator panics",
        help: "keep one, and say `x-ignore-case: true`",
        check: generator::values_by_case,
    },
    LintRule {
        code: "G104",
        note: "the generator compiles a choice of an enum and a string, and it fails at run time",
        help: "use `oneOf` of named schemas that no value fits twice",
        check: generator::any_of_scalars,
    },
    LintRule {
        code: "G105",
        note: "the generator ignores it, and other generators lose the aliases and the last branch by it",
        help: "take it off: `model` is an enum in each branch",
        check: generator::discriminators,
    },
    LintRule {
        code: "G106",
        note: "the generator panics on two media types, and knows no cookies",
        help: "one media type a request, and no parameter in a cookie",
        check: generator::bodies_and_cookies,
    },
    LintRule {
        code: "G108",
        note: "the client, the SDK and the judge look for operations by the methods that have a name in Rust, and would pass over it",
        help: "write the path where it belongs, and leave operations of the method `trace` out: clients have no use for them",
        check: generator::paths,
    },
    LintRule {
        code: "G109",
        note: "a client has one host and one key, and would send both with this operation, whatever it says",
        help: "leave `servers` to the document, and let a bearer of a key in, with `security` or without",
        check: generator::hosts_and_keys,
    },
    LintRule {
        code: "G110",
        note: "the generator writes every parameter of a place in one way, in silence, or writes what does not compile",
        help: "a scalar in `simple` style in a path or a header, `form` with `explode` in the query, and no header that `security` and media types tell",
        check: generator::spelling,
    },
    LintRule {
        code: "M101",
        note: "a model must choose one branch of its request, or no judge can tell which rules hold",
        help: "list each name and alias in the enum of one branch, and all of them in the `not` of the last",
        check: models::branches_are_disjoint,
    },
    LintRule {
        code: "M102",
        note: "a model that is allowed but has no row has no rules in the SDK, and the reverse is never sent",
        help: "give each name in a branch a row in x-models, by name or alias",
        check: models::rows_and_branches_agree,
    },
    LintRule {
        code: "M103",
        note: "a state without `final` is polled for ever, or not at all",
        help: "say `final` for each value of TaskStatus in `x-states`, and for no other",
        check: models::states,
    },
    LintRule {
        code: "M104",
        note: "the same code with two meanings leaves it to chance which one an error gets",
        help: "one row for each status and code in x-errors",
        check: models::errors_are_unique,
    },
    LintRule {
        code: "M105",
        note: "a size has its Rust name and its pixels from its row, and none without",
        help: "add a row to x-sizes, with its Rust name and its pixels",
        check: models::sizes_have_rows,
    },
    LintRule {
        code: "G107",
        note: "no code can be written from it: `cargo xtask codegen` refuses it with these words",
        help: "do as the message says; where it names a file of xtask, that file can be taught",
        check: generator::can_be_generated,
    },
];

/// The rules whose violation does not prevent the generation of code.
const NON_BLOCKING: [&str; 7] = ["A101", "A102", "A103", "D105", "D106", "E101", "E102"];

/// Returns true if code is unlikely to be generated before the finding is fixed.
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
