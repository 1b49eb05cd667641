//! What people decided on a theme, as far as the ranking goes by it.
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{Inputs, Item, Kind, link::ThemeLink};

/// A theme.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Theme {
    /// What people call it.
    pub title: String,
    /// Where it stands.
    pub state: ThemeState,
    /// Full name of the theme that its mentions went to when it was merged; None: nowhere. A merged theme is retired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<String>,
    /// How far its need is met.
    #[serde(default, skip_serializing_if = "Need::is_unmet")]
    pub need: Need,
    /// Whether the partnership may not act on it: then it counts in no ranking.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub out_of_scope: bool,
}

/// Where a theme stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThemeState {
    /// Seen forming.
    #[default]
    Emerging,
    /// Put to people.
    Proposed,
    /// Signed off.
    Approved,
    /// No longer used.
    Retired,
}

/// How far a theme's need is met already.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// Nothing meets it, or nobody has said.
    #[default]
    Unmet,
    /// Something meets a part of it.
    PartlyMet,
    /// It is met.
    Met,
}

impl Need {
    /// What an organisation's share counts, in halves: whole while nothing meets the need, half when a part of it is met,
    /// nothing once it is met. Frozen in the version of the rules. A met need is as one that nobody raised, never as one
    /// that people speak against.
    pub fn halves(self) -> i128 {
        match self {
            Need::Unmet => 2,
            Need::PartlyMet => 1,
            Need::Met => 0,
        }
    }

    fn is_unmet(&self) -> bool {
        *self == Need::Unmet
    }
}

/// A link of an item that counts in a ranking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Followed<'a> {
    /// The theme that the link says, by full name.
    pub said: &'a str,
    /// The theme that it goes to: another one where that was merged.
    pub theme: &'a str,
    /// The link.
    pub link: ThemeLink,
}

impl Inputs {
    /// Whether a theme counts in a ranking: it is signed off, or put to people where the ranking is provisional, and the
    /// partnership may act on it. Where it was merged does not matter: see [`Inputs::goes_to`].
    pub fn counts(&self, kind: Kind, theme: &str) -> bool {
        self.themes.get(theme).is_some_and(|found| match found.state {
            _ if found.out_of_scope => false,
            ThemeState::Approved => true,
            ThemeState::Emerging | ThemeState::Proposed => kind == Kind::Provisional,
            ThemeState::Retired => false,
        })
    }

    /// The themes that a link to this one leads through, from the theme itself to where its mentions went by being
    /// merged. A circle ends before it closes.
    pub fn merges<'a>(&'a self, theme: &'a str) -> Vec<&'a str> {
        let mut way = vec![theme];
        let mut passed = BTreeSet::from([theme]);
        let mut at = theme;
        while let Some(next) = self.merged(at).filter(|next| passed.insert(next)) {
            way.push(next);
            at = next;
        }
        way
    }

    /// Where a retired theme was merged.
    fn merged(&self, theme: &str) -> Option<&str> {
        let found = self.themes.get(theme).filter(|found| found.state == ThemeState::Retired);
        found.and_then(|found| found.merged_into.as_deref())
    }

    /// The theme that a link to this one goes to: itself, unless it was merged. One that was merged in a circle goes
    /// nowhere, and counts as little as any retired theme.
    pub fn goes_to<'a>(&'a self, theme: &'a str) -> &'a str {
        if self.merged(theme).is_none() {
            return theme;
        }
        let last = self.merges(theme).last().copied().unwrap_or(theme);
        if self.merged(last).is_some() { theme } else { last }
    }

    /// Themes whose links go to this one: itself, and those that were merged into it.
    pub fn gathered<'a>(&'a self, theme: &'a str) -> BTreeSet<&'a str> {
        let merged = self.themes.iter().filter(|(_, found)| found.merged_into.is_some());
        let names = merged.map(|(name, _)| name.as_str()).filter(|said| self.goes_to(said) == theme);
        names.chain([theme]).collect()
    }

    /// How far a theme's need is met.
    pub fn need(&self, theme: &str) -> Need {
        self.themes.get(theme).map(|found| found.need).unwrap_or_default()
    }

    /// The links of an item that count in a ranking, in the order of the themes that they say.
    pub fn followed<'a>(&'a self, kind: Kind, item: &'a Item) -> impl Iterator<Item = Followed<'a>> {
        let links = item.links.iter();
        let followed = links.map(|(said, link)| Followed { said, theme: self.goes_to(said), link: *link });
        followed.filter(move |counted| self.counts(kind, counted.theme))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rank::tests::{ELSEWHERE, T1, T2, inputs};

    fn merge(inputs: &mut Inputs, theme: &str, into: &str) {
        let merged = Theme {
            state: ThemeState::Retired,
            merged_into: Some(into.to_owned()),
            ..inputs.themes.get(theme).cloned().unwrap_or_default()
        };
        inputs.themes.insert(theme.to_owned(), merged);
    }

    #[test]
    fn a_link_goes_where_its_theme_was_merged_however_often() {
        let mut inputs = inputs();
        merge(&mut inputs, T2, T1);
        merge(&mut inputs, ELSEWHERE, T2);
        assert_eq!(inputs.goes_to(ELSEWHERE), T1);
        assert_eq!(inputs.merges(ELSEWHERE), [ELSEWHERE, T2, T1]);
        let b: Vec<_> =
            inputs.followed(Kind::Official, &inputs.items["B"]).map(|c| (c.said, c.theme)).collect();
        assert_eq!(b, [(T1, T1), (T2, T1)]);
        assert_eq!(inputs.gathered(T1), BTreeSet::from([T1, T2, ELSEWHERE]));
        // The first merge is undone: what was merged into it stops there.
        inputs.themes.get_mut(T2).unwrap().state = ThemeState::Approved;
        assert_eq!(inputs.goes_to(ELSEWHERE), T2);
    }

    #[test]
    fn what_was_merged_in_a_circle_goes_nowhere() {
        let mut inputs = inputs();
        merge(&mut inputs, T1, T2);
        merge(&mut inputs, T2, T1);
        merge(&mut inputs, ELSEWHERE, T1);
        for theme in [T1, T2, ELSEWHERE] {
            assert_eq!(inputs.goes_to(theme), theme);
            assert!(!inputs.counts(Kind::Provisional, theme));
        }
        merge(&mut inputs, T1, T1);
        assert_eq!((inputs.goes_to(T1), inputs.merges(T1).len()), (T1, 1));
    }

    #[test]
    fn what_the_partnership_may_not_act_on_counts_nowhere() {
        let mut inputs = inputs();
        inputs.themes.get_mut(T1).unwrap().out_of_scope = true;
        assert!(Kind::ALL.iter().all(|kind| !inputs.counts(*kind, T1)));
    }
}
