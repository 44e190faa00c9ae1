//! The journal as its users see it: what it records, what survives a crash, what it does about a
//! bad file.

mod child;
mod corrupt;
mod crash;
mod disk;
mod journal;
mod power;

use std::path::Path;

use serde_json::{Value, json};
use toapis_store::{Entry, EntryStatus, Journal, NewEntry, Recorded, SavedFile};

const BASE_URL: &str = "https://toapis.com";

fn request(prompt: &str) -> Value {
    json!({ "model": "nano-banana", "prompt": prompt })
}

fn open(directory: &Path) -> Journal {
    Journal::open(directory.join("journal.db")).unwrap()
}

fn intend(journal: &Journal, business_id: &str) {
    let request = request("A cat");
    let recorded = journal
        .record_intent(&NewEntry::new(business_id, BASE_URL, &request))
        .unwrap();
    assert_eq!(recorded, Recorded::New);
}

fn file(position: u32) -> SavedFile {
    SavedFile {
        position,
        path: format!("/images/cat-{position}.png").into(),
        size: 1_234,
        sha256: [u8::try_from(position).unwrap(); 32],
    }
}

fn entry(journal: &Journal, business_id: &str) -> Entry {
    journal.find_by_business_id(business_id).unwrap().unwrap()
}

fn status(journal: &Journal, business_id: &str) -> EntryStatus {
    entry(journal, business_id).status
}
