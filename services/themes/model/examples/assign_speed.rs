//! How long it takes to assign an answer of five sentences: percentiles in microseconds, with 3 and with 200 themes.
use std::time::Instant;

use soundings_themes_domain::{Codebook, Theme, ThemeState};
use soundings_themes_engine::{Assigner, Encoder, Thresholds};
use soundings_themes_model::{Model, ModelError};

struct Embedded(Model);

impl Encoder for Embedded {
    fn encode(&self, texts: &[&str]) -> Vec<Vec<f32>> {
        self.0.encode(texts)
    }
}

const ANSWER: &str = "Our staff still share one laptop between four and cannot log on from the house. The finance team \
    pays three suppliers for the same licence. Nobody can say how many households we serve, because the systems do not \
    talk to each other. We would welcome a shared set of guidance for managers. Thank you for asking.";

#[expect(clippy::print_stdout, reason = "the figures are what it is for")]
fn main() -> Result<(), ModelError> {
    let encoder = Embedded(Model::embedded()?);
    for count in [3, 200] {
        let theme = |i: usize| Theme {
            id: format!("t{i:03}"),
            title: format!("Theme number {i} about work and places"),
            description: format!(
                "Whatever belongs to the {i}th subject of this codebook, such as tools and skills."
            ),
            exemplars: (0..4)
                .map(|j| format!("Exemplar {j} of theme {i}: staff, data, cost and homes."))
                .collect(),
            state: ThemeState::Approved,
            revision: 1,
            ..Theme::default()
        };
        let themes = (0..count).map(theme).collect();
        let codebook = Codebook {
            id: "c".into(),
            title: "c".into(),
            surveys: vec![],
            questions: vec![],
            themes,
            version: 1,
            ..Codebook::default()
        };
        let assigner = Assigner::new(&codebook, &encoder, Thresholds::default());
        let mut micros: Vec<u128> = (0..5_000)
            .map(|_| {
                let start = Instant::now();
                std::hint::black_box(assigner.assign(ANSWER, &encoder));
                start.elapsed().as_micros()
            })
            .collect();
        micros.sort_unstable();
        println!(
            "{count} themes: p50 {} us, p99 {} us, worst {} us",
            micros[2_500], micros[4_950], micros[4_999]
        );
    }
    Ok(())
}
