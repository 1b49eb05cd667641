//! Where an item's value comes from: criterion → theme → organisation, exact parts that add up to the last digit.
//!
//! value = Σ swing·v / Σ swing. Demand's part divides on, because demand is linear: a theme's part is its strength times
//! (Σm + k·½)/(n + k), and of that each organisation gave m/(n + k) and the prior k·½/(n + k); what no link takes up is
//! worth the prior alone, and what keeps demand within 0 and 1 is a part by itself. Parts are rounded by largest remainder.
use crate::{
    Inputs, Need, ONE, Ranking, Reading,
    arithmetic::apportion,
    demand::{self, K, PRIOR, Tally},
    direct::{self, Direct},
    evidence,
    explain::Through,
    theme::Followed,
};

/// A criterion's part in an item's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CriterionScore {
    /// Its id.
    pub criterion: String,
    /// Its part in 10⁻¹²: the value under it times its weight.
    pub part: i64,
    /// Value under it, before the weight, in 10⁻¹².
    pub value: i64,
    /// Whether the prior stands in for a missing score.
    pub missing: bool,
    /// For demand and evidence: parts by theme, which add up to `part`.
    pub themes: Vec<ThemeScore>,
}

/// A part of demand, or of evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThemeScore {
    /// What it comes through.
    pub through: Through,
    /// Its part in 10⁻¹².
    pub part: i64,
    /// The link's strength in thousandths; of a direct voice, what the links leave it, 0 when that is nothing; of what is
    /// not linked, what all these leave; 0 for what keeps demand within its bounds.
    pub strength: i64,
    /// How mentions of the theme are read.
    pub reading: Reading,
    /// How far the theme's need is met.
    pub need: Need,
    /// For demand: parts by organisation, and the prior's; they add up to `part`.
    pub organisations: Vec<OrganisationScore>,
    /// For evidence: name of the piece that the theme's evidence is worth; None: there is none.
    pub evidence: Option<String>,
}

/// An organisation's part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganisationScore {
    /// Its id; None: the prior's part, and rounding.
    pub organisation: Option<String>,
    /// Its part in 10⁻¹².
    pub part: i64,
    /// What its respondents said of the theme.
    pub tally: Tally,
}

/// The parts of an item's value, in the order of criteria ids; None when it is not ranked.
pub fn score(inputs: &Inputs, ranking: &Ranking, item: &str) -> Option<Vec<CriterionScore>> {
    let ranked = ranking.item(item)?;
    let swings = i128::from(ranking.swings.max(1));
    let of = |id: &str| inputs.criteria.get(id);
    let swing = |id: &str| of(id).map_or(0, |criterion| i128::from(criterion.swing));
    let weighed = ranked.values.iter().map(|v| swing(&v.criterion) * i128::from(v.value));
    let parts = apportion(&weighed.collect::<Vec<_>>(), swings, ranked.value);
    let scores = ranked.values.iter().zip(parts).map(|(v, part)| CriterionScore {
        criterion: v.criterion.to_string(),
        part,
        value: v.value,
        missing: v.missing,
        themes: match of(&v.criterion) {
            Some(criterion) if criterion.is_demand => {
                themes(inputs, ranking, item, (i128::from(criterion.swing), part))
            }
            Some(criterion) if criterion.takes_evidence => {
                evidences(inputs, ranking, item, (i128::from(criterion.swing), part))
            }
            Some(_) | None => Vec::new(),
        },
    });
    Some(scores.collect())
}

/// Demand's part, divided. Over the denominator 1000 · (n + k) · Σ swing.
fn themes(inputs: &Inputs, ranking: &Ranking, id: &str, (swing, part): (i128, i64)) -> Vec<ThemeScore> {
    let Some(item) = inputs.items.get(id) else { return Vec::new() };
    let mean = i128::from(ranking.answered) + K;
    let denominator = 1000 * mean * i128::from(ranking.swings.max(1));
    let (direct, own) = (Direct::of(inputs), direct::target(id));
    let mut links: Vec<Part<'_>> = inputs.followed(ranking.kind, item).map(Part::of_link).collect();
    if direct.knows(&own) {
        links.push(Part::of_itself(&own, inputs.free(ranking.kind, item)));
    }
    let weight = |part: &Part<'_>| swing * i128::from(part.strength);
    let worth = |part: &Part<'_>| {
        let sum = demand::of_target(inputs, &direct, part.target).sum(part.reading);
        weight(part) * (sum + PRIOR)
    };
    let mut shares: Vec<i128> = links.iter().map(worth).collect();
    let said = demand::of_item(inputs, &direct, ranking.kind, (id, item), ranking.answered);
    shares.push(1000 * mean * swing * (said.clamp(0, i128::from(ONE)) - said));
    shares.push(i128::from(part) * denominator - shares.iter().sum::<i128>());
    let parts = apportion(&shares, denominator, part);
    let mut scores: Vec<ThemeScore> = Vec::with_capacity(shares.len());
    for (of, part) in links.iter().zip(&parts) {
        scores.push(ThemeScore {
            through: of.through.clone(),
            part: *part,
            strength: of.strength,
            reading: of.reading,
            need: inputs.need(of.target),
            organisations: organisations((inputs, &direct), of, weight(of), denominator, *part),
            evidence: None,
        });
    }
    let unlinked = 1000 - links.iter().map(|part| part.strength).sum::<i64>();
    let others = [(Through::Clipped, 0), (Through::Unlinked, unlinked)];
    let others = others.into_iter().zip(&parts[links.len()..]).filter(|(_, part)| **part != 0);
    scores.extend(others.map(|((through, strength), part)| ThemeScore::whole(through, strength, *part)));
    scores
}

/// Evidence's part, divided. Over the denominator 1000 · Σ swing.
fn evidences(inputs: &Inputs, ranking: &Ranking, id: &str, (swing, part): (i128, i64)) -> Vec<ThemeScore> {
    let Some(item) = inputs.items.get(id) else { return Vec::new() };
    let denominator = 1000 * i128::from(ranking.swings.max(1));
    let strongest = evidence::strongest(inputs);
    let links: Vec<Followed<'_>> = inputs.followed(ranking.kind, item).collect();
    let mut shares: Vec<i128> = links.iter().map(|link| swing * evidence::part(link, &strongest)).collect();
    let said = evidence::of_item(inputs, ranking.kind, item, &strongest);
    shares.push(1000 * swing * (said.clamp(0, i128::from(ONE)) - said));
    let parts = apportion(&shares, denominator, part);
    let mut scores: Vec<ThemeScore> = Vec::with_capacity(shares.len());
    for (link, part) in links.iter().zip(&parts) {
        let through = Through::Theme { said: link.said.to_owned(), goes_to: link.theme.to_owned() };
        scores.push(ThemeScore {
            reading: link.link.reading,
            evidence: strongest.get(link.theme).map(|piece| piece.name.clone()),
            ..ThemeScore::whole(through, link.link.strength, *part)
        });
    }
    let clip = parts.last().copied().unwrap_or(0);
    scores.extend((clip != 0).then(|| ThemeScore::whole(Through::Clipped, 0, clip)));
    scores
}

impl ThemeScore {
    /// A part that divides no further.
    fn whole(through: Through, strength: i64, part: i64) -> Self {
        ThemeScore {
            through,
            part,
            strength,
            reading: Reading::default(),
            need: Need::default(),
            organisations: Vec::new(),
            evidence: None,
        }
    }
}

/// What a part of demand comes from.
struct Part<'a> {
    through: Through,
    /// The theme that a link goes to, or `workItems/{item}`.
    target: &'a str,
    strength: i64,
    reading: Reading,
}

impl<'a> Part<'a> {
    fn of_link(counted: Followed<'a>) -> Self {
        let Followed { said, theme, link } = counted;
        let through = Through::Theme { said: said.to_owned(), goes_to: theme.to_owned() };
        Part { through, target: theme, strength: link.strength, reading: link.reading }
    }

    fn of_itself(target: &'a str, free: i64) -> Self {
        Part { through: Through::Direct, target, strength: free, reading: Reading::Raised }
    }
}

fn organisations(
    (inputs, direct): (&Inputs, &Direct<'_>),
    of: &Part<'_>,
    weight: i128,
    denominator: i128,
    part: i64,
) -> Vec<OrganisationScore> {
    let need = inputs.need(of.target);
    let mut scores: Vec<OrganisationScore> = Vec::new();
    let mut shares = Vec::new();
    for (id, tally) in direct.tallies(inputs, of.target) {
        shares.push(weight * tally.share(of.reading, need));
        scores.push(OrganisationScore { organisation: Some(id.to_owned()), part: 0, tally });
    }
    shares.push(i128::from(part) * denominator - shares.iter().sum::<i128>());
    scores.push(OrganisationScore { organisation: None, part: 0, tally: Tally::default() });
    for (score, part) in scores.iter_mut().zip(apportion(&shares, denominator, part)) {
        score.part = part;
    }
    scores
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        Kind, ThemeState, rank,
        rank::tests::{T1, T2, inputs, signal},
    };

    #[test]
    fn a_value_comes_from_its_criteria_themes_and_organisations() {
        let mut inputs = inputs();
        inputs.signals.insert("c".into(), [("O1".to_owned(), signal(10, &[(T1, 5)]))].into());
        let ranking = rank(&inputs, Kind::Official);
        let parts = score(&inputs, &ranking, "B").unwrap();
        assert_eq!(parts.iter().map(|p| p.criterion.as_str()).collect::<Vec<_>>(), ["demand", "fit"]);
        assert!((parts[1].part - ONE * 6 / 10 * 7 / 17).abs() <= 1, "{:?}", parts[1]);
        let theme = &parts[0].themes[0];
        // Half of one organisation's respondents, over n + k = 5, at strength 0.7 and weight 100/170.
        let given = theme.organisations.iter().find(|o| o.organisation.is_some()).unwrap();
        assert_eq!((given.tally.raised, given.tally.answered), (5, 10));
        assert!((given.part - ONE * 7 / 100 * 100 / 170).abs() <= 1, "{given:?}");
        assert_eq!(score(&inputs, &ranking, "Z"), None);
    }

    proptest! {
        #[test]
        fn parts_add_up_at_every_level(
            tallies in prop::collection::vec((0_i64..20, 0_i64..20), 4),
            strengths in (0_i64..700, 0_i64..300),
            provisional in any::<bool>(),
            reading in prop::sample::select(&Reading::ALL[..]),
            merged in any::<bool>(),
        ) {
            let mut inputs = inputs();
            let kind = if provisional { Kind::Provisional } else { Kind::Official };
            let links = [(T1, strengths.0), (T2, strengths.1)].into_iter().filter(|(_, s)| *s > 0);
            inputs.items.get_mut("B").unwrap().links = links.map(|(t, s)| (t.to_owned(), s.into())).collect();
            inputs.items.get_mut("B").unwrap().links.values_mut().for_each(|link| link.reading = reading);
            if merged {
                let gone = inputs.themes.get_mut(T2).unwrap();
                (gone.state, gone.merged_into) = (ThemeState::Retired, Some(T1.to_owned()));
            }
            let signals = tallies.iter().enumerate().map(|(at, (one, other))| {
                let mut signal = signal(20, &[(T1, *one), (T2, *other)]);
                signal.against.insert(T1.into(), *other.min(one));
                (format!("O{at}"), signal)
            });
            inputs.signals.insert("c".into(), signals.collect());
            let ranking = rank(&inputs, kind);
            for item in &ranking.items {
                let parts = score(&inputs, &ranking, &item.id).unwrap();
                prop_assert_eq!(parts.iter().map(|p| p.part).sum::<i64>(), item.value);
                let demand = &parts[0];
                prop_assert_eq!(demand.themes.iter().map(|t| t.part).sum::<i64>(), demand.part);
                for theme in demand.themes.iter().filter(|t| t.through.said().is_some()) {
                    prop_assert_eq!(theme.organisations.iter().map(|o| o.part).sum::<i64>(), theme.part);
                }
            }
        }
    }
}
