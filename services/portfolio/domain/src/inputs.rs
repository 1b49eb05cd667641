//! Everything that a ranking depends on.
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{ONE, direct::Support, evidence::Piece, link::ThemeLink, theme::Theme};

/// Which of the two rankings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Approved themes only.
    Official,
    /// Emerging and proposed themes too.
    Provisional,
}

impl Kind {
    /// Both.
    pub const ALL: [Kind; 2] = [Kind::Official, Kind::Provisional];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Official => "official",
            Kind::Provisional => "provisional",
        }
    }
}

/// Everything that a ranking depends on. Maps are by id, themes by full name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inputs {
    /// Groups of work items.
    pub portfolios: BTreeMap<String, Portfolio>,
    /// Groups of work items inside a portfolio.
    #[serde(default)]
    pub programmes: BTreeMap<String, Programme>,
    /// What work takes besides money and person-months.
    #[serde(default)]
    pub resources: BTreeMap<String, Resource>,
    /// Yardsticks.
    pub criteria: BTreeMap<String, Criterion>,
    /// What is ranked.
    pub items: BTreeMap<String, Item>,
    /// Partners.
    pub organisations: BTreeMap<String, Organisation>,
    /// Themes by `codebooks/{codebook}/themes/{theme}`.
    pub themes: BTreeMap<String, Theme>,
    /// Tallies by codebook, then organisation.
    pub signals: BTreeMap<String, BTreeMap<String, Signal>>,
    /// Tallies of bound questions by survey, then organisation.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub supports: BTreeMap<String, BTreeMap<String, Support>>,
    /// Evidence by the theme that it was added to, then by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub evidence: BTreeMap<String, BTreeMap<String, Piece>>,
    /// Work items that people hold in a plan or keep out of it, whatever their place. They bind the selection and the
    /// plan; the ranking takes no notice of them.
    #[serde(default)]
    pub pins: BTreeMap<String, Pin>,
}

/// A group of work items.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Portfolio {
    /// What people call it.
    pub title: String,
}

/// A group of work items inside a portfolio.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Programme {
    /// Its portfolio's id.
    pub portfolio: String,
    /// What people call it.
    pub title: String,
}

/// Something that work takes and of which there is only so much, such as architects' days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    /// What people call it.
    pub title: String,
    /// What it is counted in.
    pub unit: String,
}

/// A decision that a work item is part of any plan, or of none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pin {
    /// Whether it is held in; else it is kept out.
    pub held_in: bool,
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// When it ends by itself, in microseconds since 1970, UTC.
    pub expires_at: i64,
}

/// A yardstick.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Criterion {
    /// What people call it.
    pub title: String,
    /// What its scores are counted in.
    pub unit: String,
    /// The score worth 0 (1 when less is better), in 10⁻¹².
    pub lowest: i64,
    /// The score worth 1 (0 when less is better), in 10⁻¹².
    pub highest: i64,
    /// Whether less is better.
    pub less_is_better: bool,
    /// Worth of going from worst to best, in thousandths.
    pub swing: i64,
    /// (score, value) in 10⁻¹², by score; empty: a straight line.
    pub points: Vec<(i64, i64)>,
    /// Value of an item without a score, in 10⁻¹².
    pub prior_value: i64,
    /// Whether its scores are council demand.
    pub is_demand: bool,
    /// Whether its scores are what the evidence for the item's themes is worth.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub takes_evidence: bool,
}

/// A piece of work.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Its portfolio's id.
    pub portfolio: String,
    /// Its programme's id, which belongs to the same portfolio; empty: none.
    #[serde(default)]
    pub programme: String,
    /// What people call it.
    pub title: String,
    /// What the shared office does in it.
    pub role: String,
    /// What will be done.
    pub key_actions: String,
    /// What will be different.
    pub outcomes: String,
    /// Who answers for it.
    #[serde(default)]
    pub owner: String,
    /// Who else takes part.
    pub partners: Vec<String>,
    /// Cost in pounds.
    pub cost_gbp: i64,
    /// Effort in hundredths of a person-month.
    pub effort_centimonths: i64,
    /// What it takes of each resource, in hundredths of the resource's unit.
    #[serde(default)]
    pub needs: BTreeMap<String, i64>,
    /// Ids of items that must be done first.
    pub depends_on: BTreeSet<String>,
    /// Ids of items that cannot be done beside it; told on either of the two, it binds both.
    #[serde(default)]
    pub excludes: BTreeSet<String>,
    /// Whether it must be done, whatever its place: a duty in law, say.
    #[serde(default)]
    pub mandatory: bool,
    /// Scores by criterion.
    pub scores: BTreeMap<String, Score>,
    /// Links by theme; their strengths are at most 1,000 thousandths together.
    pub links: BTreeMap<String, ThemeLink>,
}

/// A score with its range, in 10⁻¹² of the criterion's unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    /// The lowest it could be.
    pub low: i64,
    /// The likely one; the ranking uses it.
    pub likely: i64,
    /// The highest it could be.
    pub high: i64,
}

/// A partner.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organisation {
    /// What people call it.
    pub display_name: String,
    /// People it speaks for; 0 means not known.
    pub population: i64,
    /// What kind of partner it is.
    #[serde(default)]
    pub kind: OrganisationKind,
}

/// What kind of partner an organisation is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrganisationKind {
    /// A local authority.
    Council,
    /// Any other public body.
    PublicBody,
    /// A charity or voluntary organisation.
    Voluntary,
    /// Anything else.
    #[default]
    Other,
}

/// An organisation's tallies under a codebook.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signal {
    /// Its number.
    pub sequence: i64,
    /// Distinct respondents who answered.
    pub respondents: i64,
    /// Distinct respondents who raise a theme, by theme.
    pub themes: BTreeMap<String, i64>,
    /// Of these, those whose mentions of it, taken together, speak against it; what is not told is 0.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub against: BTreeMap<String, i64>,
}

impl Inputs {
    /// Signals of a theme's codebook with somebody who answered.
    pub fn answered<'a>(&'a self, theme: &str) -> impl Iterator<Item = (&'a String, &'a Signal)> {
        let codebook = theme.split('/').nth(1).unwrap_or_default();
        self.signals.get(codebook).into_iter().flatten().filter(|(_, signal)| signal.respondents > 0)
    }

    /// Organisations that answered under any codebook, or a bound question.
    pub fn organisations_answered(&self) -> BTreeSet<&str> {
        let signals = self.signals.values().flatten().map(|(id, signal)| (id, signal.respondents));
        let supports = self.supports.values().flatten().map(|(id, support)| (id, support.respondents));
        signals
            .chain(supports)
            .filter(|(_, respondents)| *respondents > 0)
            .map(|(id, _)| id.as_str())
            .collect()
    }

    /// Distinct respondents of an organisation, summed over codebooks or, where that is more, over surveys with bound
    /// questions: who wrote and who answered those are mostly the same people, and it is not told who is who.
    pub fn respondents_of(&self, organisation: &str) -> i64 {
        let signals = self.signals.values().filter_map(|signals| signals.get(organisation));
        let supports = self.supports.values().filter_map(|supports| supports.get(organisation));
        let written: i64 = signals.map(|signal| signal.respondents).sum();
        written.max(supports.map(|support| support.respondents).sum())
    }

    /// Distinct respondents, summed over organisations.
    pub fn respondents(&self) -> i64 {
        self.organisations_answered().into_iter().map(|organisation| self.respondents_of(organisation)).sum()
    }
}

impl Criterion {
    /// Whether its scores follow from what others say, so that nobody scores it.
    pub fn is_heard(&self) -> bool {
        self.is_demand || self.takes_evidence
    }
}

impl Score {
    /// A score without a range.
    pub fn exactly(likely: i64) -> Self {
        Score { low: likely, likely, high: likely }
    }
}

impl Default for Criterion {
    fn default() -> Self {
        Criterion {
            title: String::new(),
            unit: String::new(),
            lowest: 0,
            highest: 100 * ONE,
            less_is_better: false,
            swing: 100_000,
            points: Vec::new(),
            prior_value: ONE / 2,
            is_demand: false,
            takes_evidence: false,
        }
    }
}
