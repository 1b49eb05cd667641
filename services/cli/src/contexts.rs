//! Named sets of addresses and tokens, in `$XDG_CONFIG_HOME/soundings/contexts.toml`.
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::failure::{Failure, Kind, Outcome};

/// The contexts' file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contexts {
    /// The one in use when none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current: Option<String>,
    /// By name.
    #[serde(default)]
    pub contexts: BTreeMap<String, Context>,
}

/// Addresses and a token. What is missing has its default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Context {
    /// Where consultation is reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consultation: Option<String>,
    /// Where themes is reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub themes: Option<String>,
    /// Where portfolio is reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub portfolio: Option<String>,
    /// The file that holds the token; the token itself is never kept here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_file: Option<PathBuf>,
}

impl Contexts {
    /// Reads the file; empty when there is none.
    pub fn read() -> Outcome<Contexts> {
        let Some(path) = path() else { return Ok(Contexts::default()) };
        match fs::read_to_string(&path) {
            Ok(text) => toml::from_str(&text)
                .map_err(|error| Failure::usage(format!("{}: {}", path.display(), error.message()))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Contexts::default()),
            Err(error) => Err(Failure::new(Kind::Other, format!("{}: {error}", path.display()))),
        }
    }

    /// Writes the file.
    pub fn write(&self) -> Outcome {
        let path = path()
            .ok_or_else(|| Failure::usage("set HOME or XDG_CONFIG_HOME: there is no place for contexts"))?;
        let text =
            toml::to_string_pretty(self).map_err(|error| Failure::new(Kind::Other, error.to_string()))?;
        let folder = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        // Written aside and renamed, so that nobody reads half a file.
        let mut aside = tempfile::NamedTempFile::new_in(folder)?;
        io::Write::write_all(&mut aside, text.as_bytes())?;
        aside.persist(&path).map_err(|error| error.error)?;
        Ok(())
    }

    /// The context of this name, or the current one, or an empty one.
    pub fn pick(&self, name: Option<&str>) -> Outcome<Context> {
        match name.or(self.current.as_deref()) {
            None => Ok(Context::default()),
            Some(name) => self.contexts.get(name).cloned().ok_or_else(|| unknown(name)),
        }
    }
}

/// There is no context of this name.
pub fn unknown(name: &str) -> Failure {
    Failure::new(Kind::NotFound, format!("there is no context {name:?}: see `soundings context list`"))
}

#[expect(clippy::disallowed_methods, reason = "where settings are, is told by the environment")]
fn path() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = set("XDG_CONFIG_HOME").or_else(|| set("HOME").map(|home| home.join(".config")))?;
    Some(folder.join("soundings").join("contexts.toml"))
}
