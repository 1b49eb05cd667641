//! Finding the themes of many statements that nobody has named yet.
//!
//! Identical statements (but for case and spacing) count once and are put in the order of their digests, so the order
//! in which they arrive makes no difference; copies of one but for a few words ([`crate::copies`]) go where it goes. Their vectors, from a centre, are joined to their nearest neighbours
//! ([`crate::graph`]), the graph falls into groups ([`crate::leiden`]), and what is left in groups too small to be a
//! theme joins the group with the nearest centroid.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use soundings_themes_domain::statement_digest;

use crate::assigner::Encoder;
use crate::copies::first_of_each;
use crate::graph::Graph;
use crate::leiden;
use crate::naming::{Naming, name_groups};
use crate::neighbours::neighbours;
use crate::representatives::{self, Subject};
use crate::vector::{centred, dot, mean, unit};
use crate::watch::{Step, Stopped, Watch};

/// How groups are looked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Neighbours that each statement is joined to.
    pub neighbours: usize,
    /// More gives more and finer groups; quality is flat from 1 to 3.
    pub resolution: f64,
    /// Decides between equals.
    pub seed: u64,
    /// Distinct statements that a group has at least.
    pub least: usize,
    /// Threads to compute with; the result does not depend on it.
    pub threads: usize,
    /// Where similarities are taken from; none: the mean of the statements given. A service freezes it.
    pub centre: Option<Vec<f32>>,
    /// The words of the question asked, which name no group.
    pub question: String,
    /// Statements, by [`statement_digest`], with the group that an earlier run found them in: they part only where it is
    /// better. Empty: groups are looked for from scratch.
    pub before: BTreeMap<String, usize>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            neighbours: 15,
            resolution: 1.5,
            seed: 1,
            least: 5,
            threads: 1,
            centre: None,
            question: String::new(),
            before: BTreeMap::new(),
        }
    }
}

/// The resolution that suits so many distinct statements: coarser where there are few, since people read each proposal.
/// 1 up to 1,000, 1.5 from 10,000 on.
#[must_use]
pub fn suited_resolution(statements: usize) -> f64 {
    let tens = libm::log10(statements.max(1) as f64);
    (1.0 + 0.5 * (tens - 3.0)).clamp(1.0, 1.5)
}

/// A group of statements that may become a theme. Places are indices into the statements given.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Its drafted name and the words behind it.
    pub naming: Naming,
    /// A statement of 5 to 30 words near its middle, if it has one; says in a sentence what the name says in words.
    pub subtitle: Option<usize>,
    /// Statements that show it: near its middle, and unlike each other; at most 5.
    pub exemplars: Vec<usize>,
    /// Every statement of it, in the order given; identical ones stand each for itself.
    pub members: Vec<usize>,
    /// How many of them are distinct, copies but for a few words counted once.
    pub distinct: usize,
    /// The mean of its distinct statements' vectors from the centre, at length 1.
    pub centroid: Vec<f32>,
    /// The mean similarity of its distinct statements to the centroid, −1 to 1.
    pub density: f32,
    /// How far another draw of chance, from scratch, finds the same group: the statements that it and the group of that
    /// draw nearest to it both hold, among those that either holds; 0 to 1.
    pub steadiness: f32,
}

/// The groups found.
#[derive(Debug, Clone, PartialEq)]
pub struct Discovery {
    /// Where similarities were taken from.
    pub centre: Vec<f32>,
    /// The groups, by distinct statements, most first.
    pub groups: Vec<Group>,
    /// Of each statement given: its group's place in `groups`; none if no word of it is known or there is no group.
    pub group_of: Vec<Option<usize>>,
    /// Of each statement given: the place of the one that stands for it and its copies.
    pub first_of: Vec<usize>,
}

/// The digest of a statement without its case and spacing: identical statements share it.
#[must_use]
pub fn digest(statement: &str) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for word in statement.split_whitespace() {
        hasher.update(word.to_lowercase().as_bytes());
        hasher.update(b" ");
    }
    hasher.finalize().into()
}

/// Finds the groups of the statements given, and names them.
///
/// Exact for any number: time grows with the square of the distinct ones.
///
/// # Errors
/// When the watch stops it.
pub fn discover(
    statements: &[&str],
    encoder: &dyn Encoder,
    options: &Options,
    watch: Watch<'_>,
) -> Result<Discovery, Stopped> {
    let mut by_digest: BTreeMap<[u8; 32], Vec<usize>> = BTreeMap::new();
    for (place, statement) in statements.iter().enumerate() {
        by_digest.entry(digest(statement)).or_default().push(place);
    }
    let places: Vec<Vec<usize>> = by_digest.into_values().collect();
    let texts: Vec<&str> = places.iter().map(|places| statements[places[0]]).collect();
    let firsts = first_of_each(&texts);
    let places = united(&places, &firsts);
    let mut first_of: Vec<usize> = (0..statements.len()).collect();
    places.iter().for_each(|all| all.iter().for_each(|place| first_of[*place] = all[0]));
    let texts: Vec<&str> = places.iter().map(|places| statements[places[0]]).collect();
    let raw = encoder.encode(&texts);
    let known: Vec<usize> = (0..raw.len()).filter(|i| raw[*i].iter().any(|x| *x != 0.0)).collect();
    let centre = options.centre.clone().unwrap_or_else(|| {
        let known: Vec<Vec<f32>> = known.iter().map(|i| raw[*i].clone()).collect();
        mean(&known)
    });
    let texts: Vec<&str> = known.iter().map(|i| texts[*i]).collect();
    let vectors: Vec<Vec<f32>> = known.iter().map(|i| centred(&raw[*i], &centre)).collect();
    drop(raw);
    let nearest = neighbours(&vectors, options.neighbours, options.threads, watch)?;
    (watch.progress)(Step::Groups, 0.0);
    let graph = Graph::of_neighbours(&nearest);
    drop(nearest);
    let start = start(&texts, &options.before);
    let found = leiden::groups_from(&graph, options.resolution, options.seed, start);
    let again = leiden::groups(&graph, options.resolution, options.seed.wrapping_add(1));
    drop(graph);
    let members = gathered(&found, &vectors, options.least);
    let steadiness = steadiness(&members, &gathered(&again, &vectors, options.least));
    if (watch.stopped)() {
        return Err(Stopped);
    }
    (watch.progress)(Step::Names, 0.0);
    let namings = name_groups(&texts, &members, &options.question);
    let group_of = vec![None; statements.len()];
    let mut discovery = Discovery { centre, groups: Vec::new(), group_of, first_of };
    for ((naming, members), steadiness) in namings.into_iter().zip(members).zip(steadiness) {
        let subject = Subject::new(&texts, &vectors, &members);
        let place = |i: usize| places[known[i]][0];
        let exemplars = subject.exemplars(representatives::EXEMPLARS).into_iter().map(place).collect();
        let mut all: Vec<usize> = members.iter().flat_map(|i| places[known[*i]].iter().copied()).collect();
        all.sort_unstable();
        all.iter().for_each(|place| discovery.group_of[*place] = Some(discovery.groups.len()));
        discovery.groups.push(Group {
            naming,
            subtitle: subject.sentence().map(place),
            exemplars,
            members: all,
            distinct: members.len(),
            density: subject.density(),
            steadiness,
            centroid: subject.into_centroid(),
        });
    }
    Ok(discovery)
}

/// The places of the distinct statements without copies, each with those of its copies after its own.
fn united(places: &[Vec<usize>], firsts: &[usize]) -> Vec<Vec<usize>> {
    let mut copies: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (first, places) in firsts.iter().zip(places) {
        copies.entry(*first).or_default().extend(places);
    }
    copies.into_values().collect()
}

/// The groups to start from: of each statement the one that it was in before, else one of its own.
fn start(texts: &[&str], before: &BTreeMap<String, usize>) -> Vec<u32> {
    // A group is numbered by its first statement, so its number is below that of all statements.
    let mut numbers: BTreeMap<usize, u32> = BTreeMap::new();
    let number = |(place, text): (usize, &&str)| {
        let of = before.get(&statement_digest(text));
        of.map_or(place as u32, |group| *numbers.entry(*group).or_insert(place as u32))
    };
    texts.iter().enumerate().map(number).collect()
}

/// How far each group is found again among others, 0 to 1.
fn steadiness(groups: &[Vec<usize>], again: &[Vec<usize>]) -> Vec<f32> {
    let of: BTreeMap<usize, usize> =
        again.iter().enumerate().flat_map(|(place, group)| group.iter().map(move |m| (*m, place))).collect();
    let found = |group: &Vec<usize>| {
        let mut shared: BTreeMap<usize, usize> = BTreeMap::new();
        group.iter().filter_map(|member| of.get(member)).for_each(|o| *shared.entry(*o).or_default() += 1);
        let agreement =
            |(other, both): (usize, usize)| both as f32 / (group.len() + again[other].len() - both) as f32;
        shared.into_iter().map(agreement).fold(0.0, f32::max)
    };
    groups.iter().map(found).collect()
}

/// The groups that are large enough, largest first, with the members of the others spread among them.
fn gathered(found: &[u32], vectors: &[Vec<f32>], least: usize) -> Vec<Vec<usize>> {
    let mut groups: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (member, group) in found.iter().enumerate() {
        groups.entry(*group).or_default().push(member);
    }
    let (mut large, small): (Vec<_>, Vec<_>) = groups.into_values().partition(|g| g.len() >= least.max(1));
    if large.is_empty() {
        return large;
    }
    let centroid = |members: &Vec<usize>| {
        let vectors: Vec<Vec<f32>> = members.iter().map(|m| vectors[*m].clone()).collect();
        unit(mean(&vectors))
    };
    let centroids: Vec<Vec<f32>> = large.iter().map(centroid).collect();
    for member in small.into_iter().flatten() {
        let (mut best, mut most) = (0, f32::MIN);
        for (group, centroid) in centroids.iter().enumerate() {
            let similarity = dot(&vectors[member], centroid);
            if similarity > most {
                (best, most) = (group, similarity);
            }
        }
        large[best].push(member);
    }
    large.iter_mut().for_each(|group| group.sort_unstable());
    large.sort_by(|a, b| b.len().cmp(&a.len()).then(a[0].cmp(&b[0])));
    large
}

#[cfg(test)]
mod tests;
