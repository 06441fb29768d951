//! The one thread that reads and writes the file: many changes in one commit, and no result before it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use rusqlite::Connection;
use rusqlite::config::DbConfig;
use tokio::sync::{mpsc, oneshot};

use super::error::{Fault, JournalError};
use super::file_watch::FileWatch;
use super::open_file::OpenFile;
use super::pending::Pending;
use super::schema;
use super::session;

/// How many jobs may wait for the thread before callers have to wait.
const QUEUE: usize = 256;

/// How many jobs one commit covers at most.
const GROUP: usize = 256;

/// A read, or a change that needs the commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    Read,
    Write,
}

/// Tells the caller, once it is known whether the commit worked.
type Reply = Box<dyn FnOnce(Result<(), JournalError>) + Send>;

struct Job {
    access: Access,
    run: Run,
}

/// Does the job, or takes the reason why it is not done.
type Run = Box<dyn FnOnce(Result<&Connection, JournalError>) -> (Reply, Result<(), JournalError>) + Send>;

enum Message {
    Job(Job),
    Close(oneshot::Sender<Result<(), JournalError>>),
}

/// The handle to the thread. Dropping it closes the journal.
#[derive(Debug)]
pub(super) struct Writer {
    queue: mpsc::Sender<Message>,
    closing: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// `rewind` is called whenever changes that were begun are undone.
    pub(super) fn start(journal: OpenJournal, rewind: impl Fn() + Send + 'static) -> Result<Self, JournalError> {
        let (queue, jobs) = mpsc::channel(QUEUE);
        let path = journal.file.path().to_owned();
        let closing = Arc::new(AtomicBool::new(false));
        let close = Arc::clone(&closing);
        let thread = thread::Builder::new()
            .name("bambora-journal".to_owned())
            .spawn(move || journal.work(jobs, &close, &rewind))
            .map_err(|source| JournalError::Open { path, source: source.into() })?;
        Ok(Self { queue, closing, thread: Some(thread) })
    }

    /// Has the thread run a job. A job makes its change with its last statement, or none: there is no rollback of one job.
    pub(super) fn ask<T: Send + 'static>(
        &self,
        access: Access,
        job: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Pending<T> {
        let (sender, receiver) = oneshot::channel();
        let job = Job {
            access,
            run: Box::new(move |connection| {
                let result = connection.and_then(|connection| Ok(job(connection)?));
                let failed = result.as_ref().err().cloned().map_or(Ok(()), Err);
                let reply: Reply = Box::new(move |committed| {
                    // The caller may have gone.
                    let _ = sender.send(committed.and(result));
                });
                (reply, failed)
            }),
        };
        self.send(Message::Job(job), receiver)
    }

    pub(super) fn close(&self) -> Pending<()> {
        let (sender, receiver) = oneshot::channel();
        self.send(Message::Close(sender), receiver)
    }

    fn send<T: Send + 'static>(
        &self,
        message: Message,
        reply: oneshot::Receiver<Result<T, JournalError>>,
    ) -> Pending<T> {
        let queue = self.queue.clone();
        Pending::new(async move {
            queue.send(message).await.map_err(|_| JournalError::Closed)?;
            reply.await.unwrap_or(Err(JournalError::Closed))
        })
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // Others may keep the queue open, with what they have not asked yet. If it is full, the thread looks here after
        // its next commit.
        self.closing.store(true, Ordering::SeqCst);
        let _ = self.queue.try_send(Message::Close(oneshot::channel().0));
        if let Some(thread) = self.thread.take() {
            // Without waiting, opening the same file again at once would find it in use.
            let _ = thread.join();
        }
    }
}

/// What the changes of one use of the journal share.
#[derive(Debug)]
struct Session {
    number: i64,
    /// The journal's file and the one beside it.
    files: [FileWatch; 2],
}

/// The journal as its thread has it.
#[derive(Debug)]
pub(super) struct OpenJournal {
    // Before the file: closing a handle to the file would end SQLite's lock.
    connection: Connection,
    file: OpenFile,
    /// From the first change on.
    session: Option<Session>,
    /// Why nothing can be written any more.
    stopped: Option<JournalError>,
}

impl OpenJournal {
    pub(super) fn new(file: OpenFile, connection: Connection) -> Self {
        Self { connection, file, session: None, stopped: None }
    }

    /// Makes the file the journal's own, with a change that goes with it.
    pub(super) fn adopt(&mut self, change: impl FnOnce(&Connection) -> Result<(), Fault>) -> Result<(), JournalError> {
        self.begin_writing()?;
        schema::set_file(&self.connection, self.file.number())?;
        change(&self.connection)?;
        Ok(self.commit()?)
    }

    fn work(mut self, mut jobs: mpsc::Receiver<Message>, closing: &AtomicBool, rewind: &dyn Fn()) {
        while let Some(message) = jobs.blocking_recv() {
            let mut next = Some(message);
            let mut close = None;
            // What comes while others are done is in the same commit.
            let group = std::iter::from_fn(|| match next.take().or_else(|| jobs.try_recv().ok())? {
                Message::Job(job) => Some(job),
                Message::Close(reply) => {
                    close = Some(reply);
                    None
                }
            });
            if self.run(group.fuse().take(GROUP)).is_err() {
                rewind();
            }
            if let Some(reply) = close {
                let closed = self.close().map_err(JournalError::from);
                // A program that dropped the journal does not hear of it. The next opening finds it as after a crash.
                let _ = reply.send(closed);
                return;
            }
            if closing.load(Ordering::SeqCst) && jobs.is_empty() {
                break;
            }
        }
        let _ = self.close();
    }

    /// Runs jobs in one transaction, and tells of them after it was committed.
    fn run(&mut self, jobs: impl Iterator<Item = Job>) -> Result<(), JournalError> {
        let mut replies = Vec::new();
        let mut outcome = self.stopped.clone().map_or(Ok(()), Err);
        let mut writes = false;
        for job in jobs {
            if outcome.is_ok() && job.access == Access::Write && !writes {
                writes = true;
                outcome = self.begin_writing().map_err(JournalError::from);
            }
            let connection = outcome.clone().map(|()| &self.connection);
            let (reply, result) = (job.run)(connection);
            replies.push(reply);
            if let Err(error) = result
                && error.undoes_the_commit()
            {
                outcome = Err(error);
            }
        }
        if writes {
            outcome = outcome.and_then(|()| Ok(self.commit()?));
        }
        if let Err(error) = &outcome {
            // Fails if SQLite has rolled back by itself, or there is nothing to roll back.
            let _ = self.connection.execute_batch("rollback");
            if error.stops_the_journal() {
                self.stopped.get_or_insert_with(|| error.clone());
            }
        }
        for reply in replies {
            reply(outcome.clone());
        }
        outcome
    }

    fn begin_writing(&mut self) -> Result<(), Fault> {
        let session = match &self.session {
            Some(session) => session.number,
            None => self.begin_session()?,
        };
        session::begin_transaction(&self.connection, session)
    }

    fn begin_session(&mut self) -> Result<i64, Fault> {
        let mut file = FileWatch::new(self.file.path())?;
        let number = session::begin(&self.connection)?;
        file.check()?;
        self.session = Some(Session { number, files: [file, FileWatch::new(&self.file.wal_path())?] });
        Ok(number)
    }

    /// Commits, and makes sure that it was committed to files that still have their names and all that was in them.
    fn commit(&mut self) -> Result<(), Fault> {
        self.check_files()?;
        self.connection.execute_batch("commit")?;
        Ok(self.check_files()?)
    }

    fn check_files(&mut self) -> Result<(), JournalError> {
        self.session.iter_mut().flat_map(|session| &mut session.files).try_for_each(FileWatch::check)
    }

    fn close(self) -> Result<(), Fault> {
        if let Some(error) = self.stopped {
            return Err(error.into());
        }
        let in_use = session::current(&self.connection)? % 2 == 1;
        if self.session.is_some() {
            session::end(&self.connection)?;
        }
        if self.session.is_some() || !in_use {
            // The file is complete, so that the one beside it can go.
            self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
        }
        self.connection.close().map_err(|(_, error)| Fault::from(error))
        // The handle to the file goes last.
    }
}
