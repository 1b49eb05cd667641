use pretty_assertions::assert_eq;
use soundings_mailbox::Envelope;

use crate::setup::*;

/// Numbers that look random and repeat with their seed.
pub struct Numbers(pub u64);

impl Numbers {
    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }

    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

fn acts(bench: &Bench, seed: u64, count: usize) -> Vec<Envelope> {
    let mut numbers = Numbers(seed);
    let texts = [
        COST.to_owned(),
        REMOTE.to_owned(),
        NEITHER.to_owned(),
        format!("{COST} {REMOTE}"),
        "none".to_owned(),
    ];
    let organisations = ["GLG", "EDH", "ABD"];
    let act = |_| {
        let response = numbers.below(20);
        let text = (numbers.below(6) > 0).then(|| texts[numbers.below(texts.len())].as_str());
        bench.write(&format!("r{response}"), organisations[response % 3], text)
    };
    (0..count).map(act).collect()
}

#[tokio::test]
async fn every_event_three_times_and_shuffled_gives_the_same_signals_as_once_in_order() {
    for seed in 0..5 {
        for (orderly, shuffled) in benches().await.into_iter().zip(benches().await) {
            orderly.load(CODEBOOK).await.unwrap();
            shuffled.load(CODEBOOK).await.unwrap();
            for event in acts(&orderly, seed, 60) {
                orderly.deliver(&[event]).await;
            }
            let events = acts(&shuffled, seed, 60);
            let mut thrice = [events.clone(), events.clone(), events].concat();
            Numbers(seed + 100).shuffle(&mut thrice);
            for batch in thrice.chunks(17) {
                shuffled.deliver(batch).await;
            }
            assert_eq!(shuffled.signals().await, orderly.signals().await, "seed {seed}");
            let sent = shuffled.outbox().await.len();
            shuffled.told().await;
            shuffled.deliver(&thrice).await;
            assert_eq!(shuffled.outbox().await.len(), sent, "a full replay sends nothing");
            // A cold rebuild of everything reads the same.
            let cold = sqlite().await;
            acts(&cold, seed, 60);
            cold.load(CODEBOOK).await.unwrap();
            let answered = |mut signals: std::collections::BTreeMap<String, (i64, i64, _)>| {
                signals.retain(|_, signal| signal.1 > 0);
                signals
            };
            assert_eq!(
                answered(cold.signals().await),
                answered(orderly.signals().await),
                "seed {seed}, cold"
            );
        }
    }
}
