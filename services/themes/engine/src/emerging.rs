//! When a group of statements that fit no theme becomes a proposal, and when a proposal fades.
//!
//! Each run of discovery is compared with the one before by [`crate::identity`]. A group is a candidate from the first
//! run that finds it; it is proposed when it was sound (dense, steady, of one subject, of enough voices, far from every theme) in so
//! many runs one after another; a proposal fades only when no run finds it for so many runs. So neither a crowd of
//! copies nor one odd run makes a theme, and none flickers. What people dismissed does not come back while the same
//! statements make it.

use std::collections::{BTreeMap, BTreeSet};

use soundings_themes_domain::Theme;

use crate::assigner::Encoder;
use crate::background::BACKGROUND;
use crate::identity::identities;
use crate::vector::{centred, dot, mean, unit};

/// When a group is sound, and how patient the runs are.
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    /// Distinct voices that raise it, at least.
    pub voices: usize,
    /// Distinct statements, at least.
    pub statements: usize,
    /// Mean similarity of its statements to its middle, at least; −1 to 1.
    pub density: f32,
    /// How far another draw of chance finds the same group, at least; 0 to 1.
    pub steadiness: f32,
    /// Share of its statements that use a word of its name, at least: what no name covers is no one subject; 0 to 1.
    pub coverage: f32,
    /// Similarity of its middle to a theme's, below this; −1 to 1.
    pub nearness: f32,
    /// How far a group of another run must agree with it to be the same, 0 to 1; see [`identities`].
    pub agreement: f64,
    /// Runs one after another that find it sound before it is proposed.
    pub runs: u32,
    /// Runs one after another that do not find a proposal before it fades.
    pub patience: u32,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            voices: 5,
            statements: 8,
            density: 0.2,
            steadiness: 0.4,
            coverage: 0.3,
            nearness: 0.6,
            agreement: 0.3,
            runs: 2,
            patience: 3,
        }
    }
}

/// A group that a run found.
#[derive(Debug, Clone, PartialEq)]
pub struct Sighting<K> {
    /// Its distinct statements.
    pub members: BTreeSet<K>,
    /// Distinct voices that raise it.
    pub voices: usize,
    /// Mean similarity of its statements to its middle.
    pub density: f32,
    /// How far another draw of chance finds the same group.
    pub steadiness: f32,
    /// Share of its statements that use a word of its name.
    pub coverage: f32,
    /// Similarity of its middle to each theme's, by the theme's id.
    pub near: BTreeMap<String, f32>,
}

/// Where a candidate stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It is not proposed yet; found sound in so many runs one after another.
    Forming(u32),
    /// It is the theme of this id, and so many runs one after another did not find it.
    Proposed(String, u32),
    /// People do not want it.
    Dismissed,
}

/// A group that is followed from run to run.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate<K> {
    /// Where it stands.
    pub standing: Standing,
    /// Its distinct statements, as last found; of one that was dismissed, all that ever made it.
    pub members: BTreeSet<K>,
}

/// What a run leads to.
#[derive(Debug, Clone, PartialEq)]
pub struct Advance<K> {
    /// What is followed from now on.
    pub candidates: Vec<Candidate<K>>,
    /// Of each group that the run found, its place in `candidates`.
    pub candidate_of: Vec<usize>,
    /// Groups that are to be proposed now: places in what the run found. Their candidates are still
    /// [`Standing::Forming`].
    pub propose: Vec<usize>,
    /// Themes of proposals that fade now: they are followed no more.
    pub faded: Vec<String>,
    /// Themes of proposals whose statements fell apart, with the groups that hold their parts.
    pub splits: Vec<(String, Vec<usize>)>,
    /// Groups that hold what several proposals held before, with their themes.
    pub merges: Vec<(usize, Vec<String>)>,
}

impl Rules {
    /// Whether a group may become a proposal.
    #[must_use]
    pub fn is_sound<K>(&self, group: &Sighting<K>) -> bool {
        group.voices >= self.voices
            && group.members.len() >= self.statements
            && group.density >= self.density
            && group.steadiness >= self.steadiness
            && group.coverage >= self.coverage
            && group.near.values().all(|similarity| *similarity < self.nearness)
    }
}

/// Follows the candidates of the runs before through one more run.
#[must_use]
pub fn advance<K: Ord + Clone>(before: &[Candidate<K>], found: &[Sighting<K>], rules: &Rules) -> Advance<K> {
    let old: Vec<BTreeSet<K>> = before.iter().map(|candidate| candidate.members.clone()).collect();
    let new: Vec<BTreeSet<K>> = found.iter().map(|group| group.members.clone()).collect();
    let same = identities(&old, &new, rules.agreement);
    let theme = |place: usize| match &before[place].standing {
        Standing::Proposed(theme, _) => Some(theme.clone()),
        Standing::Forming(_) | Standing::Dismissed => None,
    };
    let mut made = Advance {
        candidates: Vec::new(),
        candidate_of: Vec::new(),
        propose: Vec::new(),
        faded: Vec::new(),
        splits: Vec::new(),
        merges: Vec::new(),
    };
    for (place, group) in found.iter().enumerate() {
        let was = same.was[place].map(|was| &before[was]);
        let standing = match was.map(|was| &was.standing) {
            Some(Standing::Proposed(theme, _)) => Standing::Proposed(theme.clone(), 0),
            Some(Standing::Dismissed) => Standing::Dismissed,
            _ if was_dismissed(group, before) => Standing::Dismissed,
            Some(Standing::Forming(runs)) if rules.is_sound(group) => Standing::Forming(runs + 1),
            None if rules.is_sound(group) => Standing::Forming(1),
            Some(Standing::Forming(_)) | None => Standing::Forming(0),
        };
        if matches!(standing, Standing::Forming(runs) if runs >= rules.runs) {
            made.propose.push(place);
        }
        let mut members = group.members.clone();
        if standing == Standing::Dismissed {
            members.extend(was.iter().flat_map(|was| was.members.iter().cloned()));
        }
        made.candidate_of.push(made.candidates.len());
        made.candidates.push(Candidate { standing, members });
    }
    for (candidate, became) in before.iter().zip(same.became(before.len())) {
        if became.is_some() {
            continue;
        }
        let standing = match &candidate.standing {
            Standing::Forming(_) => continue,
            Standing::Proposed(theme, missed) if missed + 1 >= rules.patience => {
                made.faded.push(theme.clone());
                continue;
            }
            Standing::Proposed(theme, missed) => Standing::Proposed(theme.clone(), missed + 1),
            Standing::Dismissed => Standing::Dismissed,
        };
        made.candidates.push(Candidate { standing, members: candidate.members.clone() });
    }
    let split = |(old, parts): &(usize, Vec<usize>)| Some((theme(*old)?, parts.clone()));
    made.splits = same.splits.iter().filter_map(split).collect();
    for (group, parts) in &same.merges {
        let themes: Vec<String> = parts.iter().filter_map(|part| theme(*part)).collect();
        if themes.len() > 1 {
            made.merges.push((*group, themes));
        }
    }
    made
}

/// Similarity of a group's middle to each theme's, by the theme's id: the middle of a theme is that of its title,
/// description and exemplars, taken from the same centre as the group's; −1 to 1. Themes without a known word are left
/// out.
#[must_use]
pub fn nearness(
    centroid: &[f32],
    centre: &[f32],
    themes: &[&Theme],
    encoder: &dyn Encoder,
) -> BTreeMap<String, f32> {
    let near = |theme: &&Theme| Some((theme.id.clone(), dot(centroid, &middle(theme, centre, encoder)?)));
    themes.iter().filter_map(near).collect()
}

/// Similarity of a theme's middle to each other theme's, by the theme's id, taken from what people write anywhere.
#[must_use]
pub fn themes_near(theme: &Theme, others: &[&Theme], encoder: &dyn Encoder) -> BTreeMap<String, f32> {
    let centre = mean(&encoder.encode(&BACKGROUND));
    let own = middle(theme, &centre, encoder);
    own.map_or_else(BTreeMap::new, |own| nearness(&own, &centre, others, encoder))
}

fn middle(theme: &Theme, centre: &[f32], encoder: &dyn Encoder) -> Option<Vec<f32>> {
    let own = [theme.title.as_str(), theme.description.as_str()].into_iter();
    let texts: Vec<&str> = own.chain(theme.exemplars.iter().map(String::as_str)).collect();
    let vectors = encoder.encode(&texts);
    let known = vectors.iter().filter(|vector| vector.iter().any(|x| *x != 0.0));
    let vectors: Vec<Vec<f32>> = known.map(|vector| centred(vector, centre)).collect();
    (!vectors.is_empty()).then(|| unit(mean(&vectors)))
}

/// Whether at least half of a group's statements are of one that people dismissed: a part of it is no new idea.
fn was_dismissed<K: Ord>(group: &Sighting<K>, before: &[Candidate<K>]) -> bool {
    let dismissed = before.iter().filter(|candidate| candidate.standing == Standing::Dismissed);
    dismissed
        .map(|candidate| group.members.intersection(&candidate.members).count())
        .any(|shared| shared > 0 && 2 * shared >= group.members.len())
}

#[cfg(test)]
mod tests;
