use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::voice::{AnsweredText, voice_key};

#[derive(Debug, Default, PartialEq, Eq)]
struct Tallies {
    support: BTreeMap<(VoiceKey, Subject), i64>,
    subjects: BTreeMap<Subject, TallyMove>,
}

impl Tallies {
    fn apply(&mut self, change: &TallyChange) {
        let moves = change.apply(|v, s| self.support.get(&(v.clone(), s.clone())).copied().unwrap_or(0));
        for (voice, subject, step) in change.touched() {
            *self.support.entry((voice.clone(), subject.clone())).or_default() += step;
        }
        self.support.retain(|_, count| *count != 0);
        for (subject, moved) in moves {
            let tally = self.subjects.entry(subject).or_default();
            tally.respondents += moved.respondents;
            tally.responses += moved.responses;
            tally.against += moved.against;
        }
        self.subjects.retain(|_, tally| *tally != TallyMove::default());
    }

    fn recount<'a>(contributions: impl Iterator<Item = &'a Contribution>) -> Self {
        let mut counted = Self::default();
        let mut voices: BTreeMap<Subject, BTreeSet<VoiceKey>> = BTreeMap::new();
        for contribution in contributions {
            let themes = contribution.themes.iter().cloned().map(Subject::Theme);
            let against = contribution.against.iter().cloned().map(Subject::Against);
            for subject in [Subject::Answered].into_iter().chain(themes).chain(against) {
                *counted.support.entry((contribution.voice.clone(), subject.clone())).or_default() += 1;
                if !matches!(subject, Subject::Against(_)) {
                    counted.subjects.entry(subject.clone()).or_default().responses += 1;
                }
                voices.entry(subject).or_default().insert(contribution.voice.clone());
            }
        }
        for (subject, voices) in voices {
            if let Subject::Against(theme) = subject {
                counted.subjects.entry(Subject::Theme(theme)).or_default().against = voices.len() as i64;
                continue;
            }
            counted.subjects.entry(subject).or_default().respondents = voices.len() as i64;
        }
        counted
    }
}

fn contribution(response: usize, text: u8, words: i64, themes: &[u8]) -> Option<Contribution> {
    let answers = [AnsweredText { question: "q".into(), digest: text.to_string(), words }];
    let voice = voice_key(&response.to_string(), &answers)?;
    let named = |themes: &mut dyn Iterator<Item = &u8>| themes.map(|t| format!("t{t}")).collect();
    // Identical texts may be decided on apart, so not every response of a voice is against the same.
    let against = named(&mut themes.iter().filter(|t| (usize::from(**t) + response).is_multiple_of(3)));
    Some(Contribution { voice, themes: named(&mut themes.iter()), against })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]
    #[test]
    fn any_sequence_of_submit_revise_withdraw_equals_a_recount(
        acts in prop::collection::vec((0_usize..8, 0_u8..4, 3_i64..7, prop::collection::vec(0_u8..4, 0..4), any::<bool>(), any::<bool>()), 0..60)
    ) {
        let mut tallies = Tallies::default();
        let mut current: BTreeMap<usize, Contribution> = BTreeMap::new();
        let mut batch = TallyChange::default();
        for (response, text, words, themes, withdraw, flush) in acts {
            let after = if withdraw { None } else { contribution(response, text, words, &themes) };
            batch.replace(current.get(&response), after.as_ref());
            match after {
                Some(after) => current.insert(response, after),
                None => current.remove(&response),
            };
            if flush {
                tallies.apply(&std::mem::take(&mut batch));
                prop_assert_eq!(&tallies, &Tallies::recount(current.values()));
            }
        }
        tallies.apply(&batch);
        prop_assert_eq!(&tallies, &Tallies::recount(current.values()));
        let of = |subject: Subject| tallies.subjects.get(&subject).copied().unwrap_or_default();
        let signal = recount(current.values());
        let answered = of(Subject::Answered);
        prop_assert_eq!((signal.respondents, signal.responses), (answered.respondents, answered.responses));
        prop_assert!(signal.themes.is_sorted_by_key(|tally| &tally.theme));
        prop_assert_eq!(signal.themes.len(), tallies.subjects.keys().filter(|s| **s != Subject::Answered).count());
        for ThemeTally { theme, respondents, responses, against } in signal.themes {
            prop_assert_eq!(of(Subject::Theme(theme)), TallyMove { respondents, responses, against });
        }
    }
}

#[test]
fn withdrawing_one_of_two_identical_responses_drops_no_voice() {
    let (first, second) = (contribution(2, 1, 9, &[1]), contribution(2, 1, 9, &[1]));
    let mut tallies = Tallies::default();
    let mut change = TallyChange::default();
    change.replace(None, first.as_ref());
    change.replace(None, second.as_ref());
    tallies.apply(&change);
    assert_eq!(tallies.subjects[&Subject::Answered], TallyMove { respondents: 1, responses: 2, against: 0 });
    let mut change = TallyChange::default();
    change.replace(first.as_ref(), None);
    tallies.apply(&change);
    assert_eq!(
        tallies.subjects[&Subject::Theme("t1".into())],
        TallyMove { respondents: 1, responses: 1, against: 1 }
    );
}

#[test]
fn a_revision_that_says_the_same_moves_nothing() {
    let same = contribution(1, 1, 9, &[1, 2]);
    let mut change = TallyChange::default();
    change.replace(same.as_ref(), same.as_ref());
    assert!(change.is_empty());
}
