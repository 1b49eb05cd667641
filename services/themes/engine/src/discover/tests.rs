use std::collections::{BTreeMap, BTreeSet};

use pretty_assertions::assert_eq;
use soundings_themes_model::Model;

use super::*;
use crate::chance::Chance;
use crate::identity::stayed;

struct Embedded(Model);

impl Encoder for Embedded {
    fn encode(&self, texts: &[&str]) -> Vec<Vec<f32>> {
        self.0.encode(texts)
    }
}

fn embedded() -> Embedded {
    Embedded(Model::embedded().unwrap())
}

/// Statements on six subjects, each made of the subject's own words.
fn written() -> Vec<String> {
    const SUBJECTS: [[&str; 6]; 6] = [
        ["bus", "timetable", "evening service", "bus stop", "route", "driver"],
        ["library", "books", "reading room", "opening hours", "librarian", "study space"],
        ["potholes", "road surface", "resurfacing", "tarmac", "broken road", "car damage"],
        ["recycling", "bins", "waste collection", "garden waste", "rubbish", "bin lorry"],
        ["school meals", "pupils", "classroom", "teachers", "primary school", "homework"],
        ["doctor", "GP surgery", "appointment", "clinic", "nurse", "prescription"],
    ];
    const FRAMES: [&str; 5] = [
        "The {a} and the {b}.",
        "{a}, and even more the {b}.",
        "More on {a}; {b} too.",
        "{a} and {b}.",
        "{a}: {b}",
    ];
    let mut written = Vec::new();
    for subject in SUBJECTS {
        for (i, a) in subject.iter().enumerate() {
            for (j, b) in subject.iter().enumerate().filter(|(j, _)| *j != i) {
                written.push(FRAMES[(i + j) % FRAMES.len()].replace("{a}", a).replace("{b}", b));
            }
        }
    }
    written
}

fn found(statements: &[String], options: &Options) -> Discovery {
    let texts: Vec<&str> = statements.iter().map(String::as_str).collect();
    discover(&texts, &embedded(), options, Watch::SILENT).unwrap()
}

#[test]
fn subjects_are_told_apart() {
    let statements = written();
    let discovery = found(&statements, &Options { resolution: 1.0, ..Options::default() });
    assert!((5..=9).contains(&discovery.groups.len()), "{:?}", discovery.groups);
    for group in &discovery.groups {
        let mut subjects: BTreeMap<usize, usize> = BTreeMap::new();
        group.members.iter().for_each(|m| *subjects.entry(m / 30).or_default() += 1);
        let most = subjects.values().max().copied().unwrap_or_default();
        assert!(most * 10 >= group.members.len() * 8, "{} mixes {subjects:?}", group.naming.name);
        assert!(!group.exemplars.is_empty() && group.subtitle.is_some());
    }
    assert!(discovery.group_of.iter().all(Option::is_some));
}

#[test]
fn the_order_of_arrival_and_threads_make_no_difference() {
    let statements = written();
    let one = found(&statements, &Options::default());
    let mut order: Vec<usize> = (0..statements.len()).collect();
    Chance::new(3).shuffle(&mut order);
    let shuffled: Vec<String> = order.iter().map(|i| statements[*i].clone()).collect();
    let other = found(&shuffled, &Options { threads: 3, ..Options::default() });
    assert_eq!(found(&statements, &Options { threads: 4, ..Options::default() }), one);
    for (place, original) in order.iter().enumerate() {
        assert_eq!(other.group_of[place], one.group_of[*original]);
    }
}

#[test]
fn a_campaign_weighs_as_one_statement() {
    let mut statements = written();
    let plain = found(&statements, &Options::default());
    let copies = vec![statements[0].to_uppercase().replace(' ', "  "); 500];
    statements.extend(copies);
    let flooded = found(&statements, &Options::default());
    assert_eq!(flooded.groups.len(), plain.groups.len());
    assert_eq!(flooded.group_of[..plain.group_of.len()], plain.group_of);
    assert_eq!(flooded.group_of.last(), Some(&plain.group_of[0]));
}

#[test]
fn too_little_to_find_anything_in_gives_no_group() {
    for few in [vec![], vec!["Bus".to_owned()], vec![String::new(), "🙂".to_owned()]] {
        assert_eq!(found(&few, &Options::default()).groups, []);
    }
}

/// The statements' groups, each as the digests of its members.
fn members(statements: &[String], found: &Discovery) -> Vec<BTreeSet<String>> {
    let digest = |place: &usize| statement_digest(&statements[*place]);
    found.groups.iter().map(|group| group.members.iter().map(digest).collect()).collect()
}

/// The groups after statements arrived in this order: discovery runs when so many are there, each time from what the run
/// before found.
fn replayed(statements: &[String], runs: &[usize]) -> Vec<Vec<BTreeSet<String>>> {
    let mut options = Options { resolution: 1.0, ..Options::default() };
    let mut after = Vec::new();
    for run in runs {
        let there = &statements[..*run];
        let found = found(there, &options);
        let groups = members(there, &found);
        let placed = groups.iter().enumerate().flat_map(|(g, of)| of.iter().map(move |d| (d.clone(), g)));
        options.before = placed.collect();
        options.centre = Some(found.centre);
        after.push(groups);
    }
    after
}

#[test]
fn statements_keep_their_theme_when_they_arrive_in_another_order_and_when_more_arrive() {
    let statements = written();
    let all = statements.len();
    let runs = [all / 2, all * 10 / 11, all, all];
    let mut ends = Vec::new();
    for seed in 0..4 {
        let mut order = statements.clone();
        Chance::new(seed).shuffle(&mut order);
        let after = replayed(&order, &runs);
        let tenth = stayed(&after[1], &after[2], 0.3);
        assert!(tenth >= 0.95, "{tenth} stayed when a tenth was added, seed {seed}");
        assert_eq!(stayed(&after[2], &after[3], 0.3), 1.0, "nothing new moves nothing, seed {seed}");
        ends.extend(after.into_iter().next_back());
    }
    for end in &ends[1..] {
        let share = stayed(&ends[0], end, 0.3);
        assert!(share >= 0.95, "{share} are where they are in another order");
    }
}
