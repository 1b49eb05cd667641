//! Prints how long the best selection of 200 items takes, under three resources and 100 dependencies.
#![expect(clippy::print_stdout, reason = "it prints its measurements")]
use std::{collections::BTreeMap, time::Instant};

use soundings_portfolio_domain::{
    Criterion, Inputs, Item, Kind, ONE, Portfolio, Score, rank,
    select::{Limits, select},
};

fn main() {
    for seed in 1..=8_u64 {
        let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mut next = |below: u64| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            i64::try_from(state % below).unwrap_or(0)
        };
        let criterion = |title: &str| Criterion { title: title.into(), ..Criterion::default() };
        let mut items = BTreeMap::new();
        for at in 0..200 {
            let scores = ["C1", "C2", "C3"]
                .map(|c| (c.to_owned(), Score::exactly((20 + next(81)) * ONE + next(1000))));
            let item = Item {
                portfolio: "P".into(),
                title: "an item".into(),
                cost_gbp: 1_000 * (20 + next(480)),
                effort_centimonths: 100 + 50 * next(60),
                needs: BTreeMap::from([("R".into(), 100 * next(20))]),
                scores: scores.into(),
                ..Item::default()
            };
            items.insert(format!("I{at:03}"), item);
        }
        for _ in 0..100 {
            let at = 1 + next(199);
            let on = next(at.unsigned_abs());
            if let Some(item) = items.get_mut(&format!("I{at:03}")) {
                item.depends_on.insert(format!("I{on:03}"));
            }
        }
        let of = |take: &dyn Fn(&Item) -> i64| items.values().map(take).sum::<i64>() / 3;
        let limits = Limits {
            budget_gbp: Some(of(&|item| item.cost_gbp)),
            effort_centimonths: Some(of(&|item| item.effort_centimonths)),
            resources: BTreeMap::from([("R".into(), of(&|item| item.needs["R"]))]),
        };
        let inputs = Inputs {
            portfolios: BTreeMap::from([("P".into(), Portfolio { title: "P".into() })]),
            criteria: ["C1", "C2", "C3"].map(|c| (c.to_owned(), criterion(c))).into(),
            items,
            ..Inputs::default()
        };
        let ranking = rank(&inputs, Kind::Official);
        let began = Instant::now();
        let found = select(&inputs, &ranking, &limits);
        let took = began.elapsed();
        match found {
            Ok(found) => println!(
                "{seed}: {took:?}, {} items, proven {}, {} of {}",
                found.items.len(),
                found.proven,
                found.value,
                found.at_most
            ),
            Err(refused) => println!("{seed}: {refused}"),
        }
    }
}
