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
    fs::read_to_string(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            Failure::new(Kind::NotFound, format!("there is no file {}", path.display()))
        }
        std::io::ErrorKind::InvalidData => {
            Failure::usage(format!("{} is not in UTF-8: save it again as UTF-8", path.display()))
        }
        _ => Failure::new(Kind::Other, format!("{}: {error}", path.display())),
    })
}

/// Reads YAML; `from` names where it comes from.
fn yaml<T: DeserializeOwned>(from: &str, text: &str) -> Outcome<T> {
    serde_norway::from_str(text).map_err(|error| Failure::usage(format!("{from}: {error}")))
}
