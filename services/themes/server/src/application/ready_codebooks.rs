//! The codebooks with their assigners, kept ready and renewed when a version moves.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use sea_orm::ConnectionTrait;
use soundings_mailbox::Error;
use soundings_themes_domain::Codebook;
use soundings_themes_engine::stance::Topics;
use soundings_themes_engine::{Assigner, Encoder, Thresholds};
use soundings_themes_model::Model;

use crate::store::codebooks;

/// The embedded model as the domain's encoder.
pub struct ModelEncoder(pub Model);

impl Encoder for ModelEncoder {
    fn encode(&self, texts: &[&str]) -> Vec<Vec<f32>> {
        self.0.encode(texts)
    }
}

/// A codebook with the assigner of its version.
pub struct ReadyCodebook {
    /// The codebook.
    pub codebook: Codebook,
    /// Assigns statements by its confirmed words. What it assigns to is to be taken to its place in the codebook.
    pub assigner: Assigner,
    /// What its themes are about, for stances.
    pub topics: Topics,
}

impl ReadyCodebook {
    /// A codebook that assigns by these words, as they stand in it.
    #[must_use]
    pub fn new(codebook: Codebook, assigner: Assigner) -> Self {
        let topics = Topics::of(&codebook);
        Self { codebook, assigner, topics }
    }
}

/// Every codebook, ready to assign.
#[derive(Clone, Default)]
pub struct Ready(Arc<BTreeMap<String, Arc<ReadyCodebook>>>);

impl Ready {
    /// The versions, by id.
    #[must_use]
    pub fn versions(&self) -> BTreeMap<String, i64> {
        self.0.iter().map(|(id, ready)| (id.clone(), ready.codebook.version)).collect()
    }

    /// Those fed by a survey, in order of id.
    pub fn fed_by<'a>(&'a self, survey: &'a str) -> impl Iterator<Item = &'a Arc<ReadyCodebook>> {
        self.0.values().filter(move |ready| ready.codebook.surveys.iter().any(|s| s == survey))
    }

    /// The codebook of that id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Arc<ReadyCodebook>> {
        self.0.get(id)
    }
}

/// Keeps codebooks ready.
pub struct ReadyCodebooks {
    encoder: Arc<ModelEncoder>,
    thresholds: Thresholds,
    ready: Mutex<Ready>,
}

impl ReadyCodebooks {
    /// With this model; nothing is ready yet.
    #[must_use]
    pub fn new(model: Model, thresholds: Thresholds) -> Self {
        Self { encoder: Arc::new(ModelEncoder(model)), thresholds, ready: Mutex::default() }
    }

    /// The model.
    #[must_use]
    pub fn encoder(&self) -> &ModelEncoder {
        &self.encoder
    }

    /// An assigner of a codebook's words as they stand in it.
    #[must_use]
    pub fn assigner(&self, words: &Codebook) -> Assigner {
        Assigner::new(words, self.encoder.as_ref(), self.thresholds)
    }

    /// The model's name and version with those of the assigner's frozen parts and its thresholds: whatever else than a
    /// codebook decides which theme a statement belongs to.
    #[must_use]
    pub fn model_version(&self) -> String {
        let (model, thresholds) = (self.encoder.0.version(), self.thresholds.version());
        format!("{model}+{}+{thresholds}", soundings_themes_engine::background::BACKGROUND_VERSION)
    }

    /// The codebooks as the database has them now; only what moved since the last time is read and prepared.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn current<C: ConnectionTrait>(&self, conn: &C) -> Result<Ready, Error> {
        let versions = codebooks::versions(conn, false).await?;
        let held = self.ready.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if held.versions() == versions {
            return Ok(held);
        }
        let mut ready = BTreeMap::new();
        for codebook in codebooks::all(conn).await? {
            let same = held.get(&codebook.id).filter(|held| held.codebook.version == codebook.version);
            let entry = same.cloned().unwrap_or_else(|| {
                let assigner = self.assigner(&codebook.as_confirmed());
                Arc::new(ReadyCodebook::new(codebook, assigner))
            });
            ready.insert(entry.codebook.id.clone(), entry);
        }
        let ready = Ready(Arc::new(ready));
        *self.ready.lock().unwrap_or_else(PoisonError::into_inner) = ready.clone();
        Ok(ready)
    }
}
