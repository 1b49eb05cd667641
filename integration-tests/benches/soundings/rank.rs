//! The ranking of 10,000 items by 8 criteria, from nothing and after one more response; how far two orders agree; what
//! another method makes of the items; and how sure the ranking is.
use std::{
    collections::BTreeMap,
    hint::black_box,
    process::Command,
    time::{Duration, Instant},
};

use soundings_portfolio_domain::{
    Criterion, Inputs, Item, Kind, ONE, Organisation, Portfolio, Ranker, Score, Signal, Theme, ThemeState,
    Touched, kendall, rank,
    second_opinion::{Matrix, topsis},
    smaa::{self, Model, Settings, WeightsFrom},
};

use crate::report::{Figure, Report, setting};

const ITEMS: i64 = 10_000;
const ORGANISATIONS: i64 = 32;
const THEMES: i64 = 20;
const RUNS: usize = 41;
/// Things in the orders that are compared.
const PLACES: u64 = 1_000;

/// Items and draws of the analysis of how sure the ranking is.
const UNSURE: usize = 200;
const DRAWS: u32 = 10_000;

/// Measures it all.
pub fn measure(report: &mut Report) -> anyhow::Result<()> {
    if report.wants("rank") {
        ranking(report)?;
        orders(report)?;
        closeness(report)?;
        sureness(report)?;
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
    let taken = times(micro, |_| drop(black_box(ranker.ranking())));
    report.write(
        Figure::of("rank.incremental.taken_out_us", "µs", &taken)
            .noting("the whole ranking with all that is shown of it, after every item moved"),
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

/// TOPSIS of every item.
fn closeness(report: &mut Report) -> anyhow::Result<()> {
    let inputs = inputs();
    let matrix = Matrix::of(&inputs, &rank(&inputs, Kind::Official))?;
    let ours = times(Duration::from_millis(1), |_| drop(black_box(topsis(black_box(&matrix)))));
    let figure = Figure::of("rank.topsis_ms", "ms", &ours).noting("10,000 items × 8 criteria");
    let rows: Vec<Vec<f64>> =
        (0..ITEMS).map(|n| (0..8).map(|c| ((n * 31 + c * 17) % 101 + 1) as f64).collect()).collect();
    report.write(match skcriteria(&rows) {
        Some((version, time)) => figure.against_time(time, &version),
        None => figure.noting(
            "10,000 items × 8 criteria; no scikit-criteria in the interpreter that BENCH_PYTHON names",
        ),
    })
}

/// SMAA-2 with scores that have a range, on one thread.
fn sureness(report: &mut Report) -> anyhow::Result<()> {
    let mut inputs = inputs();
    inputs.items = inputs.items.into_iter().take(UNSURE).collect();
    for score in inputs.items.values_mut().flat_map(|item| item.scores.values_mut()) {
        (score.low, score.high) = (score.low - 8 * ONE, score.high + 8 * ONE);
    }
    let model = Model::of(&inputs, Kind::Official, |_| true)?;
    let settings = Settings { seed: 1, draws: DRAWS, threads: 1, weights: WeightsFrom::Uniform };
    let ours = times(Duration::from_millis(1), |_| drop(black_box(smaa::analyse(&model, &settings))));
    let figure = Figure::of("rank.smaa_ms", "ms", &ours)
        .noting("10,000 draws, 200 items × 8 criteria, one thread; pairs of items counted too");
    report.write(match numpy() {
        Some((version, time)) => figure.against_time(time, &version),
        None => figure.noting(
            "10,000 draws, 200 items × 8 criteria, one thread; no numpy in the interpreter that BENCH_PYTHON names",
        ),
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
    peer("scipy", PROGRAM, &serde_json::json!(places))
}

/// The version of scikit-criteria, and what its TOPSIS takes for a matrix of the same size, in milliseconds.
fn skcriteria(rows: &[Vec<f64>]) -> Option<(String, f64)> {
    const PROGRAM: &str = "\
import json, statistics, sys, time, numpy, skcriteria\n\
from skcriteria.agg.topsis import TOPSIS\n\
from skcriteria.preprocessing.scalers import VectorScaler\n\
rows = numpy.array(json.load(sys.stdin))\n\
matrix = skcriteria.mkdm(rows, [max] * 8, weights=[1 / 8] * 8)\n\
def run():\n    began = time.perf_counter()\n    TOPSIS().evaluate(VectorScaler(target='matrix').transform(matrix))\n    \
return (time.perf_counter() - began) * 1e3\n\
print('.'.join(skcriteria.__version__), statistics.median(run() for _ in range(11)))\n";
    peer("scikit-criteria", PROGRAM, &serde_json::json!(rows))
}

/// The version of numpy, and what the same analysis takes with it on one thread, in milliseconds: triangular scores,
/// uniform weights, the share of each place and the central weights; pairs of items are not counted.
fn numpy() -> Option<(String, f64)> {
    const PROGRAM: &str = "\
import os, statistics, sys, time\n\
for name in ('OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS'): os.environ[name] = '1'\n\
import numpy\n\
draws, items, criteria = 10000, 200, 8\n\
random = numpy.random.default_rng(1)\n\
likely = random.random((items, criteria))\n\
def run():\n    began = time.perf_counter()\n    \
weights = random.standard_exponential((draws, criteria))\n    \
weights /= weights.sum(axis=1, keepdims=True)\n    \
scores = numpy.clip(random.triangular(likely - 0.08, likely, likely + 0.08, (draws, items, criteria)), 0, 1)\n    \
totals = numpy.einsum('dic,dc->di', scores, weights)\n    \
order = numpy.argsort(-totals, axis=1)\n    \
shares = numpy.bincount((order * items + numpy.arange(items)).ravel(), minlength=items * items)\n    \
central = numpy.zeros((items, criteria))\n    \
numpy.add.at(central, order[:, 0], weights)\n    \
return (time.perf_counter() - began) * 1e3\n\
print(numpy.__version__, statistics.median(run() for _ in range(5)))\n";
    peer("numpy", PROGRAM, &serde_json::Value::Null)
}

/// The version of a peer, and the time that a program in the interpreter BENCH_PYTHON names prints, given an input.
fn peer(name: &str, program: &str, input: &serde_json::Value) -> Option<(String, f64)> {
    let python = setting("BENCH_PYTHON").unwrap_or_else(|| "python3".to_owned());
    let file = tempfile::NamedTempFile::new().ok()?;
    serde_json::to_writer(&file, input).ok()?;
    let done = Command::new(python).args(["-c", program]).stdin(file.reopen().ok()?).output().ok()?;
    let said = String::from_utf8(done.stdout).ok()?;
    let (version, time) = said.trim().split_once(' ')?;
    Some((format!("{name} {version}"), time.parse().ok()?))
}

/// How long each of several runs takes, in this unit.
pub fn times(unit: Duration, mut run: impl FnMut(usize)) -> Vec<f64> {
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
    Signal { sequence: seed, respondents: 9, themes, ..Signal::default() }
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
        links: BTreeMap::from([(theme(n), 600.into()), (theme(n + 7), 300.into())]),
        ..Item::default()
    };
    let organisation =
        |n: i64| Organisation { display_name: format!("O{n}"), population: n, ..Default::default() };
    let approved = |n: i64| Theme { title: format!("T{n}"), state: ThemeState::Approved, ..Theme::default() };
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
