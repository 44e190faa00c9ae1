//! `cargo xtask bench diff`: compares two versions of a contract of 100,000 lines, and measures the
//! commands `cargo xtask codegen` and `cargo xtask spec diff` on the contract of this workspace.
//!
//! Exits with 1 if the comparison takes more than five seconds or one gigabyte. `cargo test` only
//! compares small contracts.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use toapis_openapi::Document;
use toapis_spec::diff::compare;

/// The limits for contracts of 100,000 lines.
const MAX_TIME: Duration = Duration::from_secs(5);
const MAX_KILOBYTES: u64 = 1024 * 1024;

/// The runs of each command. The first is a warm-up.
const ROUNDS: usize = 6;

/// Returns a contract with schemas of about 100 lines each, which refer to the next and the first.
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

/// Returns the peak memory of this process in kilobytes, if the system reports it.
fn peak_memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}

/// Returns the user and system time of all finished child processes, in steps of 10 ms.
fn children_cpu_time() -> Option<Duration> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The name in parentheses may contain anything. The times are the fields 14 and 15.
    let fields = stat.rsplit_once(')')?.1.split_whitespace().skip(13).take(2);
    let ticks = fields
        .map(|field| field.parse::<u64>().ok())
        .sum::<Option<u64>>()?;
    Some(Duration::from_millis(ticks * 10))
}

/// Returns the median wall time and CPU time of a command.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
fn timed(root: &Path, arguments: &[&str], code: i32) -> (Duration, Duration) {
    let mut rounds: Vec<_> = (0..ROUNDS)
        .map(|_| {
            let (used, start) = (children_cpu_time().unwrap_or_default(), Instant::now());
            let output = Command::new(env!("CARGO"))
                .args(["xtask"])
                .args(arguments)
                .current_dir(root)
                .output()
                .unwrap_or_else(|error| panic!("cannot run cargo: {error}"));
            let wall = start.elapsed();
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(code), "{arguments:?}: {stderr}");
            let now = children_cpu_time().unwrap_or_default();
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

/// Measures the commands on this contract. The comparison is with a copy that has a lower limit.
fn measure_commands() {
    let root = xtask::workspace_root();
    let text = fs::read_to_string(root.join("openapi.yaml"))
        .unwrap_or_else(|error| panic!("cannot read openapi.yaml: {error}"));
    let lowered = text.replacen("maxLength: 1000", "maxLength: 800", 1);
    assert_ne!(text, lowered, "openapi.yaml has no limit to lower");
    let directory = tempfile::tempdir().unwrap_or_else(|error| panic!("no directory: {error}"));
    let new = directory.path().join("new.yaml");
    fs::write(&new, lowered).unwrap_or_else(|error| panic!("cannot write: {error}"));
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

#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
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
        peak_memory().unwrap_or_default() / 1024
    );
    // A parameter of every 50th resource, and a field of every 20th in request and response.
    assert_eq!(
        findings.len(),
        resources.div_ceil(50) + 2 * resources.div_ceil(20)
    );
    if is_test {
        return;
    }
    if all > MAX_TIME || peak_memory().is_some_and(|peak| peak > MAX_KILOBYTES) {
        eprintln!(
            "the comparison takes more than {MAX_TIME:?} or {} MB",
            MAX_KILOBYTES / 1024
        );
        std::process::exit(1);
    }
    measure_commands();
}
