//! A thread that writes, with many jobs in one commit.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;

use crate::error::StoreError;

/// Maximum number of jobs in one commit.
const MAX_GROUP: usize = 256;

/// Runs inside the transaction.
type Job = Box<dyn FnOnce(&Connection) -> Finished + Send>;

/// A job that ran, but whose caller does not know yet.
struct Finished {
    succeeded: bool,
    /// Reports the result, once the commit succeeded or failed.
    report: Report,
}

type Report = Box<dyn FnOnce(Result<(), &StoreError>)>;

/// A thread that owns a connection and commits the jobs of all callers in groups.
///
/// While one commit is flushed to the disk, the jobs that arrive are collected; they share the next
/// commit. A caller gets its result only after the commit, so what was reported as done survives a
/// loss of power. A job that fails is rolled back alone.
///
/// Jobs that were passed to a writer are finished when it is dropped.
#[derive(Debug)]
pub struct Writer {
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread.
    ///
    /// # Errors
    ///
    /// [`StoreError::Database`] if the connection is unusable; [`StoreError::WriterStopped`] if no
    /// thread can be started.
    pub fn spawn(connection: Connection) -> Result<Self, StoreError> {
        let (jobs, receiver) = channel();
        let thread = std::thread::Builder::new()
            .name("toapis-store-writer".to_owned())
            .spawn(move || run(connection, &receiver))
            .map_err(|_| StoreError::WriterStopped)?;
        Ok(Self {
            jobs: Some(jobs),
            thread: Some(thread),
        })
    }

    /// Runs a job in the next commit and waits until that is durable.
    ///
    /// The job runs even if the returned future is dropped.
    ///
    /// # Errors
    ///
    /// The job's own error, [`StoreError::CommitFailed`], or [`StoreError::WriterStopped`].
    pub async fn call<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.enqueue(job)?
            .await
            .unwrap_or(Err(StoreError::WriterStopped))
    }

    /// As [`call`](Self::call), for callers outside an async runtime.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    pub fn call_blocking<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.enqueue(job)?
            .blocking_recv()
            .unwrap_or(Err(StoreError::WriterStopped))
    }

    fn enqueue<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<oneshot::Receiver<Result<T, StoreError>>, StoreError> {
        let (sender, receiver) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            let result = job(connection);
            Finished {
                succeeded: result.is_ok(),
                report: Box::new(move |committed| {
                    let result = match committed {
                        Ok(()) => result,
                        Err(error) => Err(StoreError::CommitFailed(describe(error))),
                    };
                    // The caller may be gone; the job counts all the same.
                    let _ = sender.send(result);
                }),
            }
        });
        let jobs = self.jobs.as_ref().ok_or(StoreError::WriterStopped)?;
        jobs.send(job).map_err(|_| StoreError::WriterStopped)?;
        Ok(receiver)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(mut connection: Connection, jobs: &Receiver<Job>) {
    while let Ok(first) = jobs.recv() {
        let mut finished = Vec::new();
        let committed = commit_group(&mut connection, first, jobs, &mut finished);
        for job in finished {
            (job.report)(committed.as_ref().copied());
        }
    }
}

/// Runs the first job and those that arrived meanwhile in one transaction.
///
/// If the transaction cannot begin, the first job is dropped without running, which its caller sees
/// as an error.
fn commit_group(
    connection: &mut Connection,
    first: Job,
    jobs: &Receiver<Job>,
    finished: &mut Vec<Finished>,
) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut next = Some(first);
    while let Some(job) = next {
        transaction.execute_batch("SAVEPOINT job")?;
        let job = job(&transaction);
        let succeeded = job.succeeded;
        finished.push(job);
        if !succeeded {
            transaction.execute_batch("ROLLBACK TO job")?;
        }
        transaction.execute_batch("RELEASE job")?;
        next = (finished.len() < MAX_GROUP)
            .then(|| jobs.try_recv().ok())
            .flatten();
    }
    transaction.commit()?;
    Ok(())
}

/// Returns the error and its causes in one line.
fn describe(error: &StoreError) -> String {
    use std::error::Error as _;
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::database::{Database, OpenOptions, Schema};

    const SCHEMA: Schema = Schema {
        application_id: 0x746f_0001,
        migrations: &["CREATE TABLE note(n INTEGER PRIMARY KEY CHECK (n < 100)) STRICT;"],
    };

    fn writer(path: &Path) -> Writer {
        let database = Database::open(path, &SCHEMA, OpenOptions::default()).unwrap();
        Writer::spawn(database.into_connection()).unwrap()
    }

    fn numbers(path: &Path) -> Vec<i64> {
        let connection = Database::open_read_only(path, &SCHEMA).unwrap();
        let mut statement = connection.prepare("SELECT n FROM note ORDER BY n").unwrap();
        statement
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect()
    }

    fn insert(connection: &Connection, n: i64) -> Result<(), StoreError> {
        connection.execute("INSERT INTO note VALUES (?1)", [n])?;
        Ok(())
    }

    #[tokio::test]
    async fn failed_job_is_rolled_back_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("notes.db");
        let writer = writer(&path);
        // Holds the first transaction open until all three jobs are queued, so that they share one
        // commit.
        let (open, gate) = channel::<()>();
        let first = writer.call(move |connection| {
            gate.recv().unwrap();
            insert(connection, 1)
        });
        let second = writer.call(|connection| {
            insert(connection, 2)?;
            insert(connection, 100)
        });
        let third = writer.call(|connection| insert(connection, 3));
        let release = async {
            open.send(()).unwrap();
        };
        let (first, second, third, ()) = tokio::join!(first, second, third, release);
        assert!(first.is_ok() && second.is_err() && third.is_ok());
        assert_eq!(numbers(&path), [1, 3]);
    }

    #[tokio::test]
    async fn result_is_reported_only_after_the_commit() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("notes.db");
        let writer = writer(&path);
        for n in 0..20 {
            writer
                .call(move |connection| insert(connection, n))
                .await
                .unwrap();
            assert_eq!(numbers(&path).len(), usize::try_from(n).unwrap() + 1);
        }
    }

    #[test]
    fn queued_jobs_are_finished_when_the_writer_is_dropped() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("notes.db");
        let writer = writer(&path);
        for n in 0..50 {
            drop(
                writer
                    .enqueue(move |connection| insert(connection, n))
                    .unwrap(),
            );
        }
        drop(writer);
        assert_eq!(numbers(&path).len(), 50);
    }

    #[tokio::test]
    async fn failed_commit_is_an_error_of_every_job_in_the_group() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("notes.db");
        let database = Database::open(&path, &SCHEMA, OpenOptions::default()).unwrap();
        let connection = database.into_connection();
        connection
            .execute_batch(
                "PRAGMA foreign_keys = ON;
                 CREATE TABLE child(n INTEGER REFERENCES note(n) DEFERRABLE INITIALLY DEFERRED);",
            )
            .unwrap();
        let writer = Writer::spawn(connection).unwrap();
        // The deferred foreign key is checked by the commit, not by the statement.
        let result = writer
            .call(|connection| {
                insert(connection, 1)?;
                connection.execute("INSERT INTO child VALUES (2)", [])?;
                Ok(())
            })
            .await;
        assert!(
            matches!(result, Err(StoreError::CommitFailed(_))),
            "{result:?}"
        );
        assert_eq!(numbers(&path), [0i64; 0]);
        writer
            .call(|connection| insert(connection, 5))
            .await
            .unwrap();
        assert_eq!(numbers(&path), [5]);
    }

    #[tokio::test]
    async fn panicking_job_stops_the_writer() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("notes.db");
        let writer = writer(&path);
        let result: Result<(), _> = writer.call(|_| panic!("expected by the test")).await;
        assert!(matches!(result, Err(StoreError::WriterStopped)));
        let result = writer.call(|connection| insert(connection, 1)).await;
        assert!(matches!(result, Err(StoreError::WriterStopped)));
    }
}
