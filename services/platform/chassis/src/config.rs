//! Layered configuration: defaults in code < file < environment < flags. Unknown keys are refused by name.
use std::path::{Path, PathBuf};

use config::{Environment, File, FileFormat, Map, Source, Value, ValueKind};
use serde::{Serialize, de::DeserializeOwned};

/// Where settings come from.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// A TOML or YAML file (by its ending).
    pub file: Option<PathBuf>,
    /// Begins the variables' names, such as `SOUNDINGS_THEMES`; levels are joined by `__`.
    pub prefix: String,
    /// The environment; only variables that begin with `{prefix}__` are read. Lists are separated by commas.
    pub environment: Vec<(String, String)>,
    /// Flags: dotted key and value; lists are separated by commas.
    pub flags: Vec<(String, String)>,
}

impl Sources {
    /// The process's environment under this prefix.
    pub fn from_environment(prefix: &str) -> Self {
        Sources { prefix: prefix.to_owned(), environment: std::env::vars().collect(), ..Self::default() }
    }

    /// The environment, and the file that these arguments name: `[--config FILE]`.
    pub fn from_process(
        prefix: &str,
        mut arguments: impl Iterator<Item = String>,
    ) -> Result<Self, ConfigError> {
        let mut sources = Self::from_environment(prefix);
        while let Some(argument) = arguments.next() {
            match (argument.as_str(), arguments.next()) {
                ("--config", Some(file)) => sources.file = Some(PathBuf::from(file)),
                _ => {
                    return Err(ConfigError(format!(
                        "unknown argument {argument:?}; usage: [health] [--config FILE]"
                    )));
                }
            }
        }
        Ok(sources)
    }
}

/// Why settings cannot be used, in a sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(String);

/// Reads `T`, whose `Default` holds every key with its default.
pub fn load<T: Serialize + DeserializeOwned + Default>(sources: &Sources) -> Result<T, ConfigError> {
    let plain = |error: config::ConfigError| ConfigError(format!("configuration: {error}"));
    let defaults = Values::of(&T::default())?;
    let known = defaults.0.clone();
    let mut builder = config::Config::builder().add_source(defaults);

    if let Some(path) = &sources.file {
        let file = File::from(path.as_path()).format(format_of(path)?);
        let found = file.collect().map_err(plain)?;
        refuse_unknown(&found, &known, "", &|key| format!("{key} in {}", path.display()))?;
        builder = builder.add_source(file);
    }

    let start = format!("{}__", sources.prefix);
    let variables: Map<String, String> =
        sources.environment.iter().filter(|(name, _)| name.starts_with(&start)).cloned().collect();
    let environment = Environment::with_prefix(&sources.prefix)
        .prefix_separator("__")
        .separator("__")
        .source(Some(variables));
    let mut found = environment.collect().map_err(plain)?;
    refuse_unknown(&found, &known, "", &|key| format!("{start}{}", key.replace('.', "__").to_uppercase()))?;
    split_lists(&mut found, &known);
    builder = builder.add_source(Values(found));

    let mut flags: Map<String, Value> =
        sources.flags.iter().map(|(key, value)| (key.clone(), Value::from(value.as_str()))).collect();
    split_lists(&mut flags, &known);
    builder = builder.add_source(Values(flags));
    builder.build().and_then(config::Config::try_deserialize).map_err(plain)
}

/// The settings in use, as TOML. Secrets are kept in files that settings only name, so none is shown.
pub fn dump<T: Serialize>(settings: &T) -> Result<String, ConfigError> {
    toml::to_string_pretty(settings).map_err(|error| ConfigError(format!("configuration: {error}")))
}

/// Keys with their values.
#[derive(Debug, Clone)]
struct Values(Map<String, Value>);

impl Values {
    /// Every key of settings. `config`'s own serialiser forgets empty lists, which are keys all the same.
    fn of<T: Serialize>(settings: &T) -> Result<Self, ConfigError> {
        let json =
            serde_json::to_value(settings).map_err(|error| ConfigError(format!("configuration: {error}")))?;
        match value(json).kind {
            ValueKind::Table(table) => Ok(Values(table)),
            _ => Err(ConfigError("configuration: settings must be a struct".to_owned())),
        }
    }
}

impl Source for Values {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, config::ConfigError> {
        Ok(self.0.clone())
    }
}

/// A variable or flag that sets a list holds its parts, separated by commas.
fn split_lists(found: &mut Map<String, Value>, known: &Map<String, Value>) {
    for (key, value) in found {
        let mut expected = known;
        let mut parts = key.split('.').peekable();
        while let Some(part) = parts.next() {
            match expected.get(part).map(|value| &value.kind) {
                Some(ValueKind::Table(below)) => expected = below,
                Some(ValueKind::Array(_)) if parts.peek().is_none() => {
                    let text = value.clone().into_string().unwrap_or_default();
                    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
                    value.kind = ValueKind::Array(parts.map(Value::from).collect());
                }
                _ => break,
            }
        }
    }
}

fn value(json: serde_json::Value) -> Value {
    use serde_json::Value as Json;
    let kind = match json {
        Json::Null => ValueKind::Nil,
        Json::Bool(flag) => ValueKind::Boolean(flag),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => ValueKind::I64(whole),
            (None, Some(fraction)) => ValueKind::Float(fraction),
            (None, None) => ValueKind::String(number.to_string()),
        },
        Json::String(text) => ValueKind::String(text),
        Json::Array(all) => ValueKind::Array(all.into_iter().map(value).collect()),
        Json::Object(object) => {
            ValueKind::Table(object.into_iter().map(|(key, below)| (key, value(below))).collect())
        }
    };
    Value::new(None, kind)
}

fn format_of(path: &Path) -> Result<FileFormat, ConfigError> {
    match path.extension().and_then(|e| e.to_str()) {
        Some("toml") => Ok(FileFormat::Toml),
        Some("yaml" | "yml") => Ok(FileFormat::Yaml),
        _ => Err(ConfigError(format!("{} must end in .toml, .yaml or .yml", path.display()))),
    }
}

fn refuse_unknown(
    found: &Map<String, Value>,
    known: &Map<String, Value>,
    above: &str,
    place: &dyn Fn(&str) -> String,
) -> Result<(), ConfigError> {
    for (key, value) in found {
        // Variables arrive with their levels joined by dots, files with tables in tables.
        let (first, rest) =
            key.split_once('.').map_or((key.as_str(), None), |(first, rest)| (first, Some(rest)));
        let full = if above.is_empty() { first.to_owned() } else { format!("{above}.{first}") };
        let below = match (rest, &value.kind) {
            (Some(rest), _) => Some(Map::from([(rest.to_owned(), value.clone())])),
            (None, ValueKind::Table(table)) => Some(table.clone()),
            _ => None,
        };
        match (known.get(first).map(|expected| &expected.kind), below) {
            (Some(ValueKind::Table(expected)), Some(below)) => {
                refuse_unknown(&below, expected, &full, place)?
            }
            (Some(_), _) => {}
            (None, _) => {
                let written = if above.is_empty() { key.clone() } else { format!("{above}.{key}") };
                let mut names: Vec<_> = known.keys().map(String::as_str).collect();
                names.sort_unstable();
                let names = names.join(", ");
                return Err(ConfigError(format!("unknown key {}; known here: {names}", place(&written))));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Serialize, serde::Deserialize, PartialEq)]
    struct Settings {
        listen: String,
        file: Option<PathBuf>,
        limits: Limits,
    }

    #[derive(Debug, Serialize, serde::Deserialize, PartialEq)]
    struct Limits {
        streams: u32,
        code: String,
        origins: Vec<String>,
    }

    impl Default for Settings {
        fn default() -> Self {
            let limits = Limits { streams: 128, code: "0123".into(), origins: Vec::new() };
            Settings { listen: "127.0.0.1:0".into(), file: None, limits }
        }
    }

    fn sources(environment: &[(&str, &str)]) -> Sources {
        Sources {
            prefix: "SOUNDINGS_X".into(),
            environment: environment.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
            ..Sources::default()
        }
    }

    #[test]
    fn flags_override_the_environment_which_overrides_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x.toml");
        std::fs::write(&file, "listen = \"file\"\n[limits]\nstreams = 1\ncode = \"file\"\n").unwrap();
        let mut sources = sources(&[("SOUNDINGS_X__LIMITS__STREAMS", "2"), ("SOUNDINGS_X__LISTEN", "env")]);
        sources.file = Some(file);
        sources.flags = vec![("listen".into(), "flag".into())];
        let settings: Settings = load(&sources).unwrap();
        let limits = Limits { streams: 2, code: "file".into(), origins: Vec::new() };
        assert_eq!(settings, Settings { listen: "flag".into(), file: None, limits });
    }

    #[test]
    fn a_value_that_looks_like_a_number_stays_text() {
        let settings: Settings = load(&sources(&[("SOUNDINGS_X__LIMITS__CODE", "0042")])).unwrap();
        assert_eq!(settings.limits.code, "0042");
    }

    #[test]
    fn an_empty_list_is_a_key_that_can_be_set() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x.yaml");
        std::fs::write(&file, "limits: {origins: [a, b]}\n").unwrap();
        let from_file = Sources { file: Some(file), ..sources(&[]) };
        assert_eq!(load::<Settings>(&from_file).unwrap().limits.origins, ["a", "b"]);
        assert!(load::<Settings>(&sources(&[])).unwrap().limits.origins.is_empty());
        let variable = sources(&[("SOUNDINGS_X__LIMITS__ORIGINS", "https://a, https://b")]);
        assert_eq!(load::<Settings>(&variable).unwrap().limits.origins, ["https://a", "https://b"]);
    }

    #[test]
    fn an_unknown_key_is_refused_by_its_name() {
        let error = load::<Settings>(&sources(&[("SOUNDINGS_X__LIMITS__STREAM", "2")])).unwrap_err();
        assert!(error.to_string().contains("SOUNDINGS_X__LIMITS__STREAM;"), "{error}");
        assert!(error.to_string().contains("code, origins, streams"), "{error}");
    }

    #[test]
    fn other_variables_are_left_alone() {
        assert!(load::<Settings>(&sources(&[("SOUNDINGS_Y__A", "2"), ("SOUNDINGS_XY", "3")])).is_ok());
    }

    #[test]
    fn what_is_dumped_can_be_loaded() {
        let dumped = dump(&Settings::default()).unwrap();
        assert!(dumped.contains("streams = 128"), "{dumped}");
    }
}
