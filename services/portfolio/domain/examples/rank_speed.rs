//! Prints how long a ranking of 10,000 items by 8 criteria takes: from nothing, and after one organisation's signal.
#![expect(clippy::print_stdout, reason = "it prints its measurements")]
use std::{collections::BTreeMap, time::Instant};

use soundings_portfolio_domain::{
    Criterion, Inputs, Item, Kind, ONE, Organisation, Portfolio, Ranker, Score, Signal, Theme, ThemeState,
    Touched, rank,
};

const ITEMS: i64 = 10_000;
const ORGANISATIONS: i64 = 32;
const THEMES: i64 = 20;
const RUNS: usize = 41;

fn theme(n: i64) -> String {
    format!("codebooks/c/themes/T{}", n % THEMES)
}

fn signal(seed: i64) -> Signal {
    let themes = (0..THEMES).map(|n| (theme(n), (seed * 7 + n * 3) % 9)).collect();
    Signal { sequence: seed, respondents: 9, themes }
}

fn inputs() -> Inputs {
    let criterion =
        |n: i64| Criterion { title: format!("C{n}"), swing: 100_000 - n * 9_000, ..Criterion::default() };
    let demand = Criterion { highest: ONE, is_demand: true, ..criterion(0) };
    let mut criteria: BTreeMap<String, Criterion> = (1..8).map(|n| (format!("C{n}"), criterion(n))).collect();
    criteria.insert("demand".into(), demand);
    let item = |n: i64| Item {
        portfolio: format!("P{}", n % 9),
        title: format!("Item {n}"),
        cost_gbp: n,
        effort_centimonths: n,
        scores: (1..8).map(|c| (format!("C{c}"), Score::exactly((n * 31 + c * 17) % 101 * ONE))).collect(),
        links: BTreeMap::from([(theme(n), 600), (theme(n + 7), 300)]),
        ..Item::default()
    };
    let organisation =
        |n: i64| Organisation { display_name: format!("O{n}"), population: n, ..Default::default() };
    let approved = |n: i64| Theme { title: format!("T{n}"), state: ThemeState::Approved };
    let signals = (0..ORGANISATIONS).map(|n| (format!("O{n}"), signal(n))).collect();
    Inputs {
        portfolios: (0..9).map(|n| (format!("P{n}"), Portfolio { title: format!("P{n}") })).collect(),
        criteria,
        items: (0..ITEMS).map(|n| (format!("I{n:05}"), item(n))).collect(),
        organisations: (0..ORGANISATIONS).map(|n| (format!("O{n}"), organisation(n))).collect(),
        themes: (0..THEMES).map(|n| (theme(n), approved(n))).collect(),
        signals: BTreeMap::from([("c".into(), signals)]),
        ..Inputs::default()
    }
}

/// Median, least and most of several runs, in microseconds.
fn report(name: &str, mut run: impl FnMut(usize)) {
    let mut times: Vec<u128> = (0..RUNS)
        .map(|at| {
            let start = Instant::now();
            run(at);
            start.elapsed().as_micros()
        })
        .collect();
    times.sort_unstable();
    println!("{name}: {} µs ({} to {})", times[RUNS / 2], times[0], times[RUNS - 1]);
}

fn main() {
    let mut inputs = inputs();
    report("rank, from nothing", |_| drop(rank(&inputs, Kind::Official)));
    let mut ranker = Ranker::new(&inputs, Kind::Official);
    let mut one = |inputs: &mut Inputs, signal: Signal| {
        let signals = inputs.signals.entry("c".into()).or_default();
        signals.insert("O3".into(), signal);
        ranker.update(inputs, &[Touched::Signals("c")]);
    };
    report("one signal, one theme of 20 moved", |at| {
        let mut changed = signal(3);
        changed.themes.insert(theme(0), (at % 9) as i64);
        one(&mut inputs, changed);
    });
    report("one signal, all 20 themes moved", |at| one(&mut inputs, signal(at as i64 + 4)));
    report("new respondents", |at| one(&mut inputs, Signal { respondents: 10 + at as i64, ..signal(3) }));
    report("one signal that changes nothing", |_| one(&mut inputs, signal(3)));
    report("the ranking, taken out", |_| drop(ranker.ranking()));
    report("its digest", |_| drop(ranker.digest()));

    let ranking = rank(&inputs, Kind::Official);
    let matrix = soundings_portfolio_domain::second_opinion::Matrix::of(&inputs, &ranking).unwrap();
    report("topsis", |_| {
        drop(std::hint::black_box(soundings_portfolio_domain::second_opinion::topsis(&matrix)))
    });
    report("all", |_| {
        drop(std::hint::black_box(soundings_portfolio_domain::second_opinion::second_opinions(
            &inputs,
            Kind::Official,
        )))
    });
    use soundings_portfolio_domain::smaa::*;
    let mut small = inputs.clone();
    small.items = small.items.into_iter().take(200).collect();
    for item in small.items.values_mut() {
        for s in item.scores.values_mut() {
            s.low -= 8 * ONE;
            s.high += 8 * ONE;
        }
    }
    let model = Model::of(&small, Kind::Official, |_| true).unwrap();
    for weights in [WeightsFrom::Uniform, WeightsFrom::Elicited { concentration: 20.0 }] {
        let settings = Settings { seed: 1, draws: 10_000, threads: 1, weights };
        let mut times: Vec<u128> = vec![];
        for _ in 0..7 {
            let s = Instant::now();
            std::hint::black_box(analyse(&model, &settings).unwrap());
            times.push(s.elapsed().as_micros());
        }
        println!("smaa {times:?}");
    }
    let settings = Settings { seed: 1, draws: 10_000, threads: 1, weights: WeightsFrom::Uniform };
    let o = analyse(&model, &settings).unwrap();
    let s = Instant::now();
    std::hint::black_box(confidence_factors(&model, &settings, &o).unwrap());
    println!("conf {:?}", s.elapsed());
}
