//! When discovery runs by itself, and what it proposes.

use serde::{Deserialize, Serialize};
use soundings_themes_engine::emerging::Rules;

/// The settings; the same in every replica.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DiscoverySettings {
    /// Whether it runs by itself.
    pub enabled: bool,
    /// New statements that fit no theme which a run waits for; where there are many, a twentieth of them if that is more.
    pub least_new: i64,
    /// Seconds between two runs on a codebook, at least.
    pub every_s: u64,
    /// The newest statements that a run looks through, at most; 20,000 take some seconds of one processor and some
    /// 60 MB while they are compared.
    pub most: u32,
    /// Distinct voices that a group must have to be proposed.
    pub voices: usize,
    /// Runs one after another that must find a group before it is proposed.
    pub runs: u32,
    /// Runs one after another without a proposal after which it fades.
    pub patience: u32,
    /// Threads that compare statements, beside those that serve and assign.
    pub threads: usize,
}

impl Default for DiscoverySettings {
    fn default() -> Self {
        let rules = Rules::default();
        Self {
            enabled: true,
            least_new: 25,
            every_s: 300,
            most: 20_000,
            voices: rules.voices,
            runs: rules.runs,
            patience: rules.patience,
            threads: 1,
        }
    }
}

impl DiscoverySettings {
    /// When a group is proposed, and when a proposal fades.
    #[must_use]
    pub fn rules(&self) -> Rules {
        Rules { voices: self.voices, runs: self.runs, patience: self.patience, ..Rules::default() }
    }
}
