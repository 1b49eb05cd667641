//! The folder of a deployment's secrets: a folder for each program, so that each is given its own alone.
//!
//! | folder | holds |
//! |---|---|
//! | `operator` | the key that signs tokens, the first operator's token, NKeys of those who provision and subscribe |
//! | `consultation`, `themes`, `portfolio` | the service's NKey, database password and token, and the key set |
//! | `nats` | who may do what on the NATS server |
//! | `postgres` | the password of the database server's superuser |
use std::{
    fs::{self, Permissions},
    io::Write,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use crate::{
    connection::Service,
    failure::{Failure, Kind, Outcome},
};

/// The folder.
#[derive(Debug, Clone)]
pub struct Secrets {
    folder: PathBuf,
}

impl Secrets {
    /// Secrets below this folder.
    pub fn below(folder: &Path) -> Secrets {
        Secrets { folder: folder.to_owned() }
    }

    fn of_operator(&self, file: &str) -> PathBuf {
        self.folder.join("operator").join(file)
    }

    fn of_service(&self, service: Service, file: &str) -> PathBuf {
        self.folder.join(service.name()).join(file)
    }

    /// The key that signs tokens.
    pub fn signing_key(&self) -> PathBuf {
        self.of_operator("signing-key.pem")
    }

    /// The first operator's token.
    pub fn operator_token(&self) -> PathBuf {
        self.of_operator("token")
    }

    /// The NKey of somebody who is no service: the one that provisions, or a subscriber.
    pub fn nkey(&self, user: &str) -> PathBuf {
        self.of_operator(&format!("{user}.nk"))
    }

    /// A service's NKey.
    pub fn service_nkey(&self, service: Service) -> PathBuf {
        self.of_service(service, "nats.nk")
    }

    /// The token that a service calls the others with.
    pub fn service_token(&self, service: Service) -> PathBuf {
        self.of_service(service, "token")
    }

    /// The public keys that a service checks tokens by.
    pub fn key_set(&self, service: Service) -> PathBuf {
        self.of_service(service, "jwks.json")
    }

    /// The password of a service's role.
    pub fn database_password(&self, service: Service) -> PathBuf {
        self.of_service(service, "database-password")
    }

    /// The password of the database server's superuser.
    pub fn superuser_password(&self) -> PathBuf {
        self.folder.join("postgres").join("password")
    }

    /// Who may do what on the NATS server.
    pub fn nats_users(&self) -> PathBuf {
        self.folder.join("nats").join("users.conf")
    }
}

/// Who may read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    /// Its owner alone.
    Owner,
    /// Its group as well: a program that runs as another user.
    Group,
}

/// What a file holds, its trailing line break aside; None when there is no such file.
pub fn read(path: &Path) -> Outcome<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text.trim_end().to_owned())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed("read", path, &error)),
    }
}

/// What a file holds; made first, when it is missing, and never overwritten.
pub fn keep(path: &Path, readers: Readers, make: impl FnOnce() -> Outcome<String>) -> Outcome<String> {
    if let Some(kept) = read(path)? {
        return Ok(kept);
    }
    let made = make()?;
    let aside = write_aside(path, readers, &made)?;
    match aside.persist_noclobber(path) {
        Ok(_) => Ok(made),
        // Somebody else was quicker: theirs counts.
        Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => {
            read(path)?.ok_or_else(|| failed("read", path, &error.error))
        }
        Err(error) => Err(failed("write", path, &error.error)),
    }
}

/// Makes a file hold this text: what follows from other secrets is written again when those, or this program, have
/// changed.
pub fn put(path: &Path, readers: Readers, text: &str) -> Outcome {
    if read(path)?.as_deref() == Some(text.trim_end()) {
        return Ok(());
    }
    let aside = write_aside(path, readers, text)?;
    aside.persist(path).map(drop).map_err(|error| failed("write", path, &error.error))
}

/// Written aside and moved into place, so that nobody reads half a file, and a full disk leaves none behind.
fn write_aside(path: &Path, readers: Readers, text: &str) -> Outcome<tempfile::NamedTempFile> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let write = || {
        fs::create_dir_all(folder)?;
        let mut aside = tempfile::NamedTempFile::new_in(folder)?;
        let mode = if readers == Readers::Group { 0o640 } else { 0o600 };
        aside.as_file().set_permissions(Permissions::from_mode(mode))?;
        writeln!(aside, "{}", text.trim_end())?;
        aside.as_file().sync_all()?;
        Ok(aside)
    };
    write().map_err(|error| failed("write", path, &error))
}

fn failed(act: &str, path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(Kind::Other, format!("cannot {act} {}: {error}", path.display()))
}
