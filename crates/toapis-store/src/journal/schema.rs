//! The tables of the journal.

use crate::database::Schema;

/// Application id `toaJ`.
pub(super) const SCHEMA: Schema = Schema {
    application_id: 0x746f_614a,
    migrations: &[VERSION_1],
};

/// Tables whose rows are copied from a corrupt file, parents first.
pub(super) const TABLES: [&str; 3] = ["entry", "image", "batch"];

// Times are Unix milliseconds. `status` is `EntryStatus::code`.
const VERSION_1: &str = "
    CREATE TABLE entry(
        id INTEGER PRIMARY KEY,
        business_id TEXT NOT NULL UNIQUE,
        idempotency_key TEXT UNIQUE,
        base_url TEXT NOT NULL,
        request TEXT NOT NULL,
        output TEXT,
        status INTEGER NOT NULL,
        task_id TEXT,
        task_status TEXT,
        expires_at INTEGER,
        credits INTEGER,
        error TEXT,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX entry_by_status ON entry(status, expires_at);
    CREATE INDEX entry_by_task ON entry(task_id) WHERE task_id IS NOT NULL;
    CREATE TABLE image(
        entry INTEGER NOT NULL REFERENCES entry(id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        url TEXT,
        path TEXT,
        size INTEGER,
        sha256 BLOB,
        PRIMARY KEY (entry, position)
    ) STRICT;
    CREATE TABLE batch(
        id TEXT PRIMARY KEY,
        path TEXT NOT NULL,
        manifest TEXT,
        output TEXT,
        created_at INTEGER NOT NULL,
        finished_at INTEGER
    ) STRICT;
";
