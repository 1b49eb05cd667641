//! Why an item's value changed: criterion → theme → organisation, parts that add up to the last digit.
//!
//! ΔV = Σ_j [(w′+w)/2·Δv_j + (v′+v)/2·Δw_j] = Σ_j [w′v′_j − w·v_j], exact in integers by multiplying with both sums of
//! swings. Demand is linear in its themes, so it takes its exact parts the same way. A theme's part w′d′ - w·d, with w the
//! link's strength times demand's weight, is what w does by itself, (w′-w)·(d′+d)/2, and what organisations do,
//! (w′+w)/2·(d′-d), which is linear in them. Where people changed what the link goes to or how it is read, an organisation's
//! m′/(n′+k) - m/(n+k) goes by way of what its former answers are worth as they are read after: up to there it is the
//! decision's doing, from there the organisation's. Where a merge moved mentions between themes, so is the whole of it for an
//! organisation in which as many answered as before. Shown parts are rounded by largest remainder, so that they still add up.
//! Within bounded inputs (100 criteria, 100,000 organisations) every product stays below 10³⁸.
mod by_evidence;

use std::collections::BTreeSet;

use crate::{
    Criterion, Inputs, Item, Need, ONE, Ranked, Ranking, Reading, ThemeLink,
    arithmetic::{apportion, divide},
    demand::{self, K, PRIOR, Tally},
    direct::{self, Direct},
};

/// A criterion's part in a change of value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CriterionPart {
    /// Its id.
    pub criterion: String,
    /// Its part in 10⁻¹².
    pub delta: i64,
    /// For demand and evidence: parts by theme, which add up to `delta`.
    pub themes: Vec<ThemePart>,
}

/// A part of demand, or of evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThemePart {
    /// What it comes through.
    pub through: Through,
    /// Its part in 10⁻¹².
    pub delta: i64,
    /// For demand through a theme, and a direct voice: parts by organisation, and what none of them accounts for; they add up
    /// to `delta`.
    pub organisations: Vec<OrganisationPart>,
    /// For evidence through a theme: names of the pieces that it was worth before and is worth after, where there are.
    pub evidence: Vec<String>,
}

/// What a part of demand or evidence comes through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Through {
    /// A link.
    Theme {
        /// Full name of the theme that the link says.
        said: String,
        /// Full name of the theme that it goes to: another one where that was merged.
        goes_to: String,
    },
    /// Closed questions that are bound to the item itself.
    Direct,
    /// The share of the item that no theme is linked to, and rounding.
    Unlinked,
    /// What keeps demand within 0 and 1, where more is said against the item than that.
    Clipped,
}

impl ThemePart {
    /// A part that divides no further.
    fn whole(through: Through, delta: i64) -> Self {
        ThemePart { through, delta, organisations: Vec::new(), evidence: Vec::new() }
    }
}

impl Through {
    /// Full name of the theme that the link says.
    pub fn said(&self) -> Option<&str> {
        match self {
            Through::Theme { said, .. } => Some(said),
            Through::Direct | Through::Unlinked | Through::Clipped => None,
        }
    }
}

/// What changed a theme's worth to an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// An organisation's tallies, by its id.
    Organisation(String),
    /// The number of organisations that answered, and rounding.
    Answered,
    /// What people decided: the link and how it reads the theme, the theme's state, need and merges, the weights.
    Link,
}

/// An organisation's part, or another cause's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganisationPart {
    /// Whose it is.
    pub cause: Cause,
    /// Its part in 10⁻¹².
    pub delta: i64,
    /// What its respondents said of the theme that the link goes to after, before.
    pub before: Tally,
    /// The same, after.
    pub after: Tally,
}

/// One side of a comparison.
#[derive(Clone, Copy)]
pub struct Side<'a> {
    /// What was ranked.
    pub inputs: &'a Inputs,
    /// How.
    pub ranking: &'a Ranking,
}

/// What is subtracted: the side's item, and its criterion's weight over the common denominator.
#[derive(Clone, Copy)]
struct Weighed<'a> {
    side: Side<'a>,
    direct: &'a Direct<'a>,
    id: &'a str,
    item: Option<&'a Item>,
    weight: i128,
}

/// A change of which exact parts are taken: `share / denominator`, shown as `delta`.
#[derive(Clone, Copy)]
struct Whole {
    share: i128,
    denominator: i128,
    delta: i64,
}

/// The parts of an item's change of value, in the order of criteria ids; None when it stands in neither ranking. An item
/// that is new or gone has value 0 on the other side, whose weights are this side's.
pub fn explain(item: &str, before: Side<'_>, after: Side<'_>) -> Option<Vec<CriterionPart>> {
    let (old, new) = (before.ranking.item(item), after.ranking.item(item));
    if old.is_none() && new.is_none() {
        return None;
    }
    let value = |ranked: Option<&Ranked>| ranked.map_or(0, |ranked| ranked.value);
    let total = value(new) - value(old);
    let w_old = if old.is_some() { before.inputs } else { after.inputs };
    let w_new = if new.is_some() { after.inputs } else { before.inputs };
    let swings = |inputs: &Inputs| i128::from(inputs.criteria.values().map(|c| c.swing).sum::<i64>()).max(1);
    let (s_old, s_new) = (swings(w_old), swings(w_new));
    let denominator = s_old * s_new;
    let criteria: BTreeSet<&String> = w_old.criteria.keys().chain(w_new.criteria.keys()).collect();
    let weight = |inputs: &Inputs, id: &str, other: i128| {
        inputs.criteria.get(id).map_or(0, |criterion| i128::from(criterion.swing)) * other
    };
    let shares: Vec<i128> = criteria
        .iter()
        .map(|id| {
            weight(w_new, id, s_old) * value_under(new, id) - weight(w_old, id, s_new) * value_under(old, id)
        })
        .collect();
    let parts = apportion(&shares, denominator, total);
    type Takes = fn(&Criterion) -> bool;
    let closed = (Direct::of(before.inputs), Direct::of(after.inputs));
    let explained = criteria.iter().zip(shares).zip(parts).map(|((id, share), delta)| {
        let whole = Whole { share, denominator, delta };
        let both = |takes: Takes| {
            let takes = |inputs: &Inputs| inputs.criteria.get(*id).is_some_and(takes);
            let weighed = |(side, direct), inputs: &Inputs, other| Weighed {
                side,
                direct,
                id: item,
                item: Side::item(side, item),
                weight: if takes(inputs) { weight(inputs, id, other) } else { 0 },
            };
            let (was, is) = ((before, &closed.0), (after, &closed.1));
            (takes(w_old) || takes(w_new)).then(|| (weighed(was, w_old, s_new), weighed(is, w_new, s_old)))
        };
        let themes = if let Some((was, is)) = both(|criterion| criterion.is_demand) {
            by_theme(was, is, whole)
        } else if let Some((was, is)) = both(|criterion| criterion.takes_evidence) {
            by_evidence::by_evidence(was, is, whole)
        } else {
            Vec::new()
        };
        CriterionPart { criterion: (*id).clone(), delta, themes }
    });
    Some(explained.collect())
}

impl<'a> Side<'a> {
    fn item(self, id: &str) -> Option<&'a Item> {
        self.inputs.items.get(id)
    }
}

/// How a theme is heard for an item: the theme that the link goes to, how its mentions are read, and how far its need is
/// met; or the item's direct voice, by `workItems/{item}`.
#[derive(Clone, Copy)]
struct Hearing<'a> {
    theme: &'a str,
    reading: Reading,
    need: Need,
}

impl Hearing<'_> {
    fn tally(&self, of: &Weighed<'_>, organisation: &str) -> Tally {
        of.direct.tally(of.side.inputs, self.theme, organisation)
    }

    /// m in 10⁻¹².
    fn share(&self, tally: Tally) -> i128 {
        tally.share(self.reading, self.need)
    }

    /// The shrunk mean in 10⁻¹².
    fn demand(&self, of: &Weighed<'_>) -> i128 {
        let tallies = of.direct.tallies(of.side.inputs, self.theme);
        let sum: i128 = tallies.map(|(_, tally)| self.share(tally)).sum();
        divide(sum + PRIOR, i128::from(of.side.ranking.answered) + K)
    }
}

impl<'a> Weighed<'a> {
    fn link(&self, said: &str) -> Option<ThemeLink> {
        self.item.and_then(|item| item.links.get(said)).copied()
    }

    /// Weight times the strength of the link, 0 when the theme does not count here; or of the direct voice.
    fn strength(&self, said: &str) -> i128 {
        let (inputs, kind) = (self.side.inputs, self.side.ranking.kind);
        if direct::item(said).is_some() {
            return self.weight * self.item.map_or(0, |item| i128::from(inputs.free(kind, item)));
        }
        let counts = inputs.counts(kind, inputs.goes_to(said));
        let link = self.link(said).filter(|_| counts);
        self.weight * link.map_or(0, |link| i128::from(link.strength))
    }

    /// How a theme is heard here; None: there is no such link.
    fn hearing(&self, said: &'a str) -> Option<Hearing<'a>> {
        let theme = self.side.inputs.goes_to(said);
        self.link(said).map(|link| Hearing {
            theme,
            reading: link.reading,
            need: self.side.inputs.need(theme),
        })
    }

    /// Organisations whose silence on a theme, or on the item itself, is known.
    fn answered<'b>(&'b self, target: &'b str) -> impl Iterator<Item = &'b str> {
        self.direct.tallies(self.side.inputs, target).map(|(id, _)| id)
    }

    /// What keeps demand within its bounds, in 10⁻¹².
    fn clip(&self) -> i128 {
        let Side { inputs, ranking } = self.side;
        let said =
            |item| demand::of_item(inputs, self.direct, ranking.kind, (self.id, item), ranking.answered);
        self.item.map(said).map_or(0, |said| said.clamp(0, i128::from(ONE)) - said)
    }
}

fn value_under(ranked: Option<&Ranked>, criterion: &str) -> i128 {
    let values = ranked.into_iter().flat_map(|ranked| ranked.values.iter());
    values.filter(|v| *v.criterion == *criterion).map(|v| i128::from(v.value)).sum()
}

fn by_theme<'a>(was: Weighed<'a>, is: Weighed<'a>, whole: Whole) -> Vec<ThemePart> {
    let links = [was.item, is.item].into_iter().flatten().flat_map(|item| item.links.keys());
    let links: BTreeSet<&str> = links.map(String::as_str).collect();
    let heard = links.into_iter().filter_map(|said| {
        // A side without the link hears the theme as the other one does.
        let (old, new) = (was.hearing(said), is.hearing(said));
        Some((said, (old.or(new)?, new.or(old)?)))
    });
    let own = direct::target(was.id);
    let itself = Hearing { theme: &own, reading: Reading::Raised, need: Need::Unmet };
    let closed = [was, is].iter().any(|of| of.direct.knows(&own));
    let heard: Vec<_> = heard.chain(closed.then_some((own.as_str(), (itself, itself)))).collect();
    let worth = |(said, (old, new)): &(&str, (Hearing<'_>, Hearing<'_>))| {
        is.strength(said) * new.demand(&is) - was.strength(said) * old.demand(&was)
    };
    let mut shares: Vec<i128> = heard.iter().map(worth).collect();
    shares.push(1000 * (is.weight * is.clip() - was.weight * was.clip()));
    // What is not linked, and the rounding of demand itself.
    shares.push(1000 * whole.share - shares.iter().sum::<i128>());
    let denominator = 1000 * whole.denominator;
    let parts = apportion(&shares, denominator, whole.delta);
    let mut explained: Vec<ThemePart> = Vec::with_capacity(shares.len());
    for (((said, hearings), share), delta) in heard.iter().zip(&shares).zip(&parts) {
        let whole = Whole { share: *share, denominator, delta: *delta };
        let organisations = by_organisation(said, *hearings, (&was, &is), whole);
        let through = match direct::item(said) {
            Some(_) => Through::Direct,
            None => Through::Theme { said: (*said).to_owned(), goes_to: hearings.1.theme.to_owned() },
        };
        explained.push(ThemePart { through, delta: *delta, organisations, evidence: Vec::new() });
    }
    for (through, delta) in [Through::Clipped, Through::Unlinked].into_iter().zip(&parts[heard.len()..]) {
        explained.push(ThemePart::whole(through, *delta));
    }
    explained.retain(|part| part.delta != 0 || !part.organisations.is_empty());
    explained
}

fn by_organisation(
    said: &str,
    (old, new): (Hearing<'_>, Hearing<'_>),
    (was, is): (&Weighed<'_>, &Weighed<'_>),
    whole: Whole,
) -> Vec<OrganisationPart> {
    let answered = |of: &Weighed<'_>| i128::from(of.side.ranking.answered) + K;
    let (n_old, n_new) = (answered(was), answered(is));
    let (w_old, w_new) = (was.strength(said), is.strength(said));
    let all = was.answered(old.theme).chain(was.answered(new.theme));
    let ids: BTreeSet<&str> = all.chain(is.answered(new.theme)).collect();
    let regrouped = was.side.inputs.gathered(old.theme) != is.side.inputs.gathered(new.theme);
    let mut parts = Vec::with_capacity(ids.len() + 2);
    let mut shares = Vec::with_capacity(ids.len() + 2);
    let mut decided = 0;
    for id in ids {
        let (mut before, after) = (new.tally(was, id), new.tally(is, id));
        if regrouped && before.answered == after.answered {
            before = after;
        }
        let as_read_after = new.share(before);
        shares.push((w_new + w_old) * (new.share(after) * n_old - as_read_after * n_new));
        decided += (w_new + w_old) * (as_read_after - old.share(old.tally(was, id))) * n_new;
        parts.push(OrganisationPart { cause: Cause::Organisation(id.to_owned()), delta: 0, before, after });
    }
    let other =
        |cause| OrganisationPart { cause, delta: 0, before: Tally::default(), after: Tally::default() };
    // Shares are over both means' denominators, and twice that for the halves.
    let own = 2 * n_old * n_new;
    let demands = new.demand(is) + old.demand(was);
    shares.push((w_new - w_old) * demands * n_old * n_new + decided);
    parts.push(other(Cause::Link));
    // The prior, which gives way as organisations answer, and the rounding of the mean.
    shares.push(own * whole.share - shares.iter().sum::<i128>());
    parts.push(other(Cause::Answered));
    for (part, delta) in parts.iter_mut().zip(apportion(&shares, own * whole.denominator, whole.delta)) {
        part.delta = delta;
    }
    parts.retain(|part| part.delta != 0 || part.before != part.after);
    parts
}

#[cfg(test)]
mod tests;
