//! Where an item's value comes from: criterion → theme → organisation, exact parts that add up to the last digit.
//!
//! value = Σ swing·v / Σ swing. Demand's part divides on, because demand is linear: a theme's part is its strength times
//! (Σm + k·½)/(n + k), and of that each organisation gave m/(n + k) and the prior k·½/(n + k); what no link takes up is
//! worth the prior alone. Parts are rounded by largest remainder.
use crate::{
    Inputs, Ranking,
    arithmetic::apportion,
    demand::{self, K, PRIOR},
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
    /// For demand: parts by theme, which add up to `part`.
    pub themes: Vec<ThemeScore>,
}

/// A theme's part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThemeScore {
    /// Its full name; None: what no theme is linked to, with the rounding.
    pub theme: Option<String>,
    /// Its part in 10⁻¹².
    pub part: i64,
    /// The link's strength in thousandths.
    pub strength: i64,
    /// Parts by organisation, and the prior's; they add up to `part`.
    pub organisations: Vec<OrganisationScore>,
}

/// An organisation's part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganisationScore {
    /// Its id; None: the prior's part, and rounding.
    pub organisation: Option<String>,
    /// Its part in 10⁻¹².
    pub part: i64,
    /// Respondents who raised the theme.
    pub raised: i64,
    /// Respondents who answered.
    pub answered: i64,
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
        themes: match of(&v.criterion).filter(|criterion| criterion.is_demand) {
            Some(criterion) => themes(inputs, ranking, item, (i128::from(criterion.swing), part)),
            None => Vec::new(),
        },
    });
    Some(scores.collect())
}

/// Demand's part, divided. Over the denominator 1000 · (n + k) · Σ swing.
fn themes(inputs: &Inputs, ranking: &Ranking, id: &str, (swing, part): (i128, i64)) -> Vec<ThemeScore> {
    let Some(item) = inputs.items.get(id) else { return Vec::new() };
    let denominator = 1000 * (i128::from(ranking.answered) + K) * i128::from(ranking.swings.max(1));
    let counting = item.links.iter().filter(|(theme, _)| inputs.counts(ranking.kind, theme));
    let links: Vec<(&String, i64)> = counting.map(|(theme, strength)| (theme, *strength)).collect();
    let sum = |theme: &str| demand::theme_demand(inputs, theme).sum;
    let mut shares: Vec<i128> =
        links.iter().map(|(theme, strength)| swing * i128::from(*strength) * (sum(theme) + PRIOR)).collect();
    shares.push(i128::from(part) * denominator - shares.iter().sum::<i128>());
    let parts = apportion(&shares, denominator, part);
    let mut scores: Vec<ThemeScore> = links
        .iter()
        .zip(&parts)
        .map(|((theme, strength), part)| ThemeScore {
            theme: Some((*theme).clone()),
            part: *part,
            strength: *strength,
            organisations: organisations(inputs, theme, swing * i128::from(*strength), denominator, *part),
        })
        .collect();
    let strength = 1000 - links.iter().map(|(_, strength)| strength).sum::<i64>();
    let rest = parts.last().copied().unwrap_or(0);
    scores.push(ThemeScore { theme: None, part: rest, strength, organisations: Vec::new() });
    scores.retain(|score| score.part != 0 || score.theme.is_some());
    scores
}

fn organisations(
    inputs: &Inputs,
    theme: &str,
    weight: i128,
    denominator: i128,
    part: i64,
) -> Vec<OrganisationScore> {
    let mut scores: Vec<OrganisationScore> = Vec::new();
    let mut shares = Vec::new();
    for (id, signal) in inputs.answered(theme) {
        let raised = signal.themes.get(theme).copied().unwrap_or(0);
        shares.push(weight * demand::share(raised, signal.respondents));
        let organisation = Some(id.clone());
        scores.push(OrganisationScore { organisation, part: 0, raised, answered: signal.respondents });
    }
    shares.push(i128::from(part) * denominator - shares.iter().sum::<i128>());
    scores.push(OrganisationScore { organisation: None, part: 0, raised: 0, answered: 0 });
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
        Kind, ONE, rank,
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
        assert_eq!((given.raised, given.answered), (5, 10));
        assert!((given.part - ONE * 7 / 100 * 100 / 170).abs() <= 1, "{given:?}");
        assert_eq!(score(&inputs, &ranking, "Z"), None);
    }

    proptest! {
        #[test]
        fn parts_add_up_at_every_level(
            tallies in prop::collection::vec((0_i64..20, 0_i64..20), 4),
            strengths in (0_i64..700, 0_i64..300),
            provisional in any::<bool>(),
        ) {
            let mut inputs = inputs();
            let kind = if provisional { Kind::Provisional } else { Kind::Official };
            let links = [(T1, strengths.0), (T2, strengths.1)].into_iter().filter(|(_, s)| *s > 0);
            inputs.items.get_mut("B").unwrap().links = links.map(|(t, s)| (t.to_owned(), s)).collect();
            let signals = tallies.iter().enumerate().map(|(at, (one, other))| {
                (format!("O{at}"), signal(20, &[(T1, *one), (T2, *other)]))
            });
            inputs.signals.insert("c".into(), signals.collect());
            let ranking = rank(&inputs, kind);
            for item in &ranking.items {
                let parts = score(&inputs, &ranking, &item.id).unwrap();
                prop_assert_eq!(parts.iter().map(|p| p.part).sum::<i64>(), item.value);
                let demand = &parts[0];
                prop_assert_eq!(demand.themes.iter().map(|t| t.part).sum::<i64>(), demand.part);
                for theme in demand.themes.iter().filter(|t| t.theme.is_some()) {
                    prop_assert_eq!(theme.organisations.iter().map(|o| o.part).sum::<i64>(), theme.part);
                }
            }
        }
    }
}
