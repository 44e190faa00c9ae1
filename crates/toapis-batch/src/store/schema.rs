//! The tables of a batch.

use toapis_store::Schema;

/// Application id `toaB`.
pub(super) const SCHEMA: Schema = Schema {
    application_id: 0x746f_6142,
    migrations: &[VERSION_1],
};

// Times are Unix milliseconds; `status` is `RowStatus::code`. `cursor`: no row below it is ready.
// `keep_until`: when the images expire at the latest, which is also the order of work after a
// crash. `counter` makes the status of a million rows cheap; a trigger keeps it, so that no
// statement can forget to.
const VERSION_1: &str = "
    CREATE TABLE batch(
        one INTEGER PRIMARY KEY CHECK (one = 1),
        id TEXT NOT NULL,
        settings TEXT NOT NULL,
        rows INTEGER NOT NULL,
        budget INTEGER,
        reserved INTEGER NOT NULL DEFAULT 0,
        spent INTEGER NOT NULL DEFAULT 0,
        cursor INTEGER NOT NULL DEFAULT 0,
        paused TEXT,
        created_at INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE row(
        n INTEGER PRIMARY KEY,
        custom_id TEXT NOT NULL UNIQUE,
        body TEXT NOT NULL,
        status INTEGER NOT NULL DEFAULT 0,
        attempt INTEGER NOT NULL DEFAULT 1,
        intent INTEGER,
        sent_at INTEGER,
        task TEXT,
        urls TEXT,
        keep_until INTEGER,
        files TEXT,
        credits INTEGER NOT NULL DEFAULT 0,
        error TEXT
    ) STRICT;
    CREATE INDEX row_open ON row(status, keep_until) WHERE status BETWEEN 1 AND 3;
    CREATE INDEX row_unknown ON row(n) WHERE status = 7;
    CREATE TABLE counter(status INTEGER PRIMARY KEY, rows INTEGER NOT NULL) STRICT;
    INSERT INTO counter VALUES (0,0), (1,0), (2,0), (3,0), (4,0), (5,0), (6,0), (7,0), (8,0), (9,0);
    CREATE TRIGGER count_status AFTER UPDATE OF status ON row WHEN old.status <> new.status BEGIN
        UPDATE counter SET rows = rows - 1 WHERE status = old.status;
        UPDATE counter SET rows = rows + 1 WHERE status = new.status;
    END;
    CREATE TABLE event(
        n INTEGER NOT NULL,
        at INTEGER NOT NULL,
        attempt INTEGER NOT NULL,
        what TEXT NOT NULL,
        data TEXT
    ) STRICT;
    CREATE INDEX event_extra_task ON event(n) WHERE what = 'extra_task';
";
