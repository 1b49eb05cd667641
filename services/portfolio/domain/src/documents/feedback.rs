//! What feedback did to a ranking: against the same ranking had nobody answered, or had one organisation not.
use std::collections::BTreeMap;

use crate::{
    Inputs, Item, Ranking,
    direct::Direct,
    explain::{Side, Through, explain},
    rank,
};

/// A theme as it was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard<'a> {
    /// Its full name.
    pub theme: &'a str,
    /// What people call it.
    pub title: &'a str,
    /// Organisations that raise it, or support it by more than half in closed answers.
    pub organisations: usize,
    /// Organisations that answered under its codebook, or a question that is bound to it.
    pub organisations_answered: usize,
    /// Respondents who raise it.
    pub respondents: i64,
    /// Respondents who answered under its codebook.
    pub respondents_answered: i64,
    /// Answers to closed questions that are bound to it.
    pub closed_answers: i64,
    /// Ids of the work items that are linked to it, or to a theme that was merged into it, in order of rank.
    pub items: Vec<&'a str>,
    /// Ids of the other work items against which it is a complaint, in order of rank.
    pub complained_of: Vec<&'a str>,
}

/// What became of a work item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Its place without the answers, from 1.
    pub before: i32,
    /// Its place with them.
    pub after: i32,
    /// What they changed of its value, in 10⁻¹².
    pub delta: i64,
    /// What they changed through each theme that its links go to, in 10⁻¹².
    pub themes: BTreeMap<String, i64>,
}

/// Themes that count in this ranking and that somebody raises or an item answers: those of most organisations first, then
/// of most respondents, then by name.
pub fn heard<'a>(inputs: &'a Inputs, ranking: &Ranking) -> Vec<Heard<'a>> {
    let mut all: Vec<Heard<'a>> = Vec::new();
    let direct = Direct::of(inputs);
    for (name, theme) in inputs.themes.iter().filter(|(name, _)| inputs.counts(ranking.kind, name)) {
        let ranked = ranking.items.iter().filter_map(|ranked| inputs.items.get_key_value(&*ranked.id));
        let linked = |item: &Item, answer: bool| {
            let links = item.links.iter().filter(|(_, link)| link.is_answer() == answer);
            links.map(|(said, _)| inputs.goes_to(said)).any(|theme| theme == name)
        };
        let (answers, others): (Vec<_>, Vec<_>) = ranked
            .filter(|(_, item)| linked(item, true) || linked(item, false))
            .partition(|(_, item)| linked(item, true));
        let ids = |items: Vec<(&'a String, &Item)>| items.into_iter().map(|(id, _)| id.as_str()).collect();
        let mut heard = Heard {
            theme: name,
            title: &theme.title,
            organisations: 0,
            organisations_answered: 0,
            respondents: 0,
            respondents_answered: 0,
            closed_answers: 0,
            items: ids(answers),
            complained_of: ids(others),
        };
        for (_, tally) in direct.tallies(inputs, name) {
            heard.organisations += usize::from(tally.is_behind());
            heard.organisations_answered += 1;
            heard.respondents += tally.raised;
            heard.respondents_answered += tally.answered;
            heard.closed_answers += tally.rated.answers;
        }
        if heard.organisations > 0 || !heard.items.is_empty() || !heard.complained_of.is_empty() {
            all.push(heard);
        }
    }
    all.sort_by(|a, b| {
        (b.organisations, b.respondents, a.theme).cmp(&(a.organisations, a.respondents, b.theme))
    });
    all
}

/// The inputs as they would be had nobody answered.
pub fn before_anybody_answered(inputs: &Inputs) -> Inputs {
    Inputs { signals: BTreeMap::new(), supports: BTreeMap::new(), ..inputs.clone() }
}

/// The inputs as they would be had one organisation not answered.
pub fn without(inputs: &Inputs, organisation: &str) -> Inputs {
    let mut without = inputs.clone();
    without.signals.values_mut().for_each(|signals| drop(signals.remove(organisation)));
    without.supports.values_mut().for_each(|supports| drop(supports.remove(organisation)));
    without
}

/// What answers did to each item, by id: the difference between the ranking of `before` and this one.
pub fn moved(before: &Inputs, inputs: &Inputs, ranking: &Ranking) -> BTreeMap<String, Moved> {
    let earlier = rank(before, ranking.kind);
    let old = Side { inputs: before, ranking: &earlier };
    let new = Side { inputs, ranking };
    let places: BTreeMap<&str, (i32, i64)> =
        earlier.items.iter().map(|item| (&*item.id, (item.rank, item.value))).collect();
    let mut moved = BTreeMap::new();
    for item in &ranking.items {
        let Some((place, value)) = places.get(&*item.id) else { continue };
        let parts = explain(&item.id, old, new).unwrap_or_default();
        let mut themes: BTreeMap<String, i64> = BTreeMap::new();
        for part in parts.into_iter().flat_map(|part| part.themes) {
            if let Through::Theme { goes_to, .. } = part.through {
                *themes.entry(goes_to).or_default() += part.delta;
            }
        }
        let one = Moved { before: *place, after: item.rank, delta: item.value - value, themes };
        moved.insert(item.id.to_string(), one);
    }
    moved
}

/// Organisations that answered under any codebook, and all respondents.
pub fn reach(inputs: &Inputs) -> (usize, i64) {
    (inputs.organisations_answered().len(), inputs.respondents())
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::{
        Kind,
        rank::tests::{T1, inputs, signal},
    };

    fn answered() -> Inputs {
        let mut inputs = inputs();
        let signals = [("O1", signal(4, &[(T1, 4)])), ("O2", signal(4, &[(T1, 1)])), ("O3", signal(4, &[]))];
        inputs.signals = [("c".to_owned(), signals.map(|(id, s)| (id.to_owned(), s)).into())].into();
        inputs
    }

    #[test]
    fn a_theme_is_heard_from_organisations_and_respondents() {
        let inputs = answered();
        let ranking = rank(&inputs, Kind::Official);
        let heard = heard(&inputs, &ranking);
        let [theme] = &heard[..] else { panic!("{heard:?}") };
        assert_eq!((theme.theme, theme.organisations, theme.organisations_answered), (T1, 2, 3));
        assert_eq!((theme.respondents, theme.respondents_answered, &theme.items[..]), (5, 12, &["B"][..]));
    }

    #[test]
    fn what_answers_did_is_the_difference_that_their_absence_makes() {
        let inputs = answered();
        let ranking = rank(&inputs, Kind::Official);
        let silent = before_anybody_answered(&inputs);
        let moved_by_all = moved(&silent, &inputs, &ranking);
        for (id, moved) in &moved_by_all {
            let place = |ranking: &Ranking| ranking.item(id).map(|item| (item.rank, item.value)).unwrap();
            let (was, is) = (place(&rank(&silent, Kind::Official)), place(&ranking));
            assert_eq!((moved.before, moved.after, moved.delta), (was.0, is.0, is.1 - was.1), "{id}");
        }
        assert!(moved_by_all["B"].themes.contains_key(T1));
        // Without an organisation that never answered, all is the same.
        let same = moved(&without(&inputs, "O4"), &inputs, &ranking);
        assert!(same.values().all(|moved| moved.delta == 0 && moved.before == moved.after));
        assert!(moved(&without(&inputs, "O1"), &inputs, &ranking)["B"].delta > 0, "all of O1 ask for it");
        assert!(moved(&without(&inputs, "O3"), &inputs, &ranking)["B"].delta < 0, "none of O3 do");
    }
}
