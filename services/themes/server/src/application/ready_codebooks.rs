//! The codebooks with their assigners, kept ready and renewed when a version moves.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use sea_orm::ConnectionTrait;
use soundings_mailbox::Error;
use soundings_themes_domain::Codebook;
use soundings_themes_engine::learned::{ArtefactError, LearnedAssigner};
use soundings_themes_engine::stance::Topics;
use soundings_themes_engine::{Assigner, Encoder, Thresholds};
use soundings_themes_model::Model;

use crate::store::{codebooks, learning};

/// Learned assigners that are kept in memory.
const LEARNED: usize = 16;

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
    /// What was learned of them last, which new responses are assigned by.
    pub learned: Option<Arc<Learned>>,
}

/// A learned assigner with its number and version.
pub struct Learned {
    /// Its number in its codebook.
    pub number: i64,
    /// Its version.
    pub version: String,
    /// What was learned.
    pub assigner: LearnedAssigner,
}

impl ReadyCodebook {
    /// A codebook that assigns by these words, as they stand in it, and by what was learned.
    #[must_use]
    pub fn new(codebook: Codebook, assigner: Assigner, learned: Option<Arc<Learned>>) -> Self {
        let topics = Topics::of(&codebook);
        Self { codebook, assigner, topics, learned }
    }

    /// The number of what was learned last; 0: nothing was.
    #[must_use]
    pub fn learned_number(&self) -> i64 {
        self.learned.as_ref().map_or(0, |learned| learned.number)
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
    learned: Mutex<BTreeMap<(String, i64), Arc<Learned>>>,
}

impl ReadyCodebooks {
    /// With this model; nothing is ready yet.
    #[must_use]
    pub fn new(model: Model, thresholds: Thresholds) -> Self {
        Self {
            encoder: Arc::new(ModelEncoder(model)),
            thresholds,
            ready: Mutex::default(),
            learned: Mutex::default(),
        }
    }

    /// The model.
    #[must_use]
    pub fn encoder(&self) -> &ModelEncoder {
        &self.encoder
    }

    /// Where the line is drawn.
    #[must_use]
    pub fn thresholds(&self) -> Thresholds {
        self.thresholds
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

    /// The learned assigner of that number; none: there is none, or it was trained with another model of embeddings.
    ///
    /// # Errors
    /// When the database does not answer, or what it holds cannot be read.
    pub async fn learned<C: ConnectionTrait>(
        &self,
        conn: &C,
        codebook: &str,
        number: i64,
    ) -> Result<Option<Arc<Learned>>, Error> {
        if number == 0 {
            return Ok(None);
        }
        let key = (codebook.to_owned(), number);
        let held = self.learned.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if held.is_some() {
            return Ok(held);
        }
        let corrupt = |error: ArtefactError| Error::Corrupt(error.to_string());
        let Some(artefact) = learning::artefact(conn, codebook, number).await? else { return Ok(None) };
        let assigner = LearnedAssigner::from_bytes(artefact.as_bytes()).map_err(corrupt)?;
        if assigner.encoder_version() != self.encoder.0.version() {
            return Ok(None);
        }
        let version = assigner.version().map_err(corrupt)?;
        let learned = Arc::new(Learned { number, version, assigner });
        let mut held = self.learned.lock().unwrap_or_else(PoisonError::into_inner);
        if held.len() >= LEARNED {
            held.clear();
        }
        held.insert(key, learned.clone());
        Ok(Some(learned))
    }

    /// The codebooks as the database has them now; only what moved since the last time is read and prepared.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn current<C: ConnectionTrait>(&self, conn: &C) -> Result<Ready, Error> {
        let versions = codebooks::versions(conn, false).await?;
        let numbers = learning::numbers(conn, self.encoder.0.version()).await?;
        let held = self.ready.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let number = |codebook: &str| numbers.get(codebook).copied().unwrap_or_default();
        let is_current = |held: &ReadyCodebook| held.learned_number() == number(&held.codebook.id);
        if held.versions() == versions && held.0.values().all(|held| is_current(held)) {
            return Ok(held);
        }
        let mut ready = BTreeMap::new();
        for codebook in codebooks::all(conn).await? {
            let same = held.get(&codebook.id).filter(|held| held.codebook.version == codebook.version);
            let entry = match same.filter(|held| is_current(held)) {
                Some(same) => same.clone(),
                None => {
                    let learned = self.learned(conn, &codebook.id, number(&codebook.id)).await?;
                    let assigner = self.assigner(&codebook.as_confirmed());
                    Arc::new(ReadyCodebook::new(codebook, assigner, learned))
                }
            };
            ready.insert(entry.codebook.id.clone(), entry);
        }
        let ready = Ready(Arc::new(ready));
        *self.ready.lock().unwrap_or_else(PoisonError::into_inner) = ready.clone();
        Ok(ready)
    }
}
