//! Two versions of a contract of 100,000 lines, compared: under five seconds and one gigabyte, or
//! exit code 1. And what generating from this contract takes, and comparing it, as `cargo xtask`
//! runs them.
//!
//! `cargo xtask bench diff`; as `cargo test` runs it, a small contract and nothing else.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use toapis_openapi::Document;
use toapis_spec::diff::compare;

/// What a contract of 100,000 lines may take.
const MAX_TIME: Duration = Duration::from_secs(5);
const MAX_KILOBYTES: u64 = 1024 * 1024;

/// So often is each command run; the first is not counted.
const ROUNDS: usize = 6;

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
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}

/// User and system time of all processes that this one waited for, in steps of a hundredth of a
/// second.
fn processor_of_children() -> Option<Duration> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The name stands in brackets and may hold anything; behind it, the times are the 14th and 15th
    // field.
    let fields = stat.rsplit_once(')')?.1.split_whitespace().skip(13).take(2);
    let ticks = fields
        .map(|field| field.parse::<u64>().ok())
        .sum::<Option<u64>>()?;
    Some(Duration::from_millis(ticks * 10))
}

/// The median of wall time and of processor time.
#[expect(
    clippy::disallowed_methods,
    reason = "a benchmark asks how long it takes for those who wait"
)]
fn timed(root: &Path, arguments: &[&str], code: i32) -> (Duration, Duration) {
    let mut rounds: Vec<_> = (0..ROUNDS)
        .map(|_| {
            let (used, start) = (processor_of_children().unwrap_or_default(), Instant::now());
            let output = Command::new(env!("CARGO"))
                .args(["xtask"])
                .args(arguments)
                .current_dir(root)
                .output()
                .unwrap_or_else(|error| panic!("cargo cannot be started: {error}"));
            let wall = start.elapsed();
            let told = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(code), "{arguments:?}: {told}");
            let now = processor_of_children().unwrap_or_default();
            (wall, now.saturating_sub(used))
        })
        .skip(1)
        .collect();
    let mut median = |by: fn(&(Duration, Duration)) -> Duration| {
        rounds.sort_by_key(by);
        rounds.get(rounds.len() / 2).map(by).unwrap_or_default()
    };
    (median(|round| round.0), median(|round| round.1))
}

/// What the commands take on this contract, the second with a limit lowered and with the Rust items
/// of all findings.
fn commands() {
    let root = xtask::cli::workspace_root();
    let text = fs::read_to_string(root.join("openapi.yaml"))
        .unwrap_or_else(|error| panic!("openapi.yaml cannot be read: {error}"));
    let lowered = text.replacen("maxLength: 1000", "maxLength: 800", 1);
    assert_ne!(text, lowered, "there is no limit to lower");
    let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("no folder: {error}"));
    let new = folder.path().join("new.yaml");
    fs::write(&new, lowered).unwrap_or_else(|error| panic!("cannot be written: {error}"));
    let new = new.display().to_string();
    println!("| on this contract, warm | wall s | CPU s | goal |");
    println!("|---|---:|---:|---:|");
    let row = |name: &str, (wall, cpu): (Duration, Duration)| {
        let (wall, cpu) = (wall.as_secs_f64(), cpu.as_secs_f64());
        println!("| `cargo xtask {name}` | {wall:.2} | {cpu:.2} | under 1 |");
    };
    row("codegen --check", timed(&root, &["codegen", "--check"], 0));
    row(
        "spec diff",
        timed(&root, &["spec", "diff", "openapi.yaml", &new], 1),
    );
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
    println!("| two versions of a contract | measured | goal |");
    println!("|---|---:|---:|");
    println!("| lines | {} | 100000 |", new.lines().count());
    println!("| values | {} | |", new_document.len());
    println!("| findings | {} | |", findings.len());
    println!("| both read, s | {:.2} | |", reading.as_secs_f64());
    println!("| compared, s | {:.2} | |", comparing.as_secs_f64());
    println!("| together, s | {:.2} | under 5 |", all.as_secs_f64());
    println!(
        "| memory at most, MB | {} | under 1024 |\n",
        peak().unwrap_or_default() / 1024
    );
    // One limit of a query in 50, and a field in 20 that stands in a request and in an answer.
    assert_eq!(
        findings.len(),
        resources.div_ceil(50) + 2 * resources.div_ceil(20)
    );
    if is_test {
        return;
    }
    if all > MAX_TIME || peak().is_some_and(|peak| peak > MAX_KILOBYTES) {
        eprintln!(
            "that is more than {MAX_TIME:?} or {} MB",
            MAX_KILOBYTES / 1024
        );
        std::process::exit(1);
    }
    commands();
}
