//! A process that writes to a journal step by step, so that a test can kill it between any two
//! steps.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use toapis_store::Journal;

use crate::{file, intend};

pub(crate) const PATH_VARIABLE: &str = "TOAPIS_STORE_TEST_JOURNAL";
pub(crate) const PREFIX_VARIABLE: &str = "TOAPIS_STORE_TEST_PREFIX";

/// The steps of one entry, in order.
pub(crate) const STEPS: [&str; 5] = ["intent", "task", "status", "completed", "file"];

/// Does one step. It is durable once this returned.
fn run_step(journal: &Journal, id: &str, step: &str) {
    match step {
        "intent" => intend(journal, id),
        "task" => journal.record_task(id, &format!("task_{id}")).unwrap(),
        "status" => journal.record_task_status(id, "in_progress").unwrap(),
        "completed" => journal
            .record_completed(id, &["https://f/1.png"], None)
            .unwrap(),
        "file" => journal.record_file(id, &file(0)).unwrap(),
        _ => unreachable!("{step}"),
    }
}

/// A process that runs [`worker`].
pub(crate) struct Worker {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Worker {
    pub(crate) fn start(journal: &Path, prefix: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child::worker", "--nocapture", "--quiet"])
            .env(PATH_VARIABLE, journal)
            .env(PREFIX_VARIABLE, prefix)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self {
            child,
            input,
            output,
        }
    }

    /// Lets it do one step and waits until that is durable. Returns the entry and the step.
    pub(crate) fn step(&mut self) -> (String, String) {
        writeln!(self.input).unwrap();
        self.read_step()
    }

    /// Lets it do many steps without waiting for any.
    pub(crate) fn allow(&mut self, steps: usize) {
        self.input.write_all(&b"\n".repeat(steps)).unwrap();
    }

    pub(crate) fn read_step(&mut self) -> (String, String) {
        let mut line = String::new();
        loop {
            line.clear();
            assert_ne!(
                self.output.read_line(&mut line).unwrap(),
                0,
                "the worker has ended"
            );
            if let Some(step) = line.trim().strip_prefix("step ") {
                let (id, step) = step.split_once(' ').unwrap();
                return (id.to_owned(), step.to_owned());
            }
        }
    }

    /// Kills it with SIGKILL.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Not a test of its own: the body of the child process.
#[test]
fn worker() {
    let (Ok(path), Ok(prefix)) = (std::env::var(PATH_VARIABLE), std::env::var(PREFIX_VARIABLE))
    else {
        return;
    };
    let journal = Journal::open(path).unwrap();
    let mut permits = std::io::stdin().lines();
    for number in 0.. {
        for step in STEPS {
            if permits.next().is_none() {
                // The test is over and reads no further output, that of the harness neither.
                std::process::exit(0);
            }
            let id = format!("{prefix}-{number}");
            run_step(&journal, &id, step);
            println!("step {id} {step}");
        }
    }
}
