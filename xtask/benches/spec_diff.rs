//! Two versions of a contract of 100,000 lines, compared: under five seconds and one gigabyte, or exit code 1.
//!
//! `cargo bench -p xtask --bench spec_diff`; as `cargo test` runs it, a small contract.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use xtask::spec::diff::compare;
use xtask::spec::document::Document;

/// What a contract of 100,000 lines may take.
const MAX_TIME: Duration = Duration::from_secs(5);
const MAX_KILOBYTES: u64 = 1024 * 1024;

/// A contract of so many resources, each of about 100 lines, each holding the next and the first.
fn contract(resources: usize, is_new: bool) -> String {
    let mut text = "openapi: 3.0.3\ninfo: {title: large, version: '1'}\npaths:\n".to_owned();
    for index in 0..resources {
        let limit = if is_new && index % 50 == 0 { 80 } else { 100 };
        let _ = write!(
            text,
            "  /resources{index}/{{id}}:
    parameters:
      - name: id
        in: path
        required: true
        schema:
          type: string
          minLength: 1
    get:
      operationId: getResource{index}
      parameters:
        - name: limit
          in: query
          schema:
            type: integer
            minimum: 1
            maximum: {limit}
      responses:
        '200':
          description: The resource.
          content:
            application/json:
              schema:
                $ref: '#/components/schemas/Resource{index}'
    put:
      operationId: putResource{index}
      requestBody:
        required: true
        content:
          application/json:
            schema:
              oneOf:
                - $ref: '#/components/schemas/Resource{index}'
                - type: object
                  required: [kind]
                  properties:
                    kind:
                      type: string
                      enum: [other{index}]
      responses:
        '204':
          description: Taken.
"
        );
    }
    text.push_str("components:\n  schemas:\n");
    for index in 0..resources {
        let _ = writeln!(
            text,
            "    Resource{index}:\n      type: object\n      required: [kind]\n      properties:"
        );
        let _ = writeln!(
            text,
            "        kind:\n          type: string\n          enum: [resource{index}]"
        );
        let next = (index + 1) % resources;
        let _ = writeln!(
            text,
            "        next:\n          $ref: '#/components/schemas/Resource{next}'"
        );
        let _ = writeln!(
            text,
            "        first:\n          $ref: '#/components/schemas/Resource0'"
        );
        for field in 0..12 {
            let limit = if is_new && field == 3 && index % 20 == 0 {
                8
            } else {
                10
            };
            let _ = writeln!(
                text,
                "        field{field}:\n          description: A field.\n          type: string\n          maxLength: {limit}"
            );
        }
    }
    text
}

/// The most memory that this process held, in kilobytes, where the system tells it.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}

#[expect(
    clippy::disallowed_methods,
    reason = "a benchmark asks how long it takes for those who wait"
)]
fn main() {
    let is_test = !std::env::args().any(|argument| argument == "--bench");
    let resources = if is_test { 20 } else { 1000 };
    let (old, new) = (contract(resources, false), contract(resources, true));
    let start = Instant::now();
    let read = |text: &str, name: &str| {
        Document::parse(text, name).unwrap_or_else(|error| panic!("{error}"))
    };
    let (old_document, new_document) = (read(&old, "old"), read(&new, "new"));
    let reading = start.elapsed();
    let start = Instant::now();
    let findings = compare(&old_document, &new_document);
    let comparing = start.elapsed();
    let all = reading + comparing;
    println!(
        "{} lines, {} values: {} findings, read twice in {reading:.2?}, compared in {comparing:.2?}, {} MB at most",
        new.lines().count(),
        new_document.len(),
        findings.len(),
        peak().unwrap_or_default() / 1024,
    );
    // One limit of a query in 50, and a field in 20 that stands in a request and in an answer.
    assert_eq!(
        findings.len(),
        resources.div_ceil(50) + 2 * resources.div_ceil(20)
    );
    if !is_test && (all > MAX_TIME || peak().is_some_and(|peak| peak > MAX_KILOBYTES)) {
        eprintln!(
            "that is more than {MAX_TIME:?} or {} MB",
            MAX_KILOBYTES / 1024
        );
        std::process::exit(1);
    }
}
