//! Nearness to a theme's own examples, the other half of what the learned assigner weighs.

use crate::vector::{centred, dot, mean, unit};
use serde::{Deserialize, Serialize};

/// Examples kept for each theme.
const EXAMPLES: usize = 40;

/// Examples of each theme and their means, from the training rows' own centre.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Nearness {
    centre: Vec<f32>,
    themes: Vec<Examples>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Examples {
    mean: Vec<f32>,
    texts: Vec<Vec<f32>>,
}

impl Nearness {
    /// Of vectors with the themes each has, by number below `themes`.
    pub(crate) fn new(vectors: &[&[f32]], labels: &[&[usize]], themes: usize) -> Self {
        let owned: Vec<Vec<f32>> = vectors.iter().map(|v| v.to_vec()).collect();
        let centre = mean(&owned);
        let themes = (0..themes)
            .map(|theme| {
                let own: Vec<Vec<f32>> = vectors
                    .iter()
                    .zip(labels)
                    .filter(|(_, labels)| labels.contains(&theme))
                    .map(|(vector, _)| centred(vector, &centre))
                    .collect();
                let mean = unit(mean(&own));
                Examples { mean, texts: own.into_iter().take(EXAMPLES).collect() }
            })
            .collect();
        Self { centre, themes }
    }

    /// Half the similarity to the mean, half that to the nearest example, for each theme; 0 for one without examples.
    pub(crate) fn scores(&self, vector: &[f32]) -> Vec<f32> {
        let vector = centred(vector, &self.centre);
        self.themes
            .iter()
            .map(|theme| {
                let nearest = theme.texts.iter().map(|t| dot(&vector, t)).reduce(f32::max);
                nearest.map_or(0.0, |nearest| 0.5 * dot(&vector, &theme.mean) + 0.5 * nearest)
            })
            .collect()
    }
}
