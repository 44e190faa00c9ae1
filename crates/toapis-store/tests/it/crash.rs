//! What is left when processes are killed.

use toapis_store::{EntryFilter, EntryStatus};

use crate::child::{STEPS, Worker};
use crate::{entry, intend, open};

#[test]
fn each_step_survives_sigkill_right_after_it() {
    for (kill_after, name) in STEPS.into_iter().enumerate() {
        let directory = tempfile::tempdir().unwrap();
        let mut worker = Worker::start(&directory.path().join("journal.db"), "w");
        let mut last = String::new();
        for _ in 0..=kill_after {
            (_, last) = worker.step();
        }
        worker.kill();
        assert_eq!(last, name);
        let journal = open(directory.path());
        assert_eq!(journal.recovery(), None);
        let entry = entry(&journal, "w-0");
        let expected = match name {
            "intent" => (EntryStatus::Sending, None, 0, 0),
            "task" | "status" => (EntryStatus::Running, Some("task_w-0"), 0, 0),
            "completed" => (EntryStatus::Completed, Some("task_w-0"), 1, 0),
            _ => (EntryStatus::Done, Some("task_w-0"), 1, 1),
        };
        let found = (
            entry.status,
            entry.task_id.as_deref(),
            entry.urls.len(),
            entry.files.len(),
        );
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn processes_share_a_journal_and_survive_each_other() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal.db");
    let journal = open(directory.path());
    let mut survivor = Worker::start(&path, "survivor");
    for round in 0..8 {
        let mut victim = Worker::start(&path, &format!("victim{round}"));
        // Killed in the middle of its work: after `round + 1` steps at the earliest, at an unknown
        // one in fact.
        victim.allow(1_000);
        survivor.allow(STEPS.len());
        let mut durable = Vec::new();
        for _ in 0..=round {
            durable.push(victim.read_step());
        }
        victim.kill();
        intend(&journal, &format!("parent{round}"));
        for _ in 0..STEPS.len() {
            survivor.read_step();
        }
        for (id, _) in durable {
            assert!(
                journal.find_by_business_id(&id).unwrap().is_some(),
                "{id} is lost"
            );
        }
    }
    drop(survivor);
    let done = journal.list(EntryFilter::Done).unwrap();
    let survivors = done
        .iter()
        .filter(|entry| entry.business_id.starts_with("survivor"));
    assert_eq!(survivors.count(), 8);
    let parents = journal.list(EntryFilter::All).unwrap();
    let parents = parents
        .iter()
        .filter(|entry| entry.business_id.starts_with("parent"));
    assert_eq!(parents.count(), 8);
}
