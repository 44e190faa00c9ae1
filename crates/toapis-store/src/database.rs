//! An SQLite file whose commits survive a loss of power.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use crate::directory::{create_private_directory, open_private_file, parent, sync_directory};
use crate::error::StoreError;
use crate::file_system::is_network;

/// How long a statement waits for another process's transaction. Transactions here take
/// milliseconds.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

/// What kind of file it is, and how to create or upgrade its tables.
#[derive(Debug, Clone, Copy)]
pub struct Schema {
    /// SQLite's `application_id`, so that a file of another program is never changed.
    pub application_id: i32,
    /// SQL that leads from each version to the next; the first creates the tables. Never change one
    /// that was released.
    pub migrations: &'static [&'static str],
}

/// How the file is opened.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct OpenOptions {
    /// Never uses WAL mode.
    pub rollback_journal: bool,
    /// Reads the whole file first and fails if it is damaged. Takes about a second per 200 MB.
    pub check_integrity: bool,
    /// Name of the SQLite VFS; `None` for the default.
    pub vfs: Option<&'static str>,
}

/// How SQLite makes a transaction atomic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JournalMode {
    /// A write-ahead log: readers never wait, one flush per commit.
    Wal,
    /// A rollback journal, for file systems that do not support WAL mode.
    Rollback,
}

/// An open SQLite file: mode 0600, flushed at each commit, with its schema up to date.
#[derive(Debug)]
pub struct Database {
    connection: Connection,
    path: PathBuf,
    journal_mode: JournalMode,
}

impl Database {
    /// Opens the file, and creates it and its directories if they are missing.
    ///
    /// # Errors
    ///
    /// [`StoreError::Io`] if it cannot be created or opened, [`StoreError::Corrupt`] if it is
    /// damaged, [`StoreError::WrongApplication`] and [`StoreError::NewerSchema`] if it must not be
    /// changed by this crate.
    pub fn open(
        path: impl AsRef<Path>,
        schema: &Schema,
        options: OpenOptions,
    ) -> Result<Self, StoreError> {
        let path = path.as_ref();
        let created = !path.exists();
        create_private_directory(parent(path))?;
        drop(open_private_file(path)?);
        if created {
            sync_directory(parent(path))?;
        }
        let wal = !options.rollback_journal && !is_network(path);
        let opened = Self::configure(path, schema, options, wal);
        match opened {
            // The pragma can succeed where the shared memory of WAL mode then does not work.
            Err(StoreError::Database(error)) if wal && is_wal_failure(&error) => {
                Self::configure(path, schema, options, false)
            }
            other => other,
        }
    }

    fn configure(
        path: &Path,
        schema: &Schema,
        options: OpenOptions,
        wal: bool,
    ) -> Result<Self, StoreError> {
        let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE, options.vfs)?;
        let mut database = Self {
            connection,
            path: path.to_owned(),
            journal_mode: JournalMode::Rollback,
        };
        database
            .prepare(schema, options, wal)
            .map_err(|error| match error {
                StoreError::Database(error) => StoreError::database(path, error),
                other => other,
            })?;
        Ok(database)
    }

    fn prepare(
        &mut self,
        schema: &Schema,
        options: OpenOptions,
        wal: bool,
    ) -> Result<(), StoreError> {
        let connection = &mut self.connection;
        check_identity(connection, &self.path, schema)?;
        let mode = if wal { "WAL" } else { "TRUNCATE" };
        let mode: String =
            connection.pragma_update_and_check(None, "journal_mode", mode, |row| row.get(0))?;
        if mode.eq_ignore_ascii_case("wal") {
            self.journal_mode = JournalMode::Wal;
        } else if !mode.eq_ignore_ascii_case("truncate") {
            connection.pragma_update(None, "journal_mode", "TRUNCATE")?;
        }
        // NORMAL would lose a committed intent at a loss of power, and then a create could be sent
        // again.
        connection.pragma_update(None, "synchronous", "FULL")?;
        // macOS flushes its disk's cache only if asked; a no-op elsewhere.
        connection.pragma_update(None, "fullfsync", true)?;
        connection.pragma_update(None, "checkpoint_fullfsync", true)?;
        connection.pragma_update(None, "foreign_keys", true)?;
        if options.check_integrity {
            let result: String =
                connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
            if result != "ok" {
                return Err(StoreError::Corrupt {
                    path: self.path.clone(),
                });
            }
        }
        self.migrate(schema)
    }

    /// Brings the tables to the newest version, in one transaction, so that two processes may do it
    /// at the same time.
    fn migrate(&mut self, schema: &Schema) -> Result<(), StoreError> {
        if user_version(&self.connection)? == schema.migrations.len() {
            return Ok(());
        }
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let version = user_version(&transaction)?;
        if version > schema.migrations.len() {
            return Err(StoreError::NewerSchema {
                path: self.path.clone(),
                found: version,
                supported: schema.migrations.len(),
            });
        }
        for migration in &schema.migrations[version..] {
            transaction.execute_batch(migration)?;
        }
        transaction.pragma_update(None, "application_id", schema.application_id)?;
        transaction.pragma_update(None, "user_version", schema.migrations.len())?;
        transaction.commit()?;
        Ok(())
    }

    /// Returns the connection.
    pub fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// Returns the connection, for example to hand it to a [`Writer`](crate::Writer).
    #[must_use]
    pub fn into_connection(self) -> Connection {
        self.connection
    }

    /// Returns the path of the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns how transactions are made atomic here.
    #[must_use]
    pub fn journal_mode(&self) -> JournalMode {
        self.journal_mode
    }

    /// Opens a second connection that only reads, for queries beside a [`Writer`](crate::Writer).
    ///
    /// # Errors
    ///
    /// [`StoreError::Io`] if the file does not exist, [`StoreError::Database`] for everything else.
    pub fn open_read_only(
        path: impl AsRef<Path>,
        schema: &Schema,
    ) -> Result<Connection, StoreError> {
        let path = path.as_ref();
        std::fs::metadata(path).map_err(StoreError::io("open", path))?;
        let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY, None)?;
        check_identity(&connection, path, schema).map_err(|error| match error {
            StoreError::Database(error) => StoreError::database(path, error),
            other => other,
        })?;
        Ok(connection)
    }
}

fn connect(path: &Path, access: OpenFlags, vfs: Option<&str>) -> Result<Connection, StoreError> {
    let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = match vfs {
        Some(vfs) => Connection::open_with_flags_and_vfs(path, flags, vfs)?,
        None => Connection::open_with_flags(path, flags)?,
    };
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Fails if the file belongs to another program or a newer version. A new file has neither an id
/// nor a version.
fn check_identity(connection: &Connection, path: &Path, schema: &Schema) -> Result<(), StoreError> {
    let id: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let version = user_version(connection)?;
    if id != schema.application_id && (id != 0 || version != 0) {
        return Err(StoreError::WrongApplication {
            path: path.to_owned(),
            found: id,
        });
    }
    if version > schema.migrations.len() {
        return Err(StoreError::NewerSchema {
            path: path.to_owned(),
            found: version,
            supported: schema.migrations.len(),
        });
    }
    Ok(())
}

fn user_version(connection: &Connection) -> Result<usize, rusqlite::Error> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Returns true for the errors that WAL mode causes on file systems without shared memory or
/// byte-range locks.
fn is_wal_failure(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{CannotOpen, FileLockingProtocolFailed, SystemIoFailure};
    matches!(
        error.sqlite_error_code(),
        Some(CannotOpen | FileLockingProtocolFailed | SystemIoFailure)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMA: Schema = Schema {
        application_id: 0x746f_0001,
        migrations: &["CREATE TABLE note(text TEXT NOT NULL) STRICT;"],
    };

    fn pragma(database: &mut Database, name: &str) -> String {
        database
            .connection()
            .pragma_query_value(None, name, |row| {
                row.get::<_, rusqlite::types::Value>(0)
                    .map(|value| format!("{value:?}"))
            })
            .unwrap()
    }

    #[test]
    fn commits_are_flushed_in_wal_mode() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a/b/notes.db");
        let mut database = Database::open(&path, &SCHEMA, OpenOptions::default()).unwrap();
        assert_eq!(database.journal_mode(), JournalMode::Wal);
        assert_eq!(pragma(&mut database, "synchronous"), "Integer(2)");
        assert_eq!(pragma(&mut database, "journal_mode"), "Text(\"wal\")");
    }

    #[test]
    #[cfg(unix)]
    fn file_system_without_shared_memory_gets_a_rollback_journal() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("notes.db");
        // This VFS locks by files and has no shared memory, like some network file systems.
        let options = OpenOptions {
            vfs: Some("unix-dotfile"),
            ..OpenOptions::default()
        };
        let mut database = Database::open(&path, &SCHEMA, options).unwrap();
        assert_eq!(database.journal_mode(), JournalMode::Rollback);
        assert_eq!(pragma(&mut database, "journal_mode"), "Text(\"truncate\")");
        assert_eq!(pragma(&mut database, "synchronous"), "Integer(2)");
        database
            .connection()
            .execute("INSERT INTO note VALUES ('kept')", [])
            .unwrap();
        drop(database);
        let mut again = Database::open(&path, &SCHEMA, options).unwrap();
        let text: String = again
            .connection()
            .query_row("SELECT text FROM note", [], |row| row.get(0))
            .unwrap();
        assert_eq!(text, "kept");
    }

    #[test]
    #[cfg(unix)]
    fn files_and_directories_are_private() {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("state/notes.db");
        let mut database = Database::open(&path, &SCHEMA, OpenOptions::default()).unwrap();
        database
            .connection()
            .execute("INSERT INTO note VALUES ('private')", [])
            .unwrap();
        assert_eq!(mode(path.parent().unwrap()), 0o700);
        for suffix in ["", "-wal", "-shm"] {
            let file = PathBuf::from(format!("{}{suffix}", path.display()));
            assert_eq!(mode(&file), 0o600, "{}", file.display());
        }
        drop(database);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        Database::open(&path, &SCHEMA, OpenOptions::default()).unwrap();
        assert_eq!(mode(&path), 0o600);
    }

    #[test]
    fn foreign_and_newer_files_are_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("notes.db");
        Database::open(&path, &SCHEMA, OpenOptions::default()).unwrap();
        let other = Schema {
            application_id: 7,
            ..SCHEMA
        };
        let error = Database::open(&path, &other, OpenOptions::default()).unwrap_err();
        assert!(matches!(
            error,
            StoreError::WrongApplication {
                found: 0x746f_0001,
                ..
            }
        ));
        let older = Schema {
            migrations: &[],
            ..SCHEMA
        };
        let error = Database::open(&path, &older, OpenOptions::default()).unwrap_err();
        assert!(matches!(
            error,
            StoreError::NewerSchema {
                found: 1,
                supported: 0,
                ..
            }
        ));
    }

    #[test]
    fn file_that_is_not_a_database_is_corrupt() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("notes.db");
        std::fs::write(&path, "not a database\n".repeat(100)).unwrap();
        let error = Database::open(&path, &SCHEMA, OpenOptions::default()).unwrap_err();
        assert!(error.is_corrupt(), "{error}");
    }
}
