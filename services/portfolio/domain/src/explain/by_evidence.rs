//! The part of evidence in a change of value, by theme.
use std::collections::{BTreeMap, BTreeSet};

use super::{Side, ThemePart, Through, Weighed, Whole};
use crate::{ONE, arithmetic::apportion, evidence, theme::Followed};

/// Parts by theme, with the pieces that each is and was worth; and what keeps a score from falling below 0.
pub(super) fn by_evidence(was: Weighed<'_>, is: Weighed<'_>, whole: Whole) -> Vec<ThemePart> {
    let (old, new) = (Told::new(&was), Told::new(&is));
    let links: BTreeSet<&str> = old.links.keys().chain(new.links.keys()).copied().collect();
    let worth = |told: &Told<'_>, said: &str| told.links.get(said).map_or(0, |(_, worth, _)| *worth);
    let mut shares: Vec<i128> = links.iter().map(|said| worth(&new, said) - worth(&old, said)).collect();
    shares.push(1000 * (is.weight * new.clip - was.weight * old.clip));
    // Nothing is left but rounding.
    shares.push(1000 * whole.share - shares.iter().sum::<i128>());
    let parts = apportion(&shares, 1000 * whole.denominator, whole.delta);
    let mut explained = Vec::with_capacity(parts.len());
    for (said, delta) in links.iter().zip(&parts) {
        let goes_to = new.links.get(said).or_else(|| old.links.get(said)).map_or(*said, |(theme, ..)| *theme);
        let through = Through::Theme { said: (*said).to_owned(), goes_to: goes_to.to_owned() };
        let pieces = [&old, &new].into_iter().filter_map(|told| told.links.get(said)?.2.clone());
        let mut evidence: Vec<String> = pieces.collect();
        evidence.dedup();
        explained.push(ThemePart { evidence, ..ThemePart::whole(through, *delta) });
    }
    let others = [Through::Clipped, Through::Unlinked].into_iter().zip(&parts[links.len()..]);
    explained.extend(others.map(|(through, delta)| ThemePart::whole(through, *delta)));
    explained.retain(|part| part.delta != 0);
    explained
}

/// What evidence said of an item on one side.
struct Told<'a> {
    /// By the theme that a link says: the theme it goes to, weight times what it adds, and the piece that this comes of.
    links: BTreeMap<&'a str, (&'a str, i128, Option<String>)>,
    /// What keeps the score at 0 or above, in 10⁻¹².
    clip: i128,
}

impl<'a> Told<'a> {
    fn new(of: &Weighed<'a>) -> Self {
        let Side { inputs, ranking } = of.side;
        let Some(item) = of.item else { return Told { links: BTreeMap::new(), clip: 0 } };
        let strongest = evidence::strongest(inputs);
        let link = |link: Followed<'a>| {
            let piece = strongest.get(link.theme).map(|piece| piece.name.clone());
            (link.said, (link.theme, of.weight * evidence::part(&link, &strongest), piece))
        };
        let score = evidence::of_item(inputs, ranking.kind, item, &strongest);
        Told {
            links: inputs.followed(ranking.kind, item).map(link).collect(),
            clip: score.clamp(0, i128::from(ONE)) - score,
        }
    }
}
