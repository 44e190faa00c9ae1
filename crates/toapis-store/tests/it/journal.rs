//! What is recorded, and who may overwrite what.

use std::time::{Duration, SystemTime};

use toapis_store::{ENTRY_TTL, EntryFilter, EntryStatus, Journal, NewEntry, Recorded, StoreError};

use crate::{BASE_URL, entry, file, intend, open, request, status};

fn listed(journal: &Journal, filter: EntryFilter) -> Vec<String> {
    let entries = journal.list(filter).unwrap();
    entries.into_iter().map(|entry| entry.business_id).collect()
}

#[test]
fn entry_goes_from_intent_to_files() {
    let directory = tempfile::tempdir().unwrap();
    let journal = open(directory.path());
    let request = request("A cat in a spacesuit");
    let new = NewEntry::new("b-1", BASE_URL, &request)
        .output("cats/".as_ref())
        .credits(16);
    journal.record_intent(&new).unwrap();
    assert_eq!(status(&journal, "b-1"), EntryStatus::Sending);
    journal.record_task("b-1", "task_1").unwrap();
    journal.record_task_status("b-1", "in_progress").unwrap();
    assert_eq!(status(&journal, "b-1"), EntryStatus::Running);
    let expires_at = SystemTime::UNIX_EPOCH + Duration::from_secs(2_000_000_000);
    journal
        .record_completed(
            "b-1",
            &["https://f/1.png", "https://f/2.png"],
            Some(expires_at),
        )
        .unwrap();
    assert_eq!(status(&journal, "b-1"), EntryStatus::Completed);
    journal.record_file("b-1", &file(0)).unwrap();
    assert_eq!(
        status(&journal, "b-1"),
        EntryStatus::Completed,
        "one image is missing"
    );
    journal.record_file("b-1", &file(1)).unwrap();
    journal.record_credits("b-1", 20).unwrap();

    let entry = journal.find_by_task_id("task_1").unwrap().unwrap();
    assert_eq!(entry.status, EntryStatus::Done);
    assert_eq!(entry.request, request);
    assert_eq!(entry.output.as_deref(), Some("cats/".as_ref()));
    assert_eq!(entry.urls, ["https://f/1.png", "https://f/2.png"]);
    assert_eq!(entry.files, [file(0), file(1)]);
    assert_eq!(
        (entry.expires_at, entry.credits),
        (Some(expires_at), Some(20))
    );
}

#[test]
fn acceptance_replaces_unknown_and_is_never_replaced() {
    let directory = tempfile::tempdir().unwrap();
    let journal = open(directory.path());
    intend(&journal, "b-1");
    journal.record_unknown("b-1", "connection lost").unwrap();
    assert_eq!(status(&journal, "b-1"), EntryStatus::Unknown);
    journal.record_task("b-1", "task_1").unwrap();
    assert_eq!(status(&journal, "b-1"), EntryStatus::Running);
    journal.record_unknown("b-1", "too late").unwrap();
    journal.record_rejected("b-1", "too late").unwrap();
    journal.record_task("b-1", "task_2").unwrap();
    let entry = entry(&journal, "b-1");
    assert_eq!(
        (entry.status, entry.task_id.as_deref()),
        (EntryStatus::Running, Some("task_1"))
    );
}

#[test]
fn done_entry_stays_done() {
    let directory = tempfile::tempdir().unwrap();
    let journal = open(directory.path());
    intend(&journal, "b-1");
    journal.record_task("b-1", "task_1").unwrap();
    journal
        .record_completed("b-1", &["https://f/1.png"], None)
        .unwrap();
    journal.record_file("b-1", &file(0)).unwrap();
    // Another process that resumed the same entry reports what it saw earlier.
    journal
        .record_completed("b-1", &["https://f/1.png"], None)
        .unwrap();
    journal.record_failed("b-1", "late").unwrap();
    assert_eq!(status(&journal, "b-1"), EntryStatus::Done);
}

#[test]
fn same_business_id_is_recorded_once() {
    let directory = tempfile::tempdir().unwrap();
    let journal = open(directory.path());
    intend(&journal, "b-1");
    let error = journal
        .record_intent(&NewEntry::new("b-1", BASE_URL, &request("A dog")))
        .unwrap_err();
    assert!(matches!(error, StoreError::DuplicateBusinessId(id) if id == "b-1"));
}

#[test]
fn idempotency_key_maps_to_one_entry_and_one_request() {
    let directory = tempfile::tempdir().unwrap();
    let journal = open(directory.path());
    let (cat, dog) = (request("A cat"), request("A dog"));
    let first = NewEntry::new("b-1", BASE_URL, &cat).idempotency_key("call-7");
    assert_eq!(journal.record_intent(&first).unwrap(), Recorded::New);
    let again = NewEntry::new("b-2", BASE_URL, &cat).idempotency_key("call-7");
    let Recorded::Existing(entry) = journal.record_intent(&again).unwrap() else {
        panic!("the second call must not be sent");
    };
    assert_eq!(entry.business_id, "b-1");
    for other in [
        NewEntry::new("b-3", BASE_URL, &dog).idempotency_key("call-7"),
        NewEntry::new("b-3", "https://toapis.cn", &cat).idempotency_key("call-7"),
    ] {
        let error = journal.record_intent(&other).unwrap_err();
        assert!(matches!(error, StoreError::IdempotencyKeyReused(key) if key == "call-7"));
    }
    let found = journal.find_by_idempotency_key("call-7").unwrap().unwrap();
    assert_eq!(found.business_id, "b-1");
    assert_eq!(journal.find_by_business_id("b-3").unwrap(), None);
}

#[test]
fn entries_are_listed_by_class() {
    let directory = tempfile::tempdir().unwrap();
    let journal = open(directory.path());
    for id in [
        "sending", "running", "soon", "later", "failed", "rejected", "unknown", "done",
    ] {
        intend(&journal, id);
    }
    for id in ["running", "soon", "later", "failed", "done"] {
        journal.record_task(id, &format!("task_{id}")).unwrap();
    }
    let after = |hours| Some(SystemTime::now() + Duration::from_hours(hours));
    journal
        .record_completed("later", &["u"], after(20))
        .unwrap();
    journal.record_completed("soon", &["u"], after(1)).unwrap();
    journal.record_failed("failed", "moderation").unwrap();
    journal.record_rejected("rejected", "bad size").unwrap();
    journal
        .record_unknown("unknown", "connection lost")
        .unwrap();
    journal.record_completed("done", &["u"], after(1)).unwrap();
    journal.record_file("done", &file(0)).unwrap();

    assert_eq!(
        listed(&journal, EntryFilter::Open),
        ["soon", "later", "sending", "running"]
    );
    let within = |hours| EntryFilter::ExpiringWithin(Duration::from_hours(hours));
    assert_eq!(listed(&journal, within(2)), ["soon"]);
    assert_eq!(listed(&journal, within(25)), ["soon", "later", "running"]);
    assert_eq!(listed(&journal, EntryFilter::Unknown), ["unknown"]);
    assert_eq!(
        listed(&journal, EntryFilter::Failed),
        ["rejected", "failed"]
    );
    assert_eq!(listed(&journal, EntryFilter::Done), ["done"]);
    assert_eq!(listed(&journal, EntryFilter::All).len(), 8);
}

#[test]
fn only_finished_entries_are_pruned() {
    let directory = tempfile::tempdir().unwrap();
    let journal = open(directory.path());
    for id in ["sending", "unknown", "running", "failed", "rejected"] {
        intend(&journal, id);
    }
    journal
        .record_unknown("unknown", "connection lost")
        .unwrap();
    journal.record_task("running", "task_1").unwrap();
    journal.record_task("failed", "task_2").unwrap();
    journal.record_failed("failed", "moderation").unwrap();
    journal.record_rejected("rejected", "bad size").unwrap();
    assert_eq!(journal.prune(ENTRY_TTL).unwrap(), 0, "none is old enough");
    assert_eq!(journal.prune(Duration::ZERO).unwrap(), 2);
    assert_eq!(
        listed(&journal, EntryFilter::All),
        ["running", "unknown", "sending"]
    );
}

#[test]
fn forgotten_entry_is_gone_with_its_images() {
    let directory = tempfile::tempdir().unwrap();
    let journal = open(directory.path());
    intend(&journal, "b-1");
    journal.record_task("b-1", "task_1").unwrap();
    journal.record_completed("b-1", &["u"], None).unwrap();
    journal.forget("b-1").unwrap();
    assert_eq!(journal.find_by_business_id("b-1").unwrap(), None);
    intend(&journal, "b-2");
    assert!(
        entry(&journal, "b-2").urls.is_empty(),
        "the row id is used again"
    );
    let error = journal.forget("b-1").unwrap_err();
    assert!(matches!(error, StoreError::NotFound(_)));
}

#[test]
fn batches_are_listed_newest_first() {
    let directory = tempfile::tempdir().unwrap();
    let journal = open(directory.path());
    let path = directory.path().join("cats.db");
    journal
        .record_batch("cats", &path, Some("cats.jsonl".as_ref()), None)
        .unwrap();
    journal
        .record_batch_finished("cats", Some(SystemTime::now()))
        .unwrap();
    journal
        .record_batch("dogs", &path, None, Some("out".as_ref()))
        .unwrap();
    let batches = journal.list_batches().unwrap();
    assert_eq!(batches.len(), 2);
    let cats = batches.iter().find(|batch| batch.id == "cats").unwrap();
    assert!(cats.finished_at.is_some());
    assert_eq!(cats.manifest.as_deref(), Some("cats.jsonl".as_ref()));
    journal.forget_batch("cats").unwrap();
    assert_eq!(journal.list_batches().unwrap()[0].id, "dogs");
}

#[tokio::test]
async fn journal_can_be_used_from_async_code() {
    let directory = tempfile::tempdir().unwrap();
    let journal = open(directory.path());
    journal
        .run(|journal| {
            let request = request("A cat");
            journal.record_intent(&NewEntry::new("b-1", BASE_URL, &request))
        })
        .await
        .unwrap();
    assert_eq!(status(&journal, "b-1"), EntryStatus::Sending);
}
