//! The static embedding model: text in, unit vector out. One is embedded; another may be given as a folder.
//!
//! The artefact (`artefact/`, with its licences) is a model2vec-format table of 29,525 × 256 int8, distilled from
//! all-MiniLM-L6-v2; `build/` makes it anew. It is compiled into the binary and kept as int8 in memory, so one process
//! holds it once: share one [`Model`] (it is cheap to clone, the table is behind an `Arc`). Encoding runs on the calling
//! thread, without a thread pool, so the same text gives the same bytes whatever the machine is doing.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use model2vec_rs::model::StaticModel;
use sha2::{Digest, Sha256};

const MODEL: &[u8] = include_bytes!("../artefact/model.safetensors");
const TOKENIZER: &[u8] = include_bytes!("../artefact/tokenizer.json");
const CONFIG: &[u8] = include_bytes!("../artefact/config.json");

/// The name and version of the embedded artefact, stored beside every score it gave.
pub const MODEL_VERSION: &str = "soundings-static-256-wn.1";

/// Why a model could not be loaded.
#[derive(Debug, thiserror::Error)]
#[error("the embedding model cannot be loaded: {0}")]
pub struct ModelError(String);

/// A static embedding model. Cloning shares the table.
#[derive(Debug, Clone)]
pub struct Model {
    table: StaticModel,
    version: Arc<str>,
}

/// A folder in the model2vec format holds these.
const FILES: [&str; 3] = ["tokenizer.json", "model.safetensors", "config.json"];
/// Words that any model of English or of many languages must know one of.
const PROBES: [&str; 4] = ["the", "council", "help", "a"];

impl Model {
    /// Loads the model that is compiled into this binary (about 10 ms and 8 MB).
    ///
    /// # Errors
    /// When the artefact is not a readable model, which a test of this crate rules out.
    pub fn embedded() -> Result<Self, ModelError> {
        let table = StaticModel::from_bytes(TOKENIZER, MODEL, CONFIG, Some(true))
            .map_err(|error| ModelError(error.to_string()))?;
        Ok(Self { table, version: MODEL_VERSION.into() })
    }

    /// Loads a model from a folder in the model2vec format: `config.json`, `tokenizer.json` and `model.safetensors`. Its
    /// version is `model-` and the first 12 hexadecimal digits of the SHA-256 of the three; a copy of the embedded one is
    /// the embedded one.
    ///
    /// # Errors
    /// When a file is missing, is no such file, or the model gives no vector for plain English words; the text names the
    /// folder, what is wrong and what to give.
    pub fn from_folder(folder: &Path) -> Result<Self, ModelError> {
        let wrong = |what: String| {
            ModelError(format!(
                "{what}; give a folder in the model2vec format, with config.json, tokenizer.json and \
                 model.safetensors, or none for the embedded model"
            ))
        };
        let mut read = Vec::with_capacity(FILES.len());
        for file in FILES {
            let path = folder.join(file);
            read.push(fs::read(&path).map_err(|error| wrong(format!("{}: {error}", path.display())))?);
        }
        let [tokenizer, table, config] = read.as_slice() else {
            return Err(wrong(format!("{} is no model", folder.display())));
        };
        if (tokenizer.as_slice(), table.as_slice(), config.as_slice()) == (TOKENIZER, MODEL, CONFIG) {
            return Self::embedded();
        }
        let mut hasher = Sha256::new();
        for part in &read {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        let digest: String = hasher.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        let table = StaticModel::from_bytes(tokenizer, table, config, Some(true))
            .map_err(|error| wrong(format!("{} is no readable model: {error}", folder.display())))?;
        let model = Self { table, version: format!("model-{digest}").into() };
        let vectors = model.encode(&PROBES);
        let is_finite = vectors.iter().flatten().all(|x| x.is_finite());
        if !is_finite || vectors.iter().flatten().all(|x| *x == 0.0) {
            return Err(wrong(format!("{} gives plain English words no vector", folder.display())));
        }
        Ok(model)
    }

    /// The name and version of the model, for records of what assigned a statement.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The number of dimensions of every vector this model gives; 256 of the embedded one.
    #[must_use]
    pub fn dimensions(&self) -> usize {
        self.table.dim()
    }

    /// One vector of unit length per text, in the order given. A text without a known word gives the zero vector;
    /// a text is read up to its 512th token, so a long one is better given as its clauses.
    #[must_use]
    pub fn encode(&self, texts: &[&str]) -> Vec<Vec<f32>> {
        texts.iter().map(|text| self.table.encode_single(text)).collect()
    }
}
