//! The folder that everything is kept in, claimed by one process at a time.
use std::{
    fs::{self, File, TryLockError},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use crate::failure::{Failure, Kind, Outcome};

/// A claimed folder; free again when dropped, or when the process is gone.
pub struct DataFolder {
    path: PathBuf,
    _lock: File,
}

impl DataFolder {
    /// Makes the folder when it is missing, and claims it.
    pub fn claim(path: &Path) -> Outcome<DataFolder> {
        let failed = |error: std::io::Error| {
            Failure::new(Kind::Other, format!("cannot use the data folder {}: {error}", path.display()))
        };
        if !path.exists() {
            // What people wrote is in it: it is its owner's alone.
            fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(failed)?;
        }
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path.join("lock"))
            .map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(DataFolder { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => {
                let text = format!("another `soundings up` is running in {}", path.display());
                Err(Failure::new(Kind::Conflict, text))
            }
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// The key that signs this folder's tokens.
pub fn key_file(folder: &Path) -> PathBuf {
    folder.join("key.pem")
}
