use pretty_assertions::assert_eq;
use proptest::prelude::*;

use super::*;

/// A sound group of these statements.
fn sound(members: std::ops::Range<u32>) -> Sighting<u32> {
    Sighting {
        members: members.collect(),
        voices: 20,
        density: 0.9,
        steadiness: 1.0,
        coverage: 0.8,
        near: BTreeMap::from([("cost".to_owned(), 0.1)]),
    }
}

/// The candidates after each of these runs, with what was proposed made a theme called after its first statement.
fn runs(found: &[Vec<Sighting<u32>>]) -> Vec<Advance<u32>> {
    let mut candidates = Vec::new();
    let mut made = Vec::new();
    for found in found {
        let mut step = advance(&candidates, found, &Rules::default());
        for group in &step.propose {
            let candidate = &mut step.candidates[step.candidate_of[*group]];
            let theme = candidate.members.first().map(u32::to_string).unwrap_or_default();
            candidate.standing = Standing::Proposed(theme, 0);
        }
        candidates.clone_from(&step.candidates);
        made.push(step);
    }
    made
}

fn proposed(steps: &[Advance<u32>]) -> Vec<usize> {
    steps.iter().map(|step| step.propose.len()).collect()
}

#[test]
fn a_group_is_proposed_once_when_two_runs_in_a_row_find_it_sound() {
    let steady = vec![sound(0..10)];
    assert_eq!(proposed(&runs(&[steady.clone(), steady.clone(), steady.clone()])), [0, 1, 0]);
    assert_eq!(proposed(&runs(&[steady.clone(), vec![], steady.clone(), steady])), [0, 0, 0, 1]);
    let weak = Sighting { voices: 4, ..sound(0..10) };
    assert_eq!(proposed(&runs(&[vec![sound(0..10)], vec![weak], vec![sound(0..10)]])), [0, 0, 0]);
}

#[test]
fn what_is_thin_loose_unsteady_unnamed_or_near_a_theme_is_never_proposed() {
    let near = BTreeMap::from([("cost".to_owned(), 0.7)]);
    for bad in [
        Sighting { density: 0.1, ..sound(0..10) },
        Sighting { steadiness: 0.1, ..sound(0..10) },
        Sighting { voices: 4, ..sound(0..10) },
        Sighting { coverage: 0.2, ..sound(0..10) },
        sound(0..4),
        Sighting { near, ..sound(0..10) },
    ] {
        let run = vec![bad];
        assert_eq!(proposed(&runs(&[run.clone(), run.clone(), run])), [0, 0, 0]);
    }
}

#[test]
fn a_proposal_stays_through_bad_runs_and_fades_after_the_third_without_it() {
    let steady = vec![sound(0..10)];
    let loose = vec![Sighting { density: 0.0, voices: 1, ..sound(0..10) }];
    let other = vec![sound(50..60)];
    let steps = runs(&[
        steady.clone(),
        steady.clone(),
        loose,
        other.clone(),
        other.clone(),
        steady.clone(),
        other.clone(),
        other.clone(),
        other,
    ]);
    let faded: Vec<Vec<String>> = steps.iter().map(|step| step.faded.clone()).collect();
    assert_eq!(faded[..8].concat(), Vec::<String>::new());
    assert_eq!(faded[8], ["0"]);
}

#[test]
fn what_people_dismissed_does_not_come_back_whole_grown_or_in_part() {
    let dismissed = Candidate { standing: Standing::Dismissed, members: (0..20).collect() };
    for again in [vec![sound(0..20)], vec![sound(0..60)], vec![sound(0..9), sound(9..20)]] {
        let mut candidates = vec![dismissed.clone()];
        for _ in 0..4 {
            let step = advance(&candidates, &again, &Rules::default());
            assert_eq!(step.propose, [0; 0]);
            candidates = step.candidates;
        }
    }
    let other = advance(std::slice::from_ref(&dismissed), &[sound(30..50)], &Rules::default());
    assert_eq!(other.candidates[0].standing, Standing::Forming(1));
    assert_eq!(other.candidates[1], dismissed, "it is remembered while nothing of it is found");
}

#[test]
fn splits_and_merges_of_proposals_are_told_by_their_themes() {
    let both = vec![sound(0..10), sound(10..20)];
    let steps = runs(&[both.clone(), both, vec![sound(0..20)], vec![sound(0..10), sound(10..20)]]);
    assert_eq!(steps[2].merges, [(0, vec!["0".to_owned(), "10".to_owned()])]);
    let halves = runs(&[vec![sound(0..20)], vec![sound(0..20)], vec![sound(0..9), sound(9..20)]]);
    assert_eq!(halves[2].splits, [("0".to_owned(), vec![0, 1])]);
    assert_eq!(halves[2].candidates[1].standing, Standing::Proposed("0".to_owned(), 0), "the greater half");
}

proptest! {
    #[test]
    fn no_theme_is_followed_twice_and_none_is_lost_without_fading(
        cuts in prop::collection::vec(prop::collection::vec(0_u32..60, 0..4), 1..8)
    ) {
        let found: Vec<Vec<Sighting<u32>>> = cuts
            .into_iter()
            .map(|mut cuts| {
                cuts.extend([0, 60]);
                cuts.sort_unstable();
                cuts.dedup();
                cuts.windows(2).map(|pair| sound(pair[0]..pair[1])).collect()
            })
            .collect();
        let steps = runs(&found);
        let themes = |step: &Advance<u32>| -> Vec<String> {
            let standing = step.candidates.iter().map(|candidate| &candidate.standing);
            standing.filter_map(|s| match s {
                Standing::Proposed(theme, _) => Some(theme.clone()),
                _ => None,
            }).collect()
        };
        for pair in steps.windows(2) {
            let (was, is) = (themes(&pair[0]), themes(&pair[1]));
            for theme in &was {
                prop_assert!(is.contains(theme) || pair[1].faded.contains(theme));
            }
            prop_assert_eq!(is.len(), was.len() - pair[1].faded.len() + pair[1].propose.len());
        }
        prop_assert_eq!(runs(&found), steps, "the same runs give the same");
    }
}
