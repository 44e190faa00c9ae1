//! Directories that cannot be written, and a full disk.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use toapis_store::{EntryFilter, Journal, NewEntry, StoreError};

use crate::{BASE_URL, intend, request};

#[test]
fn path_below_a_file_is_an_error_that_names_it() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("state"), "a file").unwrap();
    let error = Journal::open(directory.path().join("state/journal.db")).unwrap_err();
    assert!(error.to_string().contains("state"), "{error}");
    assert!(matches!(error, StoreError::Io { .. }));
}

#[test]
#[cfg(unix)]
fn read_only_directory_is_an_error() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join("state");
    fs::create_dir(&state).unwrap();
    fs::set_permissions(&state, fs::Permissions::from_mode(0o500)).unwrap();
    if fs::write(state.join("probe"), "").is_ok() {
        eprintln!("SKIPPED: this user may write to read-only directories");
        return;
    }
    let error = Journal::open(state.join("journal.db")).unwrap_err();
    assert!(matches!(error, StoreError::Io { .. }), "{error}");
}

/// A small file system in memory, unmounted when it is dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(directory: &Path) -> Option<Self> {
        let path = directory.join("disk");
        fs::create_dir(&path).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=512k", "tmpfs"])
            .arg(&path)
            .output()
            .is_ok_and(|output| output.status.success());
        mounted.then_some(Self(path))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

#[test]
fn full_disk_refuses_the_intent_and_keeps_what_was_recorded() {
    let directory = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::mount(directory.path()) else {
        eprintln!("SKIPPED: no file system can be mounted here (needs root)");
        return;
    };
    let path = disk.0.join("journal.db");
    let journal = Journal::open(&path).unwrap();
    let mut recorded = 0;
    let error = loop {
        let request = request(&"long prompt ".repeat(100));
        let id = format!("b-{recorded}");
        match journal.record_intent(&NewEntry::new(&id, BASE_URL, &request)) {
            Ok(_) => recorded += 1,
            Err(error) => break error,
        }
        assert!(recorded < 1_000, "the disk never becomes full");
    };
    assert!(error.is_disk_full(), "{error:?}");
    assert!(recorded > 10);
    assert_eq!(journal.list(EntryFilter::Open).unwrap().len(), recorded);
    drop(journal);
    // There is no room for the log that opening it needs, so a copy shows what is in it.
    let copy = directory.path().join("copy.db");
    fs::copy(&path, &copy).unwrap();
    if path.with_extension("db-wal").exists() {
        fs::copy(path.with_extension("db-wal"), copy.with_extension("db-wal")).unwrap();
    }
    let copy = Journal::open(&copy).unwrap();
    assert_eq!(copy.recovery(), None);
    assert_eq!(copy.list(EntryFilter::Open).unwrap().len(), recorded);
    intend(&copy, "more");
}
