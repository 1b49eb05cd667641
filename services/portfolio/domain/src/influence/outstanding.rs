//! The fewest outstanding organisations whose answers could move an item across the line.
//!
//! Only what is not yet known can still come: an organisation's share of each theme, 0 to 1, under codebooks where it has
//! not answered. For a pair, an item `a` above the line and `b` below it, let g be how much a's worth exceeds b's apart
//! from demand, A = Σ over links of (strength in b - strength in a) · Σm as each reads its theme, and n the organisations
//! that answered. Every item's demand carries the same prior, so b reaches a exactly when swing · (A + what comes) ≥
//! 1000 · g · (n + new + k), where `new` counts organisations that had answered nowhere. Both sides are sums over the organisations that answer:
//! each adds at most x = swing · Σ max(0, what b gains by the theme) - 1000 · g · [it is new], its themes at a share of 1
//! where b gains, spoken for or against as helps b more, and 0 elsewhere, and that whatever the others say; one whose x is below 0 is better not asked. So the fewest are those with the largest x, taken
//! until their sum is enough: were a smaller set enough, replacing its members by as many of the largest would be, too.
//! Who answered a closed question on a theme is known on it, and is not asked for more; closed questions on an item itself are
//! not taken to be outstanding. What is found is ranked, because values round in 10⁻¹², ties have an order of their own, and demand that is kept at 0
//! rises later than the sums say.
use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Inputs, Ranked, Ranking, Reading, Signal,
    demand::{self, K},
    direct::{self, Direct},
    rank,
    theme::Followed,
};

/// Most items for which every pair around the line is looked at.
pub const ITEMS: usize = 2_000;

/// A pair that outstanding answers could turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// Organisations whose answers would do it, those first that could move most.
    pub organisations: Vec<String>,
    /// The item that would fall below the line.
    pub falls: String,
    /// The item that would rise above it.
    pub rises: String,
    /// The themes that all their respondents would have to raise and speak for, and no others of the two items but
    /// `opposed`.
    pub themes: Vec<String>,
    /// The themes that all their respondents would have to raise and speak against.
    pub opposed: Vec<String>,
}

/// The smallest turn around the line after the first `above` items; None when no answers can move anything across.
/// Of equal ones it is the pair nearest to the line.
pub fn fewest(inputs: &Inputs, ranking: &Ranking, above: usize) -> Option<Turn> {
    if ranking.items.len() > ITEMS {
        return None;
    }
    let (upper, lower) = ranking.items.split_at(above.min(ranking.items.len()));
    let mut pairs: Vec<(usize, usize, &Ranked, &Ranked)> = Vec::new();
    for (distance, a) in upper.iter().rev().enumerate() {
        for (more, b) in lower.iter().enumerate() {
            let pair = Pair::new(inputs, ranking, a, b);
            if let Some(count) = pair.count() {
                pairs.push((count, distance + more, a, b));
            }
        }
    }
    pairs.sort_by_key(|(count, distance, a, b)| (*count, *distance, a.rank, b.rank));
    // A pair that only rounding or a tie keeps from turning may take one more.
    let mut best: Option<Turn> = None;
    for (count, _, a, b) in pairs {
        if best.as_ref().is_some_and(|best| best.organisations.len() <= count) {
            break;
        }
        let pair = Pair::new(inputs, ranking, a, b);
        for take in count..=(count + 1).min(pair.adds.len()) {
            let turn = pair.turn(take);
            let better = best.as_ref().is_none_or(|best| turn.organisations.len() < best.organisations.len());
            if better && turns(inputs, ranking, &turn) {
                best = Some(turn);
                break;
            }
        }
    }
    best
}

/// Whether the item rises above the other when these answers come.
fn turns(inputs: &Inputs, ranking: &Ranking, turn: &Turn) -> bool {
    let after = rank(&answered(inputs, turn), ranking.kind);
    let place = |id: &str| after.item(id).map(|item| item.rank);
    place(&turn.rises) < place(&turn.falls)
}

/// The inputs with these answers.
fn answered(inputs: &Inputs, turn: &Turn) -> Inputs {
    let mut inputs = inputs.clone();
    let raised = || turn.themes.iter().chain(&turn.opposed);
    let mut codebooks: BTreeSet<String> = raised().map(|theme| codebook(theme).to_owned()).collect();
    if codebooks.is_empty() {
        codebooks.extend(inputs.signals.keys().next().cloned());
    }
    for (organisation, codebook) in
        turn.organisations.iter().flat_map(|o| codebooks.iter().map(move |c| (o, c)))
    {
        let signals = inputs.signals.entry(codebook.clone()).or_default();
        let silent = signals.get(organisation).is_none_or(|signal| signal.respondents == 0);
        if silent {
            let own = |theme: &&String| self::codebook(theme) == codebook;
            let themes = raised().filter(own).map(|theme| (theme.clone(), 1)).collect();
            let against = turn.opposed.iter().filter(own).map(|theme| (theme.clone(), 1)).collect();
            let signal = Signal { sequence: 1, respondents: 1, themes, against };
            signals.insert(organisation.clone(), signal);
        }
    }
    inputs
}

fn codebook(theme: &str) -> &str {
    theme.split('/').nth(1).unwrap_or_default()
}

/// An item above the line, one below, and what could turn them.
struct Pair<'a> {
    falls: &'a str,
    rises: &'a str,
    /// What b still lacks: enough x together are this much.
    lacks: i128,
    /// Organisations with what each adds at most, the largest first.
    adds: Vec<(i128, &'a str)>,
    /// Themes that help b most when they are raised and spoken for.
    themes: Vec<&'a str>,
    /// Themes that help b most when they are raised and spoken against.
    opposed: Vec<&'a str>,
}

/// How much more a theme counts in b than in a, in half thousandths.
#[derive(Debug, Clone, Copy, Default)]
struct Pull {
    /// By its being raised, whatever is said of it.
    raised: i128,
    /// By its being spoken for; as much less by its being spoken against.
    stance: i128,
}

impl Pull {
    fn add(&mut self, halves: i128, reading: Reading) {
        match reading {
            Reading::Raised => self.raised += halves,
            Reading::Stance => self.stance += halves,
            Reading::Against => self.raised -= halves,
        }
    }

    /// The most that an organisation can add, when all its respondents say the same of the theme, or nothing.
    fn most(self) -> i128 {
        (self.raised + self.stance.abs()).max(0)
    }

    /// Whether it adds that by speaking against the theme.
    fn by_opposing(self) -> bool {
        self.stance < 0
    }
}

impl<'a> Pair<'a> {
    fn new(inputs: &'a Inputs, ranking: &Ranking, a: &'a Ranked, b: &'a Ranked) -> Self {
        let demand = inputs.criteria.iter().find(|(_, criterion)| criterion.is_demand);
        let swing = demand.map_or(0, |(_, criterion)| i128::from(criterion.swing));
        let apart = |item: &Ranked| item.worth - swing * i128::from(item.demand);
        let gap = if demand.is_some() { apart(a) - apart(b) } else { a.worth - b.worth };
        let direct = Direct::of(inputs);
        let (mut links, mut known): (BTreeMap<&str, Pull>, i128) = (BTreeMap::new(), 0);
        for (id, sign) in [(&*b.id, 1), (&*a.id, -1)] {
            let Some(item) = inputs.items.get(id) else { continue };
            for Followed { theme, link, .. } in inputs.followed(ranking.kind, item) {
                let strength = sign * i128::from(link.strength);
                known += 2 * strength * demand::of_target(inputs, &direct, theme).sum(link.reading);
                links.entry(theme).or_default().add(strength * inputs.need(theme).halves(), link.reading);
            }
            let own = demand::of_target(inputs, &direct, &direct::target(id)).sum(Reading::Raised);
            known += 2 * sign * i128::from(inputs.free(ranking.kind, item)) * own;
        }
        let answered = inputs.organisations_answered();
        let lacks = 2000 * gap * (i128::from(ranking.answered) + K) - swing * known;
        let one = i128::from(crate::ONE);
        let mut adds: Vec<(i128, &str)> = Vec::new();
        for id in inputs.organisations.keys() {
            let silent = |theme: &str| !direct.tally(inputs, theme, id).is_heard();
            let gains = links.iter().filter(|(theme, _)| silent(theme)).map(|(_, pull)| pull.most());
            let gains: i128 = gains.sum();
            let new = i128::from(!answered.contains(id.as_str()));
            // One that has nothing of use to say may still count by answering at all: all demand is shared by one more.
            let adds_most = swing * gains * one - 2000 * gap * new;
            if adds_most > 0 {
                adds.push((adds_most, id));
            }
        }
        adds.sort_by(|x, y| y.0.cmp(&x.0).then_with(|| x.1.cmp(y.1)));
        let of = |against: bool| {
            let pull = links.iter().filter(move |(_, pull)| pull.most() > 0 && pull.by_opposing() == against);
            pull.map(|(theme, _)| *theme).collect()
        };
        Pair { falls: &a.id, rises: &b.id, lacks, adds, themes: of(false), opposed: of(true) }
    }

    /// How many organisations are enough, but for rounding.
    fn count(&self) -> Option<usize> {
        let mut sum = 0;
        self.adds
            .iter()
            .position(|(x, _)| {
                sum += x;
                sum >= self.lacks
            })
            .map(|at| at + 1)
    }

    fn turn(&self, count: usize) -> Turn {
        Turn {
            organisations: self.adds.iter().take(count).map(|(_, id)| (*id).to_owned()).collect(),
            falls: self.falls.to_owned(),
            rises: self.rises.to_owned(),
            themes: self.themes.iter().map(|theme| (*theme).to_owned()).collect(),
            opposed: self.opposed.iter().map(|theme| (*theme).to_owned()).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        Kind, Organisation, Theme, ThemeState,
        rank::tests::{ELSEWHERE, T1, T2, inputs, item, signal},
    };

    /// Two items under two codebooks, and organisations of which some answered.
    fn model(fits: (i64, i64), strengths: [i64; 4], said: &[(Option<i64>, bool)]) -> Inputs {
        let mut inputs = inputs();
        let links = |own: &[(&'static str, i64)]| -> Vec<(&'static str, i64)> {
            own.iter().copied().filter(|(_, strength)| *strength > 0).collect()
        };
        let [a1, a2, b1, b2] = strengths;
        inputs.items = [
            ("A".to_owned(), item(&[("fit", fits.0)], &links(&[(T1, a1), (ELSEWHERE, a2)]))),
            ("B".to_owned(), item(&[("fit", fits.1)], &links(&[(T2, b1), (ELSEWHERE, b2)]))),
        ]
        .into();
        let approved = Theme { title: "t".into(), state: ThemeState::Approved, ..Default::default() };
        inputs.themes = [T1, T2, ELSEWHERE].map(|theme| (theme.to_owned(), approved.clone())).into();
        let organisation = Organisation { display_name: "o".into(), ..Default::default() };
        inputs.organisations = (0..said.len()).map(|n| (format!("O{n}"), organisation.clone())).collect();
        for (at, (c, d)) in said.iter().enumerate() {
            if let Some(raised) = c {
                let signals = inputs.signals.entry("c".into()).or_default();
                signals.insert(format!("O{at}"), signal(4, &[(T1, *raised), (T2, 4 - raised)]));
            }
            if *d {
                let signals = inputs.signals.entry("d".into()).or_default();
                signals.insert(format!("O{at}"), signal(4, &[]));
            }
        }
        inputs
    }

    /// By trying every set of organisations, each with every combination of all or nothing by codebook and theme.
    fn by_trying_all(inputs: &Inputs) -> Option<usize> {
        let ranking = rank(inputs, Kind::Official);
        let (falls, rises) = (&*ranking.items[0].id, &*ranking.items[1].id);
        let ids: Vec<&String> = inputs.organisations.keys().collect();
        let sets = (1_u32..1 << ids.len()).filter(|set| {
            let members = || ids.iter().enumerate().filter(|(at, _)| set >> at & 1 == 1).map(|(_, id)| *id);
            // Saying the same is enough: what helps most helps most for each.
            (0_u32..16).any(|say| {
                let mut after = inputs.clone();
                for id in members() {
                    for (codebook, themes) in [("c", vec![(T1, 1), (T2, 2)]), ("d", vec![(ELSEWHERE, 4)])] {
                        let signals = after.signals.entry(codebook.into()).or_default();
                        let raised: Vec<(&str, i64)> = themes
                            .into_iter()
                            .filter(|(_, bit)| say & bit > 0)
                            .map(|(theme, _)| (theme, 1))
                            .collect();
                        let mut made = signal(1, &raised);
                        // The last bit: whoever raises T1 speaks against it.
                        made.against = raised
                            .iter()
                            .filter(|(theme, _)| *theme == T1 && say & 8 > 0)
                            .map(|(theme, _)| ((*theme).to_owned(), 1))
                            .collect();
                        if !raised.is_empty() || (say == 0 && codebook == "c") {
                            signals.entry(id.clone()).or_insert(made);
                        }
                    }
                }
                let after = rank(&after, Kind::Official);
                after.item(rises).map(|i| i.rank) < after.item(falls).map(|i| i.rank)
            })
        });
        sets.map(u32::count_ones).min().map(|count| count as usize)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn no_smaller_set_could_turn_the_line(
            fits in (0_i64..100, 0_i64..100),
            strengths in [0_i64..500, 0_i64..500, 0_i64..500, 0_i64..500],
            said in prop::collection::vec((prop::option::weighted(0.3, 0_i64..=4), prop::bool::weighted(0.2)), 1..5),
            stances in [any::<bool>(), any::<bool>()],
        ) {
            let mut inputs = model(fits, strengths, &said);
            for (id, stance) in ["A", "B"].into_iter().zip(stances) {
                let links = inputs.items.get_mut(id).unwrap().links.iter_mut();
                for (_, link) in links.filter(|(theme, _)| stance && *theme == T1) {
                    link.reading = Reading::Stance;
                }
            }
            let ranking = rank(&inputs, Kind::Official);
            let turn = fewest(&inputs, &ranking, 1);
            prop_assert_eq!(turn.as_ref().map(|turn| turn.organisations.len()), by_trying_all(&inputs));
            if let Some(turn) = turn {
                prop_assert!(turns(&inputs, &ranking, &turn));
            }
        }
    }
}
