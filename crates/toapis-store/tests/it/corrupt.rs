//! A damaged journal: kept aside, reported, and nothing readable lost.

use std::fs;
use std::path::Path;

use toapis_store::{EntryFilter, EntryStatus, Journal, StoreError};

use crate::{entry, file, intend, open};

const ENTRIES: usize = 400;

/// Creates a journal in one file without a log, and returns its bytes.
fn written(path: &Path) -> Vec<u8> {
    let journal = Journal::open(path).unwrap();
    for n in 0..ENTRIES {
        let id = format!("b-{n:04}");
        intend(&journal, &id);
        journal.record_task(&id, &format!("task_{n}")).unwrap();
        journal
            .record_completed(&id, &["https://f/1.png"], None)
            .unwrap();
        journal.record_file(&id, &file(0)).unwrap();
    }
    drop(journal);
    assert!(
        !path.with_extension("db-wal").exists(),
        "the last connection ends the log"
    );
    fs::read(path).unwrap()
}

#[test]
fn damaged_page_costs_only_the_rows_on_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal.db");
    let mut bytes = written(&path);
    // A leaf page of the entry table: the page with the text of an entry in the middle.
    let needle = b"b-0200https://toapis.com";
    let position = bytes
        .windows(needle.len())
        .position(|window| window == needle)
        .unwrap();
    let page = position / 4096 * 4096;
    bytes[page..page + 4096].fill(0xa5);
    fs::write(&path, &bytes).unwrap();

    let journal = open(directory.path());
    let recovery = journal.recovery().expect("the damage is noticed").clone();
    assert_eq!(
        fs::read(&recovery.kept_aside).unwrap(),
        bytes,
        "the file is kept unchanged"
    );
    let entries = journal.list(EntryFilter::All).unwrap();
    assert_eq!(entries.len(), recovery.entries_recovered);
    let lost = ENTRIES - entries.len();
    assert!(
        (1..=60).contains(&lost),
        "{lost} rows are lost; a page holds about 20"
    );
    let newest = entry(&journal, "b-0399");
    assert_eq!(
        (newest.status, newest.files),
        (EntryStatus::Done, vec![file(0)])
    );
    // The new journal works, and the next one to open it has nothing to report.
    intend(&journal, "new");
    drop(journal);
    assert_eq!(open(directory.path()).recovery(), None);
}

#[test]
fn file_that_is_not_a_journal_at_all_is_kept_and_replaced() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal.db");
    let bytes = b"this is not a database\n".repeat(200);
    fs::write(&path, &bytes).unwrap();
    let journal = open(directory.path());
    let recovery = journal.recovery().unwrap();
    assert_eq!(recovery.entries_recovered, 0);
    assert_eq!(fs::read(&recovery.kept_aside).unwrap(), bytes);
    intend(&journal, "new");
}

#[test]
fn empty_file_becomes_a_journal() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("journal.db"), b"").unwrap();
    let journal = open(directory.path());
    assert_eq!(journal.recovery(), None);
    intend(&journal, "new");
}

#[test]
fn corrupt_journal_is_not_replaced_under_another_process() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal.db");
    let mut bytes = written(&path);
    let user = Journal::open(&path).unwrap();
    let page = bytes.len() / 4096 / 2 * 4096;
    bytes[page..page + 4096].fill(0xa5);
    fs::write(&path, &bytes).unwrap();
    let error = Journal::open(&path).unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
    drop(user);
    assert!(Journal::open(&path).unwrap().recovery().is_some());
}
