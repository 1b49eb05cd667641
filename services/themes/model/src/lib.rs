//! The embedded static embedding model: text in, unit vector out.
//!
//! The artefact (`artefact/`, with its licences) is a model2vec-format table of 29,525 × 256 int8, distilled from
//! all-MiniLM-L6-v2; `build/` makes it anew. It is compiled into the binary and kept as int8 in memory, so one process
//! holds it once: share one [`Model`] (it is cheap to clone, the table is behind an `Arc`). Encoding runs on the calling
//! thread, without a thread pool, so the same text gives the same bytes whatever the machine is doing.

use model2vec_rs::model::StaticModel;

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
}

impl Model {
    /// Loads the model that is compiled into this binary (about 10 ms and 8 MB).
    ///
    /// # Errors
    /// When the artefact is not a readable model, which a test of this crate rules out.
    pub fn embedded() -> Result<Self, ModelError> {
        let table = StaticModel::from_bytes(TOKENIZER, MODEL, CONFIG, Some(true))
            .map_err(|error| ModelError(error.to_string()))?;
        Ok(Self { table })
    }

    /// The name and version of the model, for records of what assigned a statement.
    #[must_use]
    pub fn version(&self) -> &'static str {
        MODEL_VERSION
    }

    /// The number of dimensions of every vector this model gives (256).
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
