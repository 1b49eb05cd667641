//! A learned assigner as bytes, and its version.

use sha2::{Digest, Sha256};

use super::LearnedAssigner;

pub(crate) const FORMAT: u32 = 1;

/// Why bytes are no learned assigner that can be used here.
#[derive(Debug, thiserror::Error)]
pub enum ArtefactError {
    /// Not written by this crate, or cut short.
    #[error("the learned assigner cannot be read: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// Of another format.
    #[error("the learned assigner has format {0}, this program reads {FORMAT}: train it again")]
    Format(u32),
    /// Its parts do not fit together.
    #[error("the learned assigner's parts do not fit together: train it again")]
    Unsound,
}

impl LearnedAssigner {
    /// As bytes that [`Self::from_bytes`] reads; the same assigner gives the same bytes.
    ///
    /// # Errors
    /// When it holds a number that is not finite, which training rules out.
    pub fn to_bytes(&self) -> Result<Vec<u8>, ArtefactError> {
        Ok(serde_json::to_vec(self)?)
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// When the bytes are of another kind or format, or do not fit together.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ArtefactError> {
        let read: Self = serde_json::from_slice(bytes)?;
        if read.format != FORMAT {
            return Err(ArtefactError::Format(read.format));
        }
        let words = read.vocabulary.len();
        let fits = read.themes.iter().all(|t| t.linear.words.len() == words);
        if !fits || !read.vocabulary.is_sound() {
            return Err(ArtefactError::Unsound);
        }
        Ok(read)
    }

    /// `learned.` and the first 16 hexadecimal digits of the SHA-256 of [`Self::to_bytes`].
    ///
    /// # Errors
    /// As [`Self::to_bytes`].
    pub fn version(&self) -> Result<String, ArtefactError> {
        let digest = Sha256::digest(self.to_bytes()?);
        let hex: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Ok(format!("learned.{hex}"))
    }

    /// The version of the model of embeddings that it was trained with; it must be applied with the same.
    #[must_use]
    pub fn encoder_version(&self) -> &str {
        &self.encoder
    }
}
