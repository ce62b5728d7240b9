//! Where the local services keep their state, and how their blocking engines are run. It must
//! never know what any service stores.
//!
//! A data folder holds:
//!
//! | name | what |
//! | --- | --- |
//! | `lock` | held while a process uses the folder; a second one is refused |
//! | `table.db` | the tables, their indexes and their stream (`SQLite`, write-ahead log) |
//! | `state.db` | queues, bus, secrets, mail, invalidations, positions (`SQLite`, write-ahead log) |
//! | `mail/` | one file per mail that was sent, to be read |
//! | `objects/` | one folder per bucket, one file per object, beside them their attributes |
//!
//! Every write reaches the operating system before it is acknowledged, so killing the process
//! loses nothing acknowledged. It is not flushed to the disk before it is acknowledged
//! (`synchronous = NORMAL`): a loss of power may take the last moments with it, and leaves both
//! databases whole. Why not flush: the objects beside them are not flushed either, so half of
//! the state would promise what the other half does not keep.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use rusqlite::backup::Backup;
use tempfile::TempDir;

use crate::services::ServicesError;

/// Where state is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Storage {
    /// In memory (objects in a temporary folder), gone when the services are dropped.
    Memory,
    /// In a folder, found again by the next process.
    Folder(PathBuf),
}

/// An open place for state.
#[derive(Debug)]
pub(crate) enum Place {
    /// A temporary folder, removed at the end.
    Temporary(TempDir),
    /// A folder that stays, kept from other processes until then.
    Lasting { folder: PathBuf, _lock: File },
}

impl Place {
    /// Opens `storage`; a folder that another process uses is refused.
    pub(crate) fn open(storage: &Storage) -> Result<Self, ServicesError> {
        match storage {
            Storage::Memory => Ok(Self::Temporary(TempDir::with_prefix("hotswap-")?)),
            Storage::Folder(folder) => {
                fs::create_dir_all(folder)?;
                let lock = File::create(folder.join("lock"))?;
                match lock.try_lock() {
                    Ok(()) => {}
                    Err(TryLockError::WouldBlock) => {
                        return Err(ServicesError::InUse(folder.clone()));
                    }
                    Err(TryLockError::Error(error)) => return Err(error.into()),
                }
                Ok(Self::Lasting {
                    folder: folder.clone(),
                    _lock: lock,
                })
            }
        }
    }

    /// Opens a temporary place with a copy of the objects that are here.
    pub(crate) fn copy(&self) -> Result<Self, ServicesError> {
        let copy = Self::open(&Storage::Memory)?;
        copy_folder(&self.objects()?, &copy.objects()?)?;
        Ok(copy)
    }

    /// Returns the folder that mail is put into, or none when state is kept in memory.
    pub(crate) fn mail(&self) -> Option<PathBuf> {
        self.is_lasting().then(|| self.folder().join("mail"))
    }

    /// Returns the path of the database `name`, or none when state is kept in memory.
    pub(crate) fn database(&self, name: &str) -> Option<PathBuf> {
        self.is_lasting().then(|| self.folder().join(name))
    }

    /// Returns the folder of the objects, which is there.
    pub(crate) fn objects(&self) -> Result<PathBuf, ServicesError> {
        let objects = self.folder().join("objects");
        fs::create_dir_all(&objects)?;
        Ok(objects)
    }

    /// Reports whether state outlives the process.
    pub(crate) fn is_lasting(&self) -> bool {
        matches!(self, Self::Lasting { .. })
    }

    fn folder(&self) -> &Path {
        match self {
            Self::Temporary(folder) => folder.path(),
            Self::Lasting { folder, .. } => folder,
        }
    }
}

/// A blocking engine behind a lock. In memory it runs where it is called (it never waits); on
/// disk it runs on the threads for blocking work.
#[derive(Debug)]
pub(crate) struct Engine<T> {
    inner: Arc<Mutex<T>>,
    blocks: bool,
}

impl<T> Clone for Engine<T> {
    fn clone(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            blocks: self.blocks,
        }
    }
}

impl<T: Send + 'static> Engine<T> {
    /// Wraps `inner`, which waits for a disk if `blocks`.
    pub(crate) fn new(inner: T, blocks: bool) -> Self {
        Self {
            inner: Arc::new(Mutex::new(inner)),
            blocks,
        }
    }

    /// Runs `work` alone with the engine. Once begun it ends, even if the caller goes away.
    pub(crate) async fn run<R, F>(&self, work: F) -> Result<R, ServicesError>
    where
        R: Send + 'static,
        F: FnOnce(&mut T) -> Result<R, ServicesError> + Send + 'static,
    {
        if !self.blocks {
            return self.run_here(work);
        }
        let engine = self.clone();
        tokio::task::spawn_blocking(move || engine.run_here(work))
            .await
            .map_err(|error| ServicesError::Engine(error.to_string()))?
    }

    /// Runs `work` alone with the engine on this thread.
    pub(crate) fn run_here<R, F>(&self, work: F) -> Result<R, ServicesError>
    where
        F: FnOnce(&mut T) -> Result<R, ServicesError>,
    {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        work(&mut inner)
    }
}

/// Opens the database at `path`, or one in memory, and makes `schema` in it.
pub(crate) fn open_database(
    path: Option<&Path>,
    schema: &str,
) -> Result<Connection, ServicesError> {
    let connection = match path {
        Some(path) => Connection::open(path)?,
        None => Connection::open_in_memory()?,
    };
    set_durability(&connection)?;
    connection.execute_batch(schema)?;
    Ok(connection)
}

/// Makes the database `to` what the database `from` is.
pub(crate) fn copy_database(from: &Connection, to: &mut Connection) -> Result<(), ServicesError> {
    const ALL_PAGES: i32 = -1;
    Backup::new(from, to)?.step(ALL_PAGES)?;
    Ok(())
}

fn copy_folder(from: &Path, to: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            fs::create_dir_all(&target)?;
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}

/// Sets what an acknowledged write has survived; see the module.
pub(crate) fn set_durability(connection: &Connection) -> Result<(), ServicesError> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "wal_autocheckpoint", 1_000)?;
    Ok(())
}
