//! A loss of power: only what was flushed to the disk is left.
//!
//! The system calls of a process that writes to a journal are recorded by strace. The files are
//! then rebuilt from the writes that a flush had followed at the moment when a step was reported as
//! durable.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use toapis_store::{Journal, rusqlite::Connection};

use crate::child::{PATH_VARIABLE, PREFIX_VARIABLE};
use crate::{BASE_URL, request};

const NORMAL_VARIABLE: &str = "TOAPIS_STORE_TEST_NORMAL";
const ENTRIES: usize = 6;

/// A file: as the process sees it, and as the disk has it.
#[derive(Default, Clone)]
struct TracedFile {
    written: Vec<u8>,
    flushed: Vec<u8>,
}

/// The body of the traced process.
#[test]
fn traced_worker() {
    let (Ok(path), Ok(prefix)) = (std::env::var(PATH_VARIABLE), std::env::var(PREFIX_VARIABLE))
    else {
        return;
    };
    let journal = Journal::open(&path).unwrap();
    // The control: the same writes by a connection that does not flush each commit.
    let normal = std::env::var_os(NORMAL_VARIABLE).map(|_| {
        let connection = Connection::open(&path).unwrap();
        connection
            .pragma_update(None, "synchronous", "NORMAL")
            .unwrap();
        connection
    });
    for n in 0..ENTRIES {
        let id = format!("{prefix}-{n}");
        match &normal {
            None => crate::intend(&journal, &id),
            Some(connection) => {
                let parameters = (&id, BASE_URL, request("A cat").to_string());
                connection
                    .execute(
                        "INSERT INTO entry(business_id, base_url, request, status, created_at, updated_at)
                         VALUES (?1, ?2, ?3, 1, 0, 0)",
                        parameters,
                    )
                    .unwrap();
            }
        }
        println!("durable {id}");
    }
    // Nothing is flushed by closing the file.
    std::process::exit(0);
}

/// Runs the worker under strace and returns its trace; `None` if strace cannot be used here.
fn trace(directory: &Path, normal: bool) -> Option<String> {
    let output = directory.join("trace");
    let mut command = Command::new("strace");
    command
        .args(["-f", "-qq", "-y", "-xx", "-s", "10000000"])
        .args(["-e", "trace=pwrite64,write,ftruncate,fsync,fdatasync", "-o"])
        .arg(&output)
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "power::traced_worker", "--nocapture", "--quiet"])
        .env(PATH_VARIABLE, directory.join("journal.db"))
        .env(PREFIX_VARIABLE, "p")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    if normal {
        command.env(NORMAL_VARIABLE, "1");
    }
    if !command.status().is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED: strace cannot be used here");
        return None;
    }
    fs::read_to_string(output).ok()
}

/// Decodes a string of `\x..` as strace prints it.
fn decode(text: &str) -> Vec<u8> {
    text.split("\\x")
        .filter_map(|digits| u8::from_str_radix(digits.get(..2)?, 16).ok())
        .collect()
}

/// Replays a trace. Returns, for each step that was reported as durable, whether the disk had it at
/// that moment.
fn replay(trace: &str, directory: &Path) -> Vec<(String, bool)> {
    let mut files: BTreeMap<PathBuf, TracedFile> = BTreeMap::new();
    let mut reports = Vec::new();
    for line in trace.lines() {
        let Some((call, arguments)) = line.split_once('(') else {
            continue;
        };
        assert!(
            !line.contains("unfinished"),
            "one thread alone makes these calls: {line}"
        );
        let call = call.rsplit(' ').next().unwrap();
        let (descriptor, rest) = arguments.split_once('<').unwrap();
        let (name, rest) = rest.split_once('>').unwrap();
        let name = if name.contains("\\x") {
            String::from_utf8(decode(name)).unwrap()
        } else {
            name.to_owned()
        };
        let data = rest.split('"').nth(1).map(decode).unwrap_or_default();
        if call == "write" && descriptor == "1" {
            let text = String::from_utf8_lossy(&data).into_owned();
            if let Some(id) = text.trim().strip_prefix("durable ") {
                reports.push((id.to_owned(), is_on_disk(&files, directory, id)));
            }
            continue;
        }
        let file = files.entry(name.into()).or_default();
        let numbers: Vec<usize> = rest
            .rsplit('"')
            .next()
            .unwrap()
            .split([',', ')', ' '])
            .filter_map(|word| word.parse().ok())
            .collect();
        match call {
            "pwrite64" => {
                let offset = numbers[1];
                if file.written.len() < offset + data.len() {
                    file.written.resize(offset + data.len(), 0);
                }
                file.written[offset..offset + data.len()].copy_from_slice(&data);
            }
            "ftruncate" => file.written.resize(numbers[0], 0),
            "fsync" | "fdatasync" => file.flushed = file.written.clone(),
            _ => {}
        }
    }
    reports
}

/// Returns true if a journal that is rebuilt from the flushed bytes has the entry.
fn is_on_disk(files: &BTreeMap<PathBuf, TracedFile>, directory: &Path, id: &str) -> bool {
    let rebuilt = directory.join(format!("rebuilt-{id}"));
    fs::create_dir(&rebuilt).unwrap();
    for name in ["journal.db", "journal.db-wal"] {
        if let Some(file) = files.get(&directory.join(name)) {
            fs::write(rebuilt.join(name), &file.flushed).unwrap();
        }
    }
    let journal = Journal::open(rebuilt.join("journal.db")).unwrap();
    journal.find_by_business_id(id).unwrap().is_some()
}

#[test]
fn every_reported_step_survives_a_loss_of_power() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path().canonicalize().unwrap();
    let Some(trace) = trace(&directory, false) else {
        return;
    };
    let reports = replay(&trace, &directory);
    assert_eq!(reports.len(), ENTRIES);
    assert!(reports.iter().all(|(_, on_disk)| *on_disk), "{reports:?}");
}

#[test]
fn test_of_power_loss_sees_commits_that_are_not_flushed() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path().canonicalize().unwrap();
    let Some(trace) = trace(&directory, true) else {
        return;
    };
    let reports = replay(&trace, &directory);
    assert_eq!(reports.len(), ENTRIES);
    assert!(reports.iter().any(|(_, on_disk)| !on_disk), "{reports:?}");
}
