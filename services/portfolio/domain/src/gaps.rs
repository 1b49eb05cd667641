//! Where what organisations ask for and the work do not meet: themes with demand and no work, work with no demand.
//!
//! A theme is a gap when it counts, its need is not met already, no item is linked to it or to a theme that was merged into
//! it, and enough organisations raise it: at least two, and at least a tenth of those that answered. An item is one when enough organisations answered to know (at least three) and
//! none of them speaks for a theme that it answers, or supports it directly; an item without a counted link and without a
//! direct voice is told apart, as nobody could ask for it. A link by which a theme is a complaint against the item answers
//! nothing.
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{Inputs, Kind, Need, Reading, arithmetic::narrow, demand, direct};

/// Fewest organisations that raise a theme for it to be a gap: one alone would be named by it.
const FEWEST_RAISING: i64 = 2;
/// One in so many organisations that answered must raise it.
const ONE_IN: i64 = 10;
/// Fewest organisations that answered before silence says something of an item.
const FEWEST_ANSWERED: i64 = 3;

/// What is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// Organisations raise a theme, and no work answers it.
    Work,
    /// An item answers themes, and no organisation raises them.
    Demand,
    /// An item answers no theme that counts.
    Link,
}

impl Missing {
    /// Its name, as records keep it.
    pub fn name(self) -> &'static str {
        match self {
            Missing::Work => "work",
            Missing::Demand => "demand",
            Missing::Link => "link",
        }
    }
}

/// A gap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// What is missing.
    pub missing: Missing,
    /// The theme's full name, or the item's id.
    pub of: String,
    /// What people call it.
    pub title: String,
    /// Organisations that raise the theme; 0 for items.
    pub behind: i64,
    /// Demand of the theme or the item, in 10⁻¹².
    pub demand: i64,
}

/// Every gap: themes by demand, highest first, then items without demand, then items without a link, both by id.
pub fn gaps(inputs: &Inputs, kind: Kind) -> Vec<Gap> {
    let answered = i64::try_from(inputs.organisations_answered().len()).unwrap_or(i64::MAX);
    let mut gaps = themes_without_work(inputs, kind, answered);
    gaps.sort_by(|a, b| b.demand.cmp(&a.demand).then_with(|| a.of.cmp(&b.of)));
    let mut items = items_without_demand(inputs, kind, answered);
    items.sort_by(|a, b| a.missing.cmp(&b.missing).then_with(|| a.of.cmp(&b.of)));
    gaps.extend(items);
    gaps
}

fn themes_without_work(inputs: &Inputs, kind: Kind, answered: i64) -> Vec<Gap> {
    let links = inputs.items.values().flat_map(|item| item.links.iter());
    let answers = links.filter(|(_, link)| link.is_answer());
    let linked: BTreeSet<&str> = answers.map(|(said, _)| inputs.goes_to(said)).collect();
    let open = inputs.themes.iter().filter(|(name, theme)| {
        inputs.counts(kind, name) && theme.need != Need::Met && !linked.contains(name.as_str())
    });
    open.filter_map(|(name, theme)| {
        let found = demand::theme_demand(inputs, name);
        let behind = i64::try_from(found.behind.len()).unwrap_or(i64::MAX);
        (behind >= FEWEST_RAISING && behind.saturating_mul(ONE_IN) >= answered).then(|| Gap {
            missing: Missing::Work,
            of: name.clone(),
            title: theme.title.clone(),
            behind,
            demand: narrow(found.value(Reading::Raised, answered)),
        })
    })
    .collect()
}

fn items_without_demand(inputs: &Inputs, kind: Kind, answered: i64) -> Vec<Gap> {
    if answered < FEWEST_ANSWERED {
        return Vec::new();
    }
    let targets = demand::targets(inputs, kind);
    let mut gaps = Vec::new();
    for (id, item) in &inputs.items {
        let answers = item.links.iter().filter(|(_, link)| link.is_answer());
        let own = targets.get(&direct::target(id)).filter(|_| inputs.free(kind, item) > 0);
        let own = own.map(|own| (own, Reading::Raised));
        let counted = answers.filter_map(|(said, link)| Some((targets.get(said)?, link.reading)));
        let counted: Vec<_> = counted.chain(own).collect();
        let missing = if counted.is_empty() {
            Missing::Link
        } else if counted.iter().all(|(theme, reading)| theme.behind(*reading).is_empty()) {
            Missing::Demand
        } else {
            continue;
        };
        gaps.push(Gap {
            missing,
            of: id.clone(),
            title: item.title.clone(),
            behind: 0,
            demand: narrow(demand::unraised(answered)),
        });
    }
    gaps
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use pretty_assertions::assert_eq;

    use super::*;
    use crate::rank::tests::{ELSEWHERE, T1, T2, inputs, signal};
    use crate::{Theme, ThemeState};

    #[test]
    fn a_complaint_is_no_answer_and_what_was_merged_or_met_is_no_gap() {
        let theme = "codebooks/c/themes/T9";
        let missing = |inputs: &Inputs, of: &str| {
            let gaps = gaps(inputs, Kind::Official);
            gaps.into_iter().find(|gap| gap.of == of).map(|gap| gap.missing)
        };
        let mut inputs = heard(3);
        let against = crate::ThemeLink { reading: Reading::Against, ..1000.into() };
        inputs.items.get_mut("A").unwrap().links.insert(theme.into(), against);
        assert_eq!(missing(&inputs, theme), Some(Missing::Work));
        assert_eq!(missing(&inputs, "A"), Some(Missing::Link));
        let mut met = inputs.clone();
        met.themes.get_mut(theme).unwrap().need = Need::Met;
        assert_eq!(missing(&met, theme), None);
        // C answers T2 alone, whose mentions went to T9: it is asked for, and T9 has work.
        let gone = inputs.themes.get_mut(T2).unwrap();
        (gone.state, gone.merged_into) = (ThemeState::Retired, Some(theme.to_owned()));
        assert_eq!((missing(&inputs, theme), missing(&inputs, "C")), (None, None));
    }

    /// Four organisations answered; T1, which B answers, is raised by one, and `raised` of them raise a theme of no item.
    fn heard(raised: usize) -> Inputs {
        let mut inputs = inputs();
        let open =
            Theme { title: "Nobody does this".into(), state: ThemeState::Approved, ..Default::default() };
        inputs.themes.insert("codebooks/c/themes/T9".into(), open);
        let signals = (1..=4).map(|n| {
            let nine = ("codebooks/c/themes/T9", i64::from(n <= raised));
            (format!("O{n}"), signal(2, &[(T1, i64::from(n == 1)), nine]))
        });
        inputs.signals.insert("c".into(), signals.collect());
        inputs
    }

    fn found(inputs: &Inputs, kind: Kind) -> Vec<(Missing, String)> {
        gaps(inputs, kind).into_iter().map(|gap| (gap.missing, gap.of)).collect()
    }

    #[test]
    fn a_theme_that_several_raise_and_no_work_answers_is_a_gap() {
        let theme = (Missing::Work, "codebooks/c/themes/T9".to_owned());
        assert!(!found(&heard(1), Kind::Official).contains(&theme), "one organisation would be named by it");
        assert!(found(&heard(2), Kind::Official).contains(&theme));
        let mut linked = heard(2);
        linked.items.get_mut("A").unwrap().links.insert(theme.1.clone(), 1.into());
        assert!(!found(&linked, Kind::Official).contains(&theme));
        let mut proposed = heard(2);
        proposed.themes.get_mut(&theme.1).unwrap().state = ThemeState::Proposed;
        assert!(!found(&proposed, Kind::Official).contains(&theme));
        assert!(found(&proposed, Kind::Provisional).contains(&theme));
    }

    #[test]
    fn work_that_nobody_asks_for_is_told_apart_from_work_that_nobody_could_ask_for() {
        let items = |inputs: &Inputs, kind| -> Vec<(Missing, String)> {
            found(inputs, kind).into_iter().filter(|(missing, _)| *missing != Missing::Work).collect()
        };
        // B answers T1, which is raised; C answers T2, which is proposed, so that it counts in the provisional ranking alone.
        assert_eq!(
            items(&heard(0), Kind::Official),
            [(Missing::Link, "A".into()), (Missing::Link, "C".into())]
        );
        assert_eq!(
            items(&heard(0), Kind::Provisional),
            [(Missing::Demand, "C".into()), (Missing::Link, "A".into())]
        );
        let mut silent = heard(0);
        silent.signals.get_mut("c").unwrap().retain(|id, _| id == "O1" || id == "O2");
        assert_eq!(items(&silent, Kind::Official), [], "too few answered to know");
        silent
            .signals
            .insert("d".into(), BTreeMap::from([("O3".into(), signal(1, &[(ELSEWHERE, 0), (T2, 0)]))]));
        assert_eq!(items(&silent, Kind::Official).len(), 2);
    }
}
