//! A signal: the tallies of one codebook and organisation, as a snapshot.

use sha2::{Digest, Sha256};

/// A theme's tally in one organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThemeTally {
    /// The theme's id.
    pub theme: String,
    /// Distinct voices that raise it.
    pub respondents: i64,
    /// Responses that raise it, identical ones included.
    pub responses: i64,
    /// Of the voices, those that speak against it.
    pub against: i64,
}

/// The tallies of one codebook and organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signal {
    /// Distinct voices that answered: the denominator.
    pub respondents: i64,
    /// Responses that answered, identical ones included.
    pub responses: i64,
    /// The themes that are raised, in order of id.
    pub themes: Vec<ThemeTally>,
}

impl Signal {
    /// A snapshot in its one form: themes in order of id, those that nobody raises left out.
    #[must_use]
    pub fn new(respondents: i64, responses: i64, mut themes: Vec<ThemeTally>) -> Self {
        themes.retain(|t| t.responses > 0);
        themes.sort_by(|a, b| a.theme.cmp(&b.theme));
        Self { respondents, responses, themes }
    }

    /// 64 hexadecimal characters that differ when the snapshot differs.
    #[must_use]
    pub fn digest(&self) -> String {
        let mut hasher = Sha256::new();
        hasher.update(format!("{} {}\n", self.respondents, self.responses));
        for tally in &self.themes {
            hasher.update(format!(
                "{} {} {} {}\n",
                tally.theme, tally.respondents, tally.responses, tally.against
            ));
        }
        hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
