//! Creating and opening a batch.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use toapis_store::rusqlite::{Connection, OptionalExtension as _};
use toapis_store::{Database, FileLock, OpenOptions, StoreError, Writer};

use super::load::load;
use super::schema::SCHEMA;
use crate::error::BatchError;
use crate::ids::BatchId;
use crate::manifest::{ManifestRow, RowError};

/// What is decided when a batch is created, and kept with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BatchSettings {
    /// Directory of the images.
    pub output: PathBuf,
    /// Directory that local reference images are relative to.
    pub references: PathBuf,
    /// Maximum number of credits to reserve and spend; `None` for no limit.
    pub budget: Option<u64>,
    /// Expected cost of one image in credits. Needed for a budget; the contract has no prices.
    pub credits_per_image: Option<u64>,
}

impl BatchSettings {
    /// Creates settings without a budget. References are relative to the current directory.
    #[must_use]
    pub fn new(output: impl Into<PathBuf>) -> Self {
        Self {
            output: output.into(),
            references: PathBuf::new(),
            budget: None,
            credits_per_image: None,
        }
    }

    /// Sets the directory that local reference images are relative to.
    #[must_use]
    pub fn references(mut self, directory: impl Into<PathBuf>) -> Self {
        self.references = directory.into();
        self
    }

    /// Limits what is spent, given the expected cost of one image, both in credits.
    #[must_use]
    pub fn budget(mut self, credits: u64, credits_per_image: u64) -> Self {
        self.budget = Some(credits);
        self.credits_per_image = Some(credits_per_image);
        self
    }
}

/// A batch that this process has opened. While it is open, no other process can.
///
/// Its state is one SQLite file, whose commits survive a crash and a loss of power.
pub struct Batch {
    id: BatchId,
    settings: BatchSettings,
    path: PathBuf,
    pub(super) writer: Writer,
    reader: Mutex<Connection>,
    running: AtomicBool,
    _lock: FileLock,
}

impl Batch {
    /// Creates a batch from rows, all or nothing: every row is checked by the rules of its model
    /// first, and if one has an error nothing is loaded. Nothing is sent.
    ///
    /// # Errors
    ///
    /// [`BatchError::Manifest`] with every error; [`BatchError::AlreadyExists`] if the file holds a
    /// batch.
    pub fn create(
        path: impl AsRef<Path>,
        id: BatchId,
        settings: BatchSettings,
        rows: impl Iterator<Item = Result<ManifestRow, RowError>>,
    ) -> Result<Self, BatchError> {
        if settings.budget.is_some() && settings.credits_per_image.is_none() {
            return Err(BatchError::BudgetWithoutCost);
        }
        let (mut database, lock) = open_locked(path.as_ref())?;
        if read_batch(database.connection())?.is_some() {
            return Err(BatchError::AlreadyExists(path.as_ref().to_owned()));
        }
        load(database.connection(), &id, &settings, rows)?;
        Self::new(id, settings, database, lock)
    }

    /// Opens a batch.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`] if the file holds no batch; [`StoreError::Locked`] if another
    /// process has it open.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, BatchError> {
        let path = path.as_ref();
        let missing = || StoreError::NotFound(path.display().to_string());
        if !path.exists() {
            return Err(missing().into());
        }
        let (mut database, lock) = open_locked(path)?;
        let (id, settings) = read_batch(database.connection())?.ok_or_else(missing)?;
        Self::new(id, settings, database, lock)
    }

    fn new(
        id: BatchId,
        settings: BatchSettings,
        database: Database,
        lock: FileLock,
    ) -> Result<Self, BatchError> {
        let path = database.path().to_owned();
        let reader = Database::open_read_only(&path, &SCHEMA)?;
        Ok(Self {
            id,
            settings,
            path,
            writer: Writer::spawn(database.into_connection())?,
            reader: Mutex::new(reader),
            running: AtomicBool::new(false),
            _lock: lock,
        })
    }

    /// Returns the batch's id.
    #[must_use]
    pub fn id(&self) -> &BatchId {
        &self.id
    }

    /// Returns what was decided when it was created.
    #[must_use]
    pub fn settings(&self) -> &BatchSettings {
        &self.settings
    }

    /// Returns the path of its file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the flag that is set while the batch is being run.
    pub(crate) fn running(&self) -> &AtomicBool {
        &self.running
    }

    pub(super) fn reader(&self) -> MutexGuard<'_, Connection> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch")
            .field("id", &self.id)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

fn open_locked(path: &Path) -> Result<(Database, FileLock), BatchError> {
    if let Some(directory) = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
    {
        toapis_store::create_private_directory(directory)?;
    }
    let mut lock_path = path.as_os_str().to_owned();
    lock_path.push(".lock");
    let lock = FileLock::try_exclusive(PathBuf::from(lock_path))?;
    let database = Database::open(path, &SCHEMA, OpenOptions::default())?;
    Ok((database, lock))
}

/// Returns the id and settings, or `None` if nothing was loaded yet.
fn read_batch(connection: &Connection) -> Result<Option<(BatchId, BatchSettings)>, BatchError> {
    let found: Option<(String, String)> = connection
        .query_row("SELECT id, settings FROM batch", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()
        .map_err(StoreError::from)?;
    let Some((id, settings)) = found else {
        return Ok(None);
    };
    let settings = serde_json::from_str(&settings)
        .map_err(|error| StoreError::Value(format!("settings: {error}")))?;
    Ok(Some((BatchId::new(id)?, settings)))
}
