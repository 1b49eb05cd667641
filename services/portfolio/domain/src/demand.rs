//! Council demand: one organisation, one voice.
//!
//! Per theme and organisation, m = respondents who raise it / respondents who answered. Over the n organisations that
//! answered under any codebook, demand is the shrunk mean (Σm + k·½)/(n + k) with k = 4, frozen: before any answer it is
//! ½, and what nobody raises sinks as answers come. All themes share that n, so that one which nobody raised is worth no
//! more than no theme at all, whatever codebook it belongs to.
//!
//! A link says how a mention is read: a respondent who raises the theme counts 1 (raised), 1 or, speaking against it, -1
//! (stance), or -1 (against: the theme is a complaint against the item). So m lies between -1 and 1 and the mean stays the
//! same; what nobody raises moves nothing, however it is read. m counts by half where the theme's need is met in part,
//! and not at all where it is met.
//!
//! Answers to closed questions that are bound to a theme are pooled with the mentions: see [`direct`](crate::direct). Their
//! support is read like mentions, and none of it speaks against a theme.
//!
//! An item's demand is Σ strength · demand of the theme + what is not linked, which its direct voice takes if it has one, · demand of what nobody raised, kept within 0
//! and 1.
use std::collections::BTreeMap;

use foldhash::HashSet;

use crate::{
    Inputs, Item, Kind, Need, ONE, Rated, Reading, Signal,
    arithmetic::divide,
    direct::{self, Direct, FULL},
    link::WHOLE,
};

/// Weight of the prior, in organisations.
pub const K: i128 = 4;
/// Prior demand times [`K`].
pub const PRIOR: i128 = K * ONE as i128 / 2;

/// What organisations say of a theme.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ThemeDemand {
    /// Σm in 10⁻¹², where whoever raises it counts 1.
    pub sum: i128,
    /// Σm in 10⁻¹², where whoever speaks against it counts -1.
    pub net: i128,
    /// Organisations that answered under the theme's codebook: those whose silence on it is known.
    pub answered: i64,
    /// Organisations that raise it, in order of id.
    pub behind: Vec<String>,
    /// Organisations where more respondents speak for it than against it, in order of id.
    pub in_favour: Vec<String>,
}

impl ThemeDemand {
    /// Σm in 10⁻¹², as mentions are read.
    pub fn sum(&self, reading: Reading) -> i128 {
        match reading {
            Reading::Raised => self.sum,
            Reading::Stance => self.net,
            Reading::Against => -self.sum,
        }
    }

    /// Organisations that speak for what is linked to it so.
    pub fn behind(&self, reading: Reading) -> &[String] {
        match reading {
            Reading::Raised => &self.behind,
            Reading::Stance => &self.in_favour,
            Reading::Against => &[],
        }
    }

    /// The shrunk mean over the organisations that `answered` under any codebook, 10⁻¹²; below 0 where more is said
    /// against it than the prior outweighs.
    pub fn value(&self, reading: Reading, answered: i64) -> i128 {
        divide(self.sum(reading) + PRIOR, i128::from(answered) + K)
    }
}

/// Demand of a theme that nobody raised, when `answered` organisations did answer; 10⁻¹².
pub fn unraised(answered: i64) -> i128 {
    divide(PRIOR, i128::from(answered) + K)
}

/// How many of an organisation's respondents raise a theme.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Those who raise it.
    pub raised: i64,
    /// Of these, those who speak against it.
    pub against: i64,
    /// Those who answered.
    pub answered: i64,
    /// Answers to questions that are bound to it.
    pub rated: Rated,
}

impl Tally {
    /// What an organisation's signal says of a theme.
    pub fn of(signal: &Signal, theme: &str) -> Self {
        let count = |of: &BTreeMap<String, i64>| of.get(theme).copied().unwrap_or(0);
        Tally {
            raised: count(&signal.themes),
            against: count(&signal.against),
            answered: signal.respondents,
            rated: Rated::default(),
        }
    }

    /// Whether the organisation answered at all, so that its silence is known.
    pub fn is_heard(&self) -> bool {
        self.answered > 0 || self.rated.answers > 0
    }

    /// How far answers to bound questions give more than half of the support that they could, in millionths; twice.
    fn leaning(&self) -> i64 {
        2 * self.rated.support_ppm - FULL * self.rated.answers
    }

    /// Whether the organisation stands behind the theme: somebody raises it, or the answers support it by more than half.
    pub fn is_behind(&self) -> bool {
        self.raised > 0 || self.leaning() > 0
    }

    /// Whether more is said for the theme than against it; answers that support it by half are neither.
    pub fn is_in_favour(&self) -> bool {
        (self.raised - 2 * self.against) * FULL + self.leaning() > 0
    }

    /// m, the organisation's part in demand: -1 to 1, in 10⁻¹².
    pub fn share(&self, reading: Reading, need: Need) -> i128 {
        let full = i128::from(FULL);
        let raised = i128::from(self.raised) * full + i128::from(self.rated.support_ppm);
        let net = match reading {
            Reading::Raised => raised,
            Reading::Stance => raised - 2 * i128::from(self.against) * full,
            Reading::Against => -raised,
        };
        match i128::from(self.answered) + i128::from(self.rated.answers) {
            0 => 0,
            all => divide(net * (i128::from(ONE) / full) * need.halves(), 2 * all),
        }
    }
}

/// Demand of every linked theme that counts in this ranking, by the theme that links say; and of every item with a direct
/// voice, by `workItems/{item}`.
pub(crate) fn targets(inputs: &Inputs, kind: Kind) -> BTreeMap<String, ThemeDemand> {
    let direct = Direct::of(inputs);
    let items = direct.items().map(|target| (target.to_owned(), of_target(inputs, &direct, target)));
    let linked: HashSet<&String> = inputs.items.values().flat_map(|item| item.links.keys()).collect();
    let themes =
        linked.into_iter().filter_map(|said| Some((said.clone(), counted(inputs, &direct, kind, said)?)));
    items.chain(themes).collect()
}

/// Demand of a theme that counts in this ranking, or of an item with a direct voice.
pub(crate) fn counted(inputs: &Inputs, direct: &Direct<'_>, kind: Kind, target: &str) -> Option<ThemeDemand> {
    let counts = match direct::item(target) {
        Some(_) => direct.knows(target),
        None => inputs.counts(kind, inputs.goes_to(target)),
    };
    counts.then(|| of_target(inputs, direct, target))
}

/// Demand of one theme, or of the one it was merged into.
pub fn theme_demand(inputs: &Inputs, theme: &str) -> ThemeDemand {
    of_target(inputs, &Direct::of(inputs), theme)
}

/// Demand of a theme, or of the one it was merged into; or an item's direct voice, by `workItems/{item}`.
pub(crate) fn of_target(inputs: &Inputs, direct: &Direct<'_>, target: &str) -> ThemeDemand {
    let target = inputs.goes_to(target);
    let (mut demand, need) = (ThemeDemand::default(), inputs.need(target));
    for (organisation, tally) in direct.tallies(inputs, target) {
        demand.sum += tally.share(Reading::Raised, need);
        demand.net += tally.share(Reading::Stance, need);
        demand.answered += 1;
        if tally.is_behind() {
            demand.behind.push(organisation.to_owned());
        }
        if tally.is_in_favour() {
            demand.in_favour.push(organisation.to_owned());
        }
    }
    demand
}

/// An item's demand in 10⁻¹² before it is kept within 0 and 1, when `answered` organisations answered.
pub(crate) fn of_item(
    inputs: &Inputs,
    direct: &Direct<'_>,
    kind: Kind,
    (id, item): (&str, &Item),
    answered: i64,
) -> i128 {
    let value = |target: &str, reading| of_target(inputs, direct, target).value(reading, answered);
    let links = inputs
        .followed(kind, item)
        .map(|counted| (i128::from(counted.link.strength), value(counted.theme, counted.link.reading)));
    // Where nobody answered for the item itself, that is worth what nobody raised.
    let own = (i128::from(inputs.free(kind, item)), value(&direct::target(id), Reading::Raised));
    from_links(links.chain([own]), unraised(answered))
}

/// Demand in 10⁻¹² of (strength, demand) by link, and of what nobody raised for what is not linked.
pub(crate) fn from_links(links: impl Iterator<Item = (i128, i128)>, unraised: i128) -> i128 {
    let whole = i128::from(WHOLE);
    let (linked, demand) =
        links.fold((0, 0), |(linked, sum), (strength, value)| (linked + strength, sum + strength * value));
    divide(demand + (whole - linked) * unraised, whole)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        ThemeLink, rank,
        rank::tests::{T1, T2, inputs, item, signal},
    };

    fn stance(respondents: i64, raised: i64, against: i64) -> Signal {
        Signal { against: [(T1.to_owned(), against)].into(), ..signal(respondents, &[(T1, raised)]) }
    }

    #[test]
    fn who_speaks_against_a_theme_counts_by_how_its_mention_is_read() {
        let tally = Tally { raised: 6, against: 4, answered: 8, rated: Rated::default() };
        let one = i128::from(ONE);
        let share = |reading| tally.share(reading, Need::Unmet);
        assert_eq!(Reading::ALL.map(share), [one * 6 / 8, -one / 4, -one * 6 / 8]);
        let met = |need| Reading::ALL.map(|reading| tally.share(reading, need));
        assert_eq!(met(Need::PartlyMet), [one * 3 / 8, -one / 8, -one * 3 / 8]);
        assert_eq!(met(Need::Met), [0; 3]);
        assert_eq!(Tally::default().share(Reading::Stance, Need::Unmet), 0);
    }

    #[test]
    fn a_met_need_is_as_one_that_nobody_raised() {
        let mut inputs = inputs();
        let all = (1..=4).map(|n| (format!("O{n}"), stance(2, 2, 2)));
        inputs.signals.insert("c".into(), all.collect());
        let demand = |need, reading| {
            let mut inputs = inputs.clone();
            inputs.themes.get_mut(T1).unwrap().need = need;
            theme_demand(&inputs, T1).value(reading, 4)
        };
        assert_eq!(demand(Need::Unmet, Reading::Raised), i128::from(ONE) * 6 / 8);
        assert_eq!(demand(Need::PartlyMet, Reading::Raised), i128::from(ONE) * 4 / 8);
        for reading in Reading::ALL {
            assert_eq!(demand(Need::Met, reading), unraised(4), "{reading:?}");
        }
    }

    fn linked(reading: Reading, strength: i64) -> ThemeLink {
        ThemeLink { reading, ..strength.into() }
    }

    proptest! {
        #[test]
        fn an_item_is_ranked_by_its_demand_within_its_bounds(
            tallies in prop::collection::vec((1_i64..9, 0_i64..9, 0_i64..9, 0_i64..9), 0..6),
            strengths in (0_i64..=500, 0_i64..=500),
            readings in (prop::sample::select(&Reading::ALL[..]), prop::sample::select(&Reading::ALL[..])),
        ) {
            let mut inputs = inputs();
            let signals = tallies.iter().enumerate().map(|(at, (n, a, against, b))| {
                let raised = *a.min(n);
                let mut signal = stance(*n, raised, *against.min(&raised));
                signal.themes.insert(T2.into(), *b.min(n));
                (format!("O{at}"), signal)
            });
            inputs.signals.insert("c".into(), signals.collect());
            let mut own = item(&[], &[]);
            let links = [(T1, readings.0, strengths.0), (T2, readings.1, strengths.1)];
            own.links = links
                .into_iter()
                .filter(|(.., strength)| *strength > 0)
                .map(|(theme, reading, strength)| (theme.to_owned(), linked(reading, strength)))
                .collect();
            inputs.items.insert("X".into(), own);
            for kind in Kind::ALL {
                let ranking = rank(&inputs, kind);
                let raw = of_item(&inputs, &Direct::of(&inputs), kind, ("X", &inputs.items["X"]), ranking.answered);
                let ranked = ranking.item("X").unwrap();
                prop_assert_eq!(i128::from(ranked.demand), raw.clamp(0, i128::from(ONE)));
                prop_assert_eq!(ranked.values[0].clipped, i128::from(ranked.demand) != raw);
                prop_assert_eq!(ranked.values[0].value, ranked.demand);
            }
        }

        #[test]
        fn what_nobody_raises_moves_nothing_however_it_is_read(
            answers in prop::collection::vec(1_i64..9, 0..6),
            strength in 1_i64..=1000,
            reading in prop::sample::select(&Reading::ALL[..]),
        ) {
            let mut inputs = inputs();
            let signals = answers.iter().enumerate().map(|(at, n)| (format!("O{at}"), signal(*n, &[])));
            inputs.signals.insert("c".into(), signals.collect());
            let before = rank(&inputs, Kind::Official);
            inputs.items.get_mut("A").unwrap().links.insert(T1.into(), linked(reading, strength));
            prop_assert_eq!(rank(&inputs, Kind::Official).digest(), before.digest());
        }

        #[test]
        fn more_voices_against_never_raise_demand(
            tallies in prop::collection::vec((1_i64..9, 0_i64..9, 0_i64..9), 1..6),
            strength in 1_i64..=1000,
        ) {
            let of = |against: bool| {
                let mut inputs = inputs();
                let signals = tallies.iter().enumerate().map(|(at, (n, raised, speak))| {
                    let raised = *raised.min(n);
                    (format!("O{at}"), stance(*n, raised, if against { *speak.min(&raised) } else { 0 }))
                });
                inputs.signals.insert("c".into(), signals.collect());
                inputs.items.get_mut("A").unwrap().links =
                    [(T1.to_owned(), linked(Reading::Stance, strength))].into();
                let ranking = rank(&inputs, Kind::Official);
                ranking.item("A").map(|ranked| (ranked.demand, ranked.behind)).unwrap()
            };
            let (some, none) = (of(true), of(false));
            prop_assert!(some.0 <= none.0 && some.1 <= none.1);
        }
    }
}
