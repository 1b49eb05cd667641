//! Evidence from outside the consultation as a criterion of its own: an analyst's report, an audit, a statistic.
//!
//! A theme's evidence is worth its strongest piece, from 1/5 (an opinion) to 1 (studies that agree): many weak pieces do not
//! make a strong one. An item's score is Σ strength of the link · worth of its theme, between 0 and 1; by a link that reads
//! its theme as a complaint against the item, evidence for the theme counts against the item, and never below 0. An item
//! without evidence has 0. Nothing of it enters council demand, and no answer enters this.
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Inputs, Item, Kind, ONE, Reading, link::WHOLE, theme::Followed};

/// The strength of evidence that is worth 1.
pub const STRONGEST: i64 = 5;

/// A piece of evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Piece {
    /// 1 an opinion, 2 an example, 3 several examples, 4 a study, 5 studies that agree.
    pub strength: i64,
    /// When it was said: `YYYY-MM-DD`.
    pub date: String,
}

/// The piece that a theme's evidence is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strongest {
    /// Its strength, 1 to 5.
    pub strength: i64,
    /// Its name, `codebooks/{codebook}/evidence/{evidence}`.
    pub name: String,
}

impl Strongest {
    /// What it is worth, 0.2 to 1, in 10⁻¹².
    pub fn worth(&self) -> i128 {
        i128::from(self.strength) * i128::from(ONE / STRONGEST)
    }
}

/// The strongest piece of each theme, with those of the themes that were merged into it. Of equal ones it is the newest,
/// then the first by name.
pub fn strongest(inputs: &Inputs) -> BTreeMap<String, Strongest> {
    let mut best: BTreeMap<&str, (&Piece, &String)> = BTreeMap::new();
    for (said, pieces) in &inputs.evidence {
        let theme = inputs.goes_to(said);
        for (name, piece) in pieces {
            let better = |(other, held): &(&Piece, &String)| {
                (piece.strength, &piece.date, *held) > (other.strength, &other.date, name)
            };
            if best.get(theme).is_none_or(better) {
                best.insert(theme, (piece, name));
            }
        }
    }
    let strongest =
        |(piece, name): (&Piece, &String)| Strongest { strength: piece.strength, name: name.clone() };
    best.into_iter().map(|(theme, found)| (theme.to_owned(), strongest(found))).collect()
}

/// What a link adds to its item's score, in 10⁻¹⁵: its strength times what its theme's evidence is worth.
pub fn part(link: &Followed<'_>, strongest: &BTreeMap<String, Strongest>) -> i128 {
    let worth = strongest.get(link.theme).map_or(0, Strongest::worth);
    let worth = match link.link.reading {
        Reading::Raised | Reading::Stance => worth,
        Reading::Against => -worth,
    };
    i128::from(link.link.strength) * worth
}

/// An item's score in 10⁻¹², before it is kept at 0 or above. Exact: what a theme's evidence is worth divides by a thousand.
pub fn of_item(inputs: &Inputs, kind: Kind, item: &Item, strongest: &BTreeMap<String, Strongest>) -> i128 {
    let sum: i128 = inputs.followed(kind, item).map(|link| part(&link, strongest)).sum();
    sum / i128::from(WHOLE)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        Criterion, Ranker, ThemeState, Touched, explain,
        explain::{Side, Through},
        rank,
        rank::tests::{T1, T2, inputs, signal},
        score,
    };

    fn piece(strength: i64, date: &str) -> Piece {
        Piece { strength, date: date.to_owned() }
    }

    fn told(inputs: &mut Inputs, theme: &str, pieces: &[(&str, i64)]) {
        let pieces = pieces
            .iter()
            .map(|(name, strength)| (format!("codebooks/c/evidence/{name}"), piece(*strength, "2020-10-14")));
        inputs.evidence.insert(theme.to_owned(), pieces.collect());
    }

    /// A model that takes evidence, with some.
    fn with_evidence() -> Inputs {
        let mut inputs = inputs();
        let criterion = Criterion {
            title: "Evidence".into(),
            highest: ONE,
            swing: 40_000,
            takes_evidence: true,
            ..Criterion::default()
        };
        inputs.criteria.insert("evidence".into(), criterion);
        inputs.themes.get_mut(T2).unwrap().state = ThemeState::Approved;
        told(&mut inputs, T1, &[("a", 2), ("b", 4), ("c", 4)]);
        told(&mut inputs, T2, &[("d", 1)]);
        inputs
    }

    fn evidence_of(ranking: &crate::Ranking, item: &str) -> (i64, bool) {
        let values = ranking.item(item).unwrap().values.clone();
        let found = values.iter().find(|value| &*value.criterion == "evidence").unwrap();
        assert!(!found.missing);
        (found.value, found.clipped)
    }

    #[test]
    fn a_theme_is_worth_its_strongest_piece_and_an_item_what_its_links_take_of_it() {
        let mut inputs = with_evidence();
        let best = strongest(&inputs);
        assert_eq!((best[T1].strength, best[T1].name.as_str()), (4, "codebooks/c/evidence/b"));
        let ranking = rank(&inputs, Kind::Official);
        // 0.7 · 4/5 + 0.3 · 1/5; nothing for what is linked to nothing.
        assert_eq!(evidence_of(&ranking, "B"), (ONE * 62 / 100, false));
        assert_eq!(evidence_of(&ranking, "C"), (ONE / 5, false));
        assert_eq!(evidence_of(&ranking, "A"), (0, false));
        let without = rank(&without(&inputs), Kind::Official);
        for item in &ranking.items {
            assert_eq!(item.demand, without.item(&item.id).unwrap().demand, "demand knows nothing of it");
        }
        inputs.items.get_mut("C").unwrap().links.get_mut(T2).unwrap().reading = Reading::Against;
        assert_eq!(evidence_of(&rank(&inputs, Kind::Official), "C"), (0, true));
        let gone = inputs.themes.get_mut(T2).unwrap();
        (gone.state, gone.merged_into) = (ThemeState::Retired, Some(T1.to_owned()));
        inputs.evidence.get_mut(T1).unwrap().clear();
        // What was said of the merged theme is said of the one it went to.
        assert_eq!(evidence_of(&rank(&inputs, Kind::Official), "B"), (ONE / 5, false));
    }

    fn without(inputs: &Inputs) -> Inputs {
        Inputs { evidence: BTreeMap::new(), ..inputs.clone() }
    }

    #[test]
    fn a_move_by_evidence_is_told_with_the_piece_that_made_it() {
        let (before, mut after) = (with_evidence(), with_evidence());
        told(&mut after, T2, &[("d", 1), ("e", 5)]);
        let rankings = [&before, &after].map(|inputs| rank(inputs, Kind::Official));
        let side = |inputs, ranking| Side { inputs, ranking };
        let parts = explain::explain("B", side(&before, &rankings[0]), side(&after, &rankings[1])).unwrap();
        let part = parts.iter().find(|part| part.criterion == "evidence").unwrap();
        let [theme] = &part.themes[..] else { panic!("{part:?}") };
        assert_eq!((theme.through.said(), theme.delta), (Some(T2), part.delta));
        assert_eq!(theme.evidence, ["codebooks/c/evidence/d", "codebooks/c/evidence/e"]);
        let whole = score::score(&after, &rankings[1], "B").unwrap();
        let evidence = whole.iter().find(|part| part.criterion == "evidence").unwrap();
        let pieces: Vec<_> = evidence.themes.iter().map(|theme| theme.evidence.as_deref().unwrap()).collect();
        assert_eq!(pieces, ["codebooks/c/evidence/b", "codebooks/c/evidence/e"]);
    }

    fn pieces() -> impl Strategy<Value = Vec<i64>> {
        prop::collection::vec(1_i64..=STRONGEST, 0..4)
    }

    proptest! {
        #[test]
        fn whatever_is_said_keeps_rankings_and_explanations_whole(
            one in pieces(),
            other in pieces(),
            later in pieces(),
            reading in prop::sample::select(&Reading::ALL[..]),
            merged in any::<bool>(),
            raised in 0_i64..=4,
        ) {
            let name = |list: &[i64]| -> BTreeMap<String, Piece> {
                list.iter().enumerate().map(|(at, s)| (format!("codebooks/c/evidence/{at}"), piece(*s, "2020-01-01"))).collect()
            };
            let mut inputs = with_evidence();
            inputs.signals.insert("c".into(), [("O1".to_owned(), signal(4, &[(T1, raised)]))].into());
            inputs.items.get_mut("B").unwrap().links.get_mut(T2).unwrap().reading = reading;
            inputs.evidence = [(T1.to_owned(), name(&one)), (T2.to_owned(), name(&other))].into();
            let before = inputs.clone();
            let mut ranker = Ranker::new(&inputs, Kind::Official);
            if merged {
                let gone = inputs.themes.get_mut(T1).unwrap();
                (gone.state, gone.merged_into) = (ThemeState::Retired, Some(T2.to_owned()));
                ranker.update(&inputs, &[Touched::Theme(T1)]);
                prop_assert_eq!(ranker.ranking(), rank(&inputs, Kind::Official));
            }
            inputs.evidence.insert(T2.to_owned(), name(&later));
            ranker.update(&inputs, &[Touched::Evidence]);
            let (old, new) = (rank(&before, Kind::Official), rank(&inputs, Kind::Official));
            prop_assert_eq!(&ranker.ranking(), &new);
            let side = |inputs, ranking| Side { inputs, ranking };
            for item in &new.items {
                let parts = explain::explain(&item.id, side(&before, &old), side(&inputs, &new)).unwrap();
                let delta = item.value - old.item(&item.id).unwrap().value;
                prop_assert_eq!(parts.iter().map(|part| part.delta).sum::<i64>(), delta);
                for part in parts.iter().filter(|part| part.criterion == "evidence") {
                    prop_assert_eq!(part.themes.iter().map(|theme| theme.delta).sum::<i64>(), part.delta);
                    let known = |through: &Through| *through != Through::Unlinked;
                    prop_assert!(part.themes.iter().all(|theme| known(&theme.through) || theme.delta.abs() <= 1));
                }
                let parts = score::score(&inputs, &new, &item.id).unwrap();
                for part in parts.iter().filter(|part| part.criterion == "evidence") {
                    prop_assert_eq!(part.themes.iter().map(|theme| theme.part).sum::<i64>(), part.part);
                }
            }
        }
    }
}
