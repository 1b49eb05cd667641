//! One run's groups: found among statements with their words, and what the rules of emerging themes need of each.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};
use soundings_themes_domain::{Codebook, StatementKey, Theme, ThemeEntry, ThemeKind, codebook_file};
use soundings_themes_engine::discover::{Options, suited_resolution};
use soundings_themes_engine::emerging::{Sighting, nearness};
use soundings_themes_engine::{Discovery, Encoder, Group, Stopped, Watch, discover};

use super::pool_texts::PoolText;

/// Words from which on copies of a statement in one organisation are one voice, as with whole answers.
const CAMPAIGN_WORDS: usize = 8;
/// Characters of a theme's id before what tells it from others of the same name.
const SLUG: usize = 40;

/// How a run looks.
#[derive(Debug, Clone, Default)]
pub struct Looking {
    /// Above 1 finer; none: what suits the number of statements.
    pub resolution: Option<f64>,
    /// Nearest statements that each is compared with; none: as many as discovery does.
    pub neighbours: Option<usize>,
    /// Decides between equals.
    pub seed: u64,
    /// Threads to compare with.
    pub threads: usize,
    /// The words of the questions asked.
    pub question: String,
    /// Where similarities are taken from; none: the middle of the statements.
    pub centre: Option<Vec<f32>>,
    /// Digests of statements with the group that the run before found them in.
    pub before: BTreeMap<String, usize>,
}

/// What a run found.
#[derive(Debug, Clone)]
pub struct Groups {
    /// The statements that were looked through.
    pub pool: Vec<PoolText>,
    /// The groups.
    pub discovery: Discovery,
    /// Each group as the rules see it.
    pub sightings: Vec<Sighting<String>>,
}

/// Looks for groups.
///
/// # Errors
/// When the watch stops it.
pub fn discover_groups(
    pool: Vec<PoolText>,
    codebook: &Codebook,
    looking: &Looking,
    encoder: &dyn Encoder,
    watch: Watch<'_>,
) -> Result<Groups, Stopped> {
    let texts: Vec<&str> = pool.iter().map(|statement| statement.text.as_str()).collect();
    let options = Options {
        resolution: looking.resolution.unwrap_or_else(|| suited_resolution(texts.len())),
        neighbours: looking.neighbours.unwrap_or(Options::default().neighbours),
        seed: looking.seed,
        threads: looking.threads.max(1),
        centre: looking.centre.clone(),
        question: looking.question.clone(),
        before: looking.before.clone(),
        ..Options::default()
    };
    let discovery = discover(&texts, encoder, &options, watch)?;
    let themes: Vec<&Theme> =
        codebook.themes.iter().filter(|theme| theme.stands() && theme.kind == ThemeKind::Subject).collect();
    let sighting = |group: &Group| Sighting {
        members: group.members.iter().map(|place| pool[*place].statement.mention.digest.clone()).collect(),
        voices: voices(&pool, &discovery, group),
        density: group.density,
        steadiness: group.steadiness,
        coverage: group.naming.coverage,
        near: nearness(&group.centroid, &discovery.centre, &themes, encoder),
    };
    let sightings = discovery.groups.iter().map(sighting).collect();
    Ok(Groups { pool, discovery, sightings })
}

/// The distinct voices that raise a group. Responses of one organisation that say the same, or the same but for a few
/// words, are one voice.
fn voices(pool: &[PoolText], discovery: &Discovery, group: &Group) -> usize {
    let mut said: BTreeMap<(&str, &str), String> = BTreeMap::new();
    for place in &group.members {
        let PoolText { statement, text } = &pool[*place];
        let voice = (statement.mention.organisation.as_str(), statement.voice.as_str());
        said.entry(voice).or_insert_with(|| {
            if text.split_whitespace().count() >= CAMPAIGN_WORDS {
                format!("said {}", discovery.first_of[*place])
            } else {
                statement.voice.clone()
            }
        });
    }
    said.into_iter().map(|((organisation, _), said)| (organisation, said)).collect::<BTreeSet<_>>().len()
}

impl Groups {
    /// The organisations with a voice in a group.
    #[must_use]
    pub fn organisations(&self, group: &Group) -> usize {
        let of = |place: &usize| self.pool[*place].statement.mention.organisation.as_str();
        group.members.iter().map(of).collect::<BTreeSet<_>>().len()
    }

    /// The statements that show a group: the one that says it in a sentence first.
    #[must_use]
    pub fn shown(&self, group: &Group) -> Vec<&PoolText> {
        let mut shown: Vec<&PoolText> = Vec::new();
        for place in group.subtitle.iter().chain(&group.exemplars) {
            let statement = &self.pool[*place];
            if shown.iter().all(|other| other.text != statement.text) {
                shown.push(statement);
            }
        }
        shown
    }

    /// A group as the theme that it would be, with the statements that its exemplars are the words of.
    #[must_use]
    pub fn theme(&self, group: &Group) -> (ThemeEntry, Vec<StatementKey>) {
        let fits = |statement: &&PoolText| {
            statement.text.chars().count() <= codebook_file::EXEMPLAR_CHARACTERS
                && !statement.text.contains('\0')
        };
        let shown: Vec<&PoolText> = self.shown(group).into_iter().filter(fits).collect();
        let anchors: Vec<StatementKey> = shown.iter().map(|s| s.statement.mention.statement()).collect();
        let entry = ThemeEntry {
            id: id(&group.naming.name, &anchors),
            title: group.naming.name.chars().filter(|c| *c != '\0').take(200).collect(),
            description: group.naming.keywords.join(", "),
            exemplars: shown.iter().map(|statement| statement.text.clone()).collect(),
            ..ThemeEntry::default()
        };
        (entry, anchors)
    }
}

/// An id that people can read and that another group of the same name does not have.
fn id(name: &str, anchors: &[StatementKey]) -> String {
    let mut slug = String::new();
    for c in name.to_lowercase().chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(SLUG);
    let mut digests: Vec<&str> = anchors.iter().map(|anchor| anchor.digest.as_str()).collect();
    digests.sort_unstable();
    let digest = Sha256::digest(digests.join(" ").as_bytes());
    let tail: String = digest[..3].iter().map(|byte| format!("{byte:02x}")).collect();
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { format!("emerging-{tail}") } else { format!("{slug}-{tail}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_readable_and_may_be_one() {
        let anchor = StatementKey { response: "r".into(), question: "q".into(), digest: "d".into() };
        let made = id("Working from home / Café's", std::slice::from_ref(&anchor));
        assert!(made.starts_with("working-from-home-caf-s-"), "{made}");
        for name in ["", "🙂", &"very long words ".repeat(9), "Kit"] {
            assert!(codebook_file::is_id(&id(name, std::slice::from_ref(&anchor))), "{name}");
        }
    }
}
