//! Files that people write: surveys, portfolios, organisations. An error names the file, the place and the mend.
use std::{fs, path::Path};

use serde::de::DeserializeOwned;

use crate::failure::{Failure, Kind, Outcome};

pub mod benefits;
mod entry;
pub mod fixed;
pub mod labelled;
pub mod organisations;
mod places;
pub mod portfolio;
pub mod survey;
pub mod texts;

/// Reads a file's text.
pub fn text(path: &Path) -> Outcome<String> {
    fs::read_to_string(path).map_err(|error| {
        let kind = if error.kind() == std::io::ErrorKind::NotFound { Kind::NotFound } else { Kind::Other };
        Failure::new(kind, format!("{}: {error}", path.display()))
    })
}

/// Reads YAML; `from` names where it comes from.
fn yaml<T: DeserializeOwned>(from: &str, text: &str) -> Outcome<T> {
    serde_norway::from_str(text).map_err(|error| Failure::usage(format!("{from}: {error}")))
}
