//! The ranking of 10,000 items by 8 criteria, from nothing and after one more response; and how far two orders agree.
use std::{
    collections::BTreeMap,
    hint::black_box,
    process::Command,
    time::{Duration, Instant},
};

use soundings_portfolio_domain::{
    Criterion, Inputs, Item, Kind, ONE, Organisation, Portfolio, Ranker, Score, Signal, Theme, ThemeState,
    Touched, kendall, rank,
};

use crate::report::{Figure, Report, setting};

const ITEMS: i64 = 10_000;
const ORGANISATIONS: i64 = 32;
const THEMES: i64 = 20;
const RUNS: usize = 41;
/// Things in the orders that are compared.
const PLACES: u64 = 1_000;

/// Measures it all.
pub fn measure(report: &mut Report) -> anyhow::Result<()> {
    if report.wants("rank") {
        ranking(report)?;
        orders(report)?;
    }
    Ok(())
}

fn ranking(report: &mut Report) -> anyhow::Result<()> {
    let mut inputs = inputs();
    let full = times(Duration::from_millis(1), |_| drop(black_box(rank(&inputs, Kind::Official))));
    report.write(Figure::of("rank.full_ms", "ms", &full).noting("10,000 items × 8 criteria"))?;

    let micro = Duration::from_micros(1);
    let mut ranker = Ranker::new(&inputs, Kind::Official);
    let mut told = |signal: Signal| {
        inputs.signals.entry("c".into()).or_default().insert("O3".into(), signal);
        ranker.update(&inputs, &[Touched::Signals("c")]);
    };
    let one = times(micro, |at| {
        let mut changed = signal(3);
        changed.themes.insert(theme(0), (at % 9) as i64);
        told(changed);
    });
    // One more respondent weighs every theme of the council anew.
    let all = times(micro, |at| told(Signal { respondents: 10 + at as i64, ..signal(3) }));
    report.write(
        Figure::of("rank.incremental_us", "µs", &all).noting("one more response moves every item's demand"),
    )?;
    report.write(
        Figure::of("rank.incremental.one_theme_us", "µs", &one).noting("one theme of 20, 1,000 items"),
    )?;
    report.write(Figure::of("rank.digest_us", "µs", &times(micro, |_| drop(black_box(ranker.digest())))))
}

fn orders(report: &mut Report) -> anyhow::Result<()> {
    let second = |n: u64| n.wrapping_mul(6_364_136_223_846_793_005).rotate_left(17) % PLACES;
    let places: Vec<(u64, u64)> = (0..PLACES).map(|n| (n, second(n))).collect();
    let ours = times(Duration::from_micros(1), |_| {
        black_box(kendall::compare(black_box(&places)));
    });
    let figure = Figure::of("rank.kendall_us", "µs", &ours).noting("1,000 things");
    report.write(match scipy(&places) {
        Some((version, time)) => figure.against_time(time, &version),
        None => figure.noting("1,000 things; no scipy in the interpreter that BENCH_PYTHON names"),
    })
}

/// The version of scipy, and what its `kendalltau` takes for the same places, in microseconds.
fn scipy(places: &[(u64, u64)]) -> Option<(String, f64)> {
    const PROGRAM: &str = "\
import json, statistics, sys, time, scipy, scipy.stats\n\
first, second = zip(*json.load(sys.stdin))\n\
def run():\n    began = time.perf_counter()\n    scipy.stats.kendalltau(first, second, method='asymptotic')\n    \
return (time.perf_counter() - began) * 1e6\n\
print(scipy.__version__, statistics.median(run() for _ in range(41)))\n";
    let python = setting("BENCH_PYTHON").unwrap_or_else(|| "python3".to_owned());
    let file = tempfile::NamedTempFile::new().ok()?;
    serde_json::to_writer(&file, places).ok()?;
    let done = Command::new(python).args(["-c", PROGRAM]).stdin(file.reopen().ok()?).output().ok()?;
    let said = String::from_utf8(done.stdout).ok()?;
    let (version, time) = said.trim().split_once(' ')?;
    Some((format!("scipy {version}"), time.parse().ok()?))
}

/// How long each of several runs takes, in this unit.
fn times(unit: Duration, mut run: impl FnMut(usize)) -> Vec<f64> {
    let timed = |at| {
        let began = Instant::now();
        run(at);
        began.elapsed().as_secs_f64() / unit.as_secs_f64()
    };
    (0..RUNS).map(timed).collect()
}

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
