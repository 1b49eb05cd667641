//! Which statements stand for a group.

use crate::vector::{dot, mean, unit};

/// Statements that a group is shown by.
pub const EXEMPLARS: usize = 5;
/// How much being near the middle counts against being unlike those already taken (maximal marginal relevance,
/// Carbonell and Goldstein, 1998).
const TYPICAL_SHARE: f32 = 0.6;
/// Only so much of a group, its nearest part, is looked through for exemplars.
const LOOKED_THROUGH: usize = 200;

/// A group with its middle.
pub struct Subject<'a> {
    texts: &'a [&'a str],
    vectors: &'a [Vec<f32>],
    centroid: Vec<f32>,
    /// Members, nearest to the middle first.
    nearest: Vec<(usize, f32)>,
}

impl<'a> Subject<'a> {
    /// Of some of the texts, by index.
    #[must_use]
    pub fn new(texts: &'a [&'a str], vectors: &'a [Vec<f32>], members: &[usize]) -> Self {
        let own: Vec<Vec<f32>> = members.iter().map(|m| vectors[*m].clone()).collect();
        let centroid = unit(mean(&own));
        let mut nearest: Vec<_> = members.iter().map(|m| (*m, dot(&vectors[*m], &centroid))).collect();
        nearest.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        Self { texts, vectors, centroid, nearest }
    }

    /// The member of 5 to 30 words nearest to the middle.
    #[must_use]
    pub fn sentence(&self) -> Option<usize> {
        let fits = |member: usize| (5..=30).contains(&self.texts[member].split_whitespace().count());
        self.nearest.iter().map(|(member, _)| *member).find(|member| fits(*member))
    }

    /// Members near the middle and unlike each other.
    #[must_use]
    pub fn exemplars(&self, count: usize) -> Vec<usize> {
        let mut left: Vec<(usize, f32)> = self.nearest.iter().take(LOOKED_THROUGH).copied().collect();
        let mut alike = vec![0.0_f32; left.len()];
        let mut taken = Vec::new();
        while taken.len() < count && !left.is_empty() {
            let worth = |i: usize| TYPICAL_SHARE * left[i].1 - (1.0 - TYPICAL_SHARE) * alike[i];
            let best = (0..left.len()).reduce(|a, b| if worth(b) > worth(a) { b } else { a }).unwrap_or(0);
            let (member, _) = left.remove(best);
            alike.remove(best);
            for ((other, _), alike) in left.iter().zip(&mut alike) {
                *alike = alike.max(dot(&self.vectors[member], &self.vectors[*other]));
            }
            taken.push(member);
        }
        taken
    }

    /// The mean similarity of the members to the middle.
    #[must_use]
    pub fn density(&self) -> f32 {
        self.nearest.iter().map(|(_, similarity)| similarity).sum::<f32>() / self.nearest.len().max(1) as f32
    }

    /// The middle.
    #[must_use]
    pub fn into_centroid(self) -> Vec<f32> {
        self.centroid
    }
}
