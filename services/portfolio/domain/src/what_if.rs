//! What if: the same inputs, changed in ways that are named, ranked again beside the ranking as it stands. Nothing live is
//! touched; a change that no model may have is refused by the same rules.
use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Inputs, Item, Kind, Ranking, ThemeState,
    campaign::{self, Campaign},
    change::{self, Size},
    check::check,
    replaced_signals::{self, ReplacedSignals},
    voice::{Voice, rank_under},
};

/// What is to be different. The default changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Swings in thousandths, by criterion.
    pub swings: BTreeMap<String, i64>,
    /// The scores worth 0 and 1 (1 and 0 when less is better), in 10⁻¹², by criterion.
    pub anchors: BTreeMap<String, (i64, i64)>,
    /// Whose voice counts how much.
    pub voice: Voice,
    /// Tallies that stand in place of a codebook's; what is left out below is left out of these too.
    pub replaced_signals: ReplacedSignals,
    /// Organisations that are taken not to have answered.
    pub without_organisations: BTreeSet<String>,
    /// Codebooks under which nobody is taken to have answered.
    pub without_codebooks: BTreeSet<String>,
    /// Surveys whose bound questions nobody is taken to have answered; what was written in them stays.
    pub without_surveys: BTreeSet<String>,
    /// Campaigns that nobody is taken to have sent.
    pub without_campaigns: Vec<Campaign>,
    /// Items that are not there.
    pub without_items: BTreeSet<String>,
    /// Items that are there too, or are otherwise.
    pub items: BTreeMap<String, Item>,
    /// Where themes stand, by full name.
    pub theme_states: BTreeMap<String, ThemeState>,
}

impl Default for Change {
    fn default() -> Self {
        Change {
            swings: BTreeMap::new(),
            anchors: BTreeMap::new(),
            voice: Voice::Organisation,
            replaced_signals: BTreeMap::new(),
            without_organisations: BTreeSet::new(),
            without_codebooks: BTreeSet::new(),
            without_surveys: BTreeSet::new(),
            without_campaigns: Vec::new(),
            without_items: BTreeSet::new(),
            items: BTreeMap::new(),
            theme_states: BTreeMap::new(),
        }
    }
}

/// The ranking as it would be.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// What was ranked.
    pub inputs: Inputs,
    /// The ordering.
    pub ranking: Ranking,
    /// How far it is from the ranking as it stands.
    pub size: Size,
}

/// Ranks changed inputs; `present` is the ranking of the inputs as they are.
///
/// # Errors
/// Bad fields, each with what is wrong: what is changed and is not there, and what no model may have.
pub fn what_if(
    inputs: &Inputs,
    kind: Kind,
    present: &Ranking,
    change: &Change,
) -> Result<Outcome, Vec<(String, String)>> {
    let inputs = change.applied(inputs)?;
    let ranking = rank_under(&inputs, kind, change.voice);
    let size = change::size(present, &ranking);
    Ok(Outcome { inputs, ranking, size })
}

impl Change {
    /// The inputs as they would be; the voice is no part of them.
    ///
    /// # Errors
    /// As [`what_if`].
    pub fn applied(&self, inputs: &Inputs) -> Result<Inputs, Vec<(String, String)>> {
        let mut wrong = Vec::new();
        let mut unknown = |is_known: bool, field: &str, id: &str| {
            if !is_known {
                wrong.push((field.to_owned(), format!("there is no {id:?}")));
            }
        };
        let mut changed = inputs.clone();
        for (id, swing) in &self.swings {
            let criterion = changed.criteria.get_mut(id);
            unknown(criterion.is_some(), "swings", id);
            criterion.into_iter().for_each(|criterion| criterion.swing = *swing);
        }
        for (id, (lowest, highest)) in &self.anchors {
            let criterion = changed.criteria.get_mut(id);
            unknown(criterion.is_some(), "anchors", id);
            criterion.into_iter().for_each(|c| (c.lowest, c.highest) = (*lowest, *highest));
        }
        let not_there = replaced_signals::replace(&mut changed, &self.replaced_signals);
        for id in &self.without_organisations {
            unknown(changed.organisations.contains_key(id), "without_organisations", id);
            changed.signals.values_mut().for_each(|signals| drop(signals.remove(id)));
            changed.supports.values_mut().for_each(|supports| drop(supports.remove(id)));
        }
        for id in &self.without_surveys {
            unknown(changed.supports.remove(id).is_some(), "without_surveys", id);
        }
        for id in &self.without_codebooks {
            unknown(changed.signals.remove(id).is_some(), "without_codebooks", id);
        }
        self.without_campaigns.iter().for_each(|campaign| campaign::take_out(&mut changed, campaign));
        for id in &self.without_items {
            unknown(changed.items.remove(id).is_some(), "without_items", id);
            // A plan that does without an item does without its pin, and nothing can exclude it.
            changed.pins.remove(id);
            for item in changed.items.values_mut() {
                item.excludes.remove(id);
            }
        }
        for (name, state) in &self.theme_states {
            let theme = changed.themes.get_mut(name);
            unknown(theme.is_some(), "theme_states", name);
            theme.into_iter().for_each(|theme| theme.state = *state);
        }
        changed.items.extend(self.items.clone());
        wrong.extend(not_there.into_iter().map(|text| ("replaced_signals".to_owned(), text)));
        let replaced = |campaign: &&Campaign| self.replaced_signals.contains_key(&campaign.codebook);
        for campaign in self.without_campaigns.iter().filter(replaced) {
            let text = format!(
                "{} is known by the tallies as they stand; leave it, or replaced_signals of its codebook, out",
                campaign.name
            );
            wrong.push(("without_campaigns".to_owned(), text));
        }
        wrong.extend(check(&changed));
        if wrong.is_empty() { Ok(changed) } else { Err(wrong) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        rank,
        rank::tests::{T1, T2, inputs, item, signal},
    };

    fn answered() -> Inputs {
        let mut inputs = inputs();
        let signals =
            [("O1", signal(90, &[(T1, 60)])), ("O2", signal(1, &[(T2, 1)])), ("O3", signal(1, &[]))];
        inputs.signals.insert("c".into(), signals.map(|(id, signal)| (id.to_owned(), signal)).into());
        inputs
    }

    fn try_out(change: &Change) -> Result<Outcome, Vec<(String, String)>> {
        let inputs = answered();
        what_if(&inputs, Kind::Official, &rank(&inputs, Kind::Official), change)
    }

    #[test]
    fn nothing_changed_changes_nothing() {
        let same = try_out(&Change::default()).unwrap();
        assert_eq!(same.inputs, answered());
        assert_eq!((same.size.moved, same.size.kendall_tau_b), (0, 1.0));
    }

    #[test]
    fn every_change_is_as_if_the_inputs_were_so() {
        let change = Change {
            swings: [("fit".to_owned(), 1_000)].into(),
            anchors: [("fit".to_owned(), (0, 50 * crate::ONE))].into(),
            without_organisations: ["O2".to_owned()].into(),
            without_items: ["C".to_owned()].into(),
            items: [("D".to_owned(), item(&[("fit", 100)], &[(T2, 1000)]))].into(),
            theme_states: [(T2.to_owned(), ThemeState::Approved)].into(),
            ..Change::default()
        };
        let mut by_hand = answered();
        by_hand.criteria.get_mut("fit").unwrap().swing = 1_000;
        by_hand.criteria.get_mut("fit").unwrap().highest = 50 * crate::ONE;
        by_hand.signals.get_mut("c").unwrap().remove("O2");
        by_hand.items.remove("C");
        by_hand.items.insert("D".into(), item(&[("fit", 100)], &[(T2, 1000)]));
        by_hand.themes.get_mut(T2).unwrap().state = ThemeState::Approved;
        let outcome = try_out(&change).unwrap();
        assert_eq!(outcome.ranking, rank(&by_hand, Kind::Official));
        let silent = Change { without_codebooks: ["c".to_owned()].into(), ..Change::default() };
        assert_eq!(try_out(&silent).unwrap().ranking, rank(&inputs(), Kind::Official));
        let voiced = Change { voice: Voice::Respondent, ..Change::default() };
        assert_eq!(
            try_out(&voiced).unwrap().ranking,
            rank_under(&answered(), Kind::Official, Voice::Respondent)
        );
    }

    #[test]
    fn what_is_not_there_or_may_not_be_is_refused_by_name() {
        let named = |change: &Change| -> Vec<String> {
            try_out(change).unwrap_err().into_iter().map(|(field, _)| field).collect()
        };
        let nobody = ["nobody".to_owned()];
        let change = Change {
            swings: [("nothing".to_owned(), 1)].into(),
            without_organisations: nobody.clone().into(),
            without_codebooks: nobody.clone().into(),
            without_items: nobody.into(),
            ..Change::default()
        };
        assert_eq!(named(&change), ["swings", "without_organisations", "without_codebooks", "without_items"]);
        let swings = [("fit".to_owned(), 0), ("demand".to_owned(), 0)].into();
        assert_eq!(named(&Change { swings, ..Change::default() }), ["criteria.swing"]);
        let anchors = [("demand".to_owned(), (1, 2))].into();
        assert_eq!(named(&Change { anchors, ..Change::default() }), ["criteria/demand.lowest"]);
    }
}
