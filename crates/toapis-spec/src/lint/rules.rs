//! The rules, and holding a contract to them.

use super::context::{Context, Found};
use super::finding::{Finding, Report};
use super::{answers, document, examples, generator, models};
use crate::CodeGenerator;
use crate::contract::Contract;
use toapis_openapi::Document;

/// A rule.
pub struct Rule {
    /// Its code: a letter for what it is about, and a number.
    pub code: &'static str,
    /// Why it matters.
    pub reason: &'static str,
    /// What to do about a breach.
    pub mend: &'static str,
    pub(super) check: fn(&Context<'_>) -> Found,
}

/// All rules. The last asks the generator itself.
pub const RULES: &[Rule] = &[
    Rule {
        code: "A101",
        reason: "an enum of an answer that may not grow fails the whole answer on its first new value",
        mend: "mark it `x-extensible-enum: true`",
        check: answers::enums_are_open,
    },
    Rule {
        code: "A102",
        reason: "a length, pattern or format fails the whole answer for one odd string",
        mend: "take it off, and say it in the description",
        check: answers::strings_are_free,
    },
    Rule {
        code: "A103",
        reason: "a closed object fails the whole answer on its first new field",
        mend: "take `additionalProperties: false` off",
        check: answers::objects_are_open,
    },
    Rule {
        code: "A104",
        reason: "the generator knows one type for all successes, and panics on two",
        mend: "give every 2xx the same schema, and no `default` of another type",
        check: answers::successes_are_one_type,
    },
    Rule {
        code: "D101",
        reason: "the generator reads 3.0 alone, and 3.0.3 is what all judges of this contract read",
        mend: "say `openapi: 3.0.3`, and write what 3.1 has otherwise",
        check: document::version,
    },
    Rule {
        code: "D102",
        reason: "a misspelt keyword means nothing, in silence",
        mend: "spell it as OpenAPI 3.0 does, or begin it with `x-`",
        check: document::keywords,
    },
    Rule {
        code: "D103",
        reason: "functions and types are called by these names in Rust",
        mend: "operations in camelCase, schemas in PascalCase, each different from all others in snake_case too",
        check: document::names,
    },
    Rule {
        code: "D104",
        reason: "whoever repeats a call must know whether it may be paid twice, and a limiter which bucket it empties",
        mend: "say `x-safe-to-repeat` on every operation, and in `x-rate-limit` only a bucket that `x-rate-limits` has",
        check: document::facts_of_operations,
    },
    Rule {
        code: "D105",
        reason: "a fact without a known source cannot be weighed against another",
        mend: "use one of the sources that the contract's description lists",
        check: document::sources,
    },
    Rule {
        code: "D106",
        reason: "a schema that nothing refers to is checked by nothing",
        mend: "remove it, or refer to it",
        check: document::unused_schemas,
    },
    Rule {
        code: "D107",
        reason: "a path without its parameter, or a parameter without its path, is called by nobody",
        mend: "declare exactly the parameters that stand in the path, each `required: true`",
        check: document::path_parameters,
    },
    Rule {
        code: "E101",
        reason: "an example that its schema refuses misleads every reader, and every tool that sends it",
        mend: "mend the example, or the schema",
        check: examples::fit,
    },
    Rule {
        code: "E102",
        reason: "examples are what a mock answers, what the suite sends, and what a reader looks at first",
        mend: "add `example`, or `examples` to a body",
        check: examples::exist,
    },
    Rule {
        code: "G101",
        reason: "tools are known to crash on equal bounds",
        mend: "write a fixed number as `enum: [1]`",
        check: generator::equal_bounds,
    },
    Rule {
        code: "G102",
        reason: "the generator always sends the default of an optional field, and drops that of a required one",
        mend: "say `x-default`, and the default in the description",
        check: generator::defaults,
    },
    Rule {
        code: "G103",
        reason: "two values that differ by case alone become one name, and the generator panics",
        mend: "keep one, and say `x-ignore-case: true`",
        check: generator::values_by_case,
    },
    Rule {
        code: "G104",
        reason: "the generator compiles a choice of an enum and a string, and it fails at run time",
        mend: "use `oneOf` of named schemas that no value fits twice",
        check: generator::any_of_scalars,
    },
    Rule {
        code: "G105",
        reason: "the generator ignores it, and other generators lose the aliases and the last branch by it",
        mend: "take it off: `model` is an enum in each branch",
        check: generator::discriminators,
    },
    Rule {
        code: "G106",
        reason: "the generator panics on two media types, and knows no cookies",
        mend: "one media type a request, and no parameter in a cookie",
        check: generator::bodies_and_cookies,
    },
    Rule {
        code: "G108",
        reason: "the client, the SDK and the judge look for operations by the methods that have a name in Rust, and would pass over it",
        mend: "write the path where it belongs, and leave operations of the method `trace` out: clients have no use for them",
        check: generator::paths,
    },
    Rule {
        code: "G109",
        reason: "a client has one host and one key, and would send both with this operation, whatever it says",
        mend: "leave `servers` to the document, and let a bearer of a key in, with `security` or without",
        check: generator::hosts_and_keys,
    },
    Rule {
        code: "G110",
        reason: "the generator writes every parameter of a place in one way, in silence, or writes what does not compile",
        mend: "a scalar in `simple` style in a path or a header, `form` with `explode` in the query, and no header that `security` and media types tell",
        check: generator::spelling,
    },
    Rule {
        code: "M101",
        reason: "a model must choose one branch of its request, or no judge can tell which rules hold",
        mend: "list each name and alias in the enum of one branch, and all of them in the `not` of the last",
        check: models::branches_are_disjoint,
    },
    Rule {
        code: "M102",
        reason: "a model that is allowed but has no row has no rules in the SDK, and the reverse is never sent",
        mend: "give each name in a branch a row in x-models, by name or alias",
        check: models::rows_and_branches_agree,
    },
    Rule {
        code: "M103",
        reason: "a state without `final` is polled for ever, or not at all",
        mend: "say `final` for each value of TaskStatus in `x-states`, and for no other",
        check: models::states,
    },
    Rule {
        code: "M104",
        reason: "the same code with two meanings leaves it to chance which one an error gets",
        mend: "one row for each status and code in x-errors",
        check: models::errors_are_unique,
    },
    Rule {
        code: "M105",
        reason: "a size has its Rust name and its pixels from its row, and none without",
        mend: "add a row to x-sizes, with its Rust name and its pixels",
        check: models::sizes_have_rows,
    },
    Rule {
        code: "G107",
        reason: "no code can be written from it: `cargo xtask codegen` refuses it with these words",
        mend: "do as the message says; where it names a file of xtask, that file can be taught",
        check: generator::can_be_generated,
    },
];

/// Breaches that code can be generated in spite of.
const PASSABLE: [&str; 7] = ["A101", "A102", "A103", "D105", "D106", "E101", "E102"];

/// Whether code can hardly be generated before that is mended.
pub fn hinders(finding: &Finding) -> bool {
    !PASSABLE.contains(&finding.code)
}

/// Holds a contract to all rules.
#[must_use]
pub fn lint(document: &Document, generator: &dyn CodeGenerator) -> Report {
    let contract = Contract::new(document);
    let context = Context::new(&contract, document.version(), generator);
    let mut findings = Vec::new();
    for rule in RULES {
        // The generator trips over what most others tell, and tells it less well.
        if rule.code == "G107" && findings.iter().any(hinders) {
            continue;
        }
        for (pointer, message) in (rule.check)(&context) {
            let place = document.nearest(&pointer).location();
            findings.push(Finding {
                code: rule.code,
                file: document.name().to_owned(),
                line: place.line,
                column: place.column,
                pointer,
                message,
                reason: rule.reason,
                mend: rule.mend,
            });
        }
    }
    findings.sort_by(|a, b| {
        (a.line, a.column, a.code, &a.message).cmp(&(b.line, b.column, b.code, &b.message))
    });
    Report {
        file: document.name().to_owned(),
        overlays: document.overlays().to_vec(),
        rules: RULES.len(),
        findings,
    }
}
