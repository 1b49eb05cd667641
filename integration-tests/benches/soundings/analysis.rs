//! Questions to a ranking: the best selection of 200 items under three limits with 100 dependencies, and the ranking
//! without each of 32 organisations.
use std::{collections::BTreeMap, hint::black_box, process::Command, time::Duration};

use anyhow::{Context, ensure};
use serde_json::{Value, json};
use soundings_portfolio_domain::{
    Criterion, Inputs, Item, Kind, ONE, Organisation, Portfolio, Ranking, Score, Signal, Theme, ThemeState,
    influence::{Line, influences},
    rank,
    select::{Limits, select},
};

use crate::{
    rank::times,
    report::{Figure, Report, setting},
};

const ITEMS: u64 = 200;
const ORGANISATIONS: u64 = 32;
const THEMES: u64 = 20;
const DEPENDENCIES: u64 = 100;
/// Different problems that are solved, as one may be easy by chance.
const PROBLEMS: u64 = 8;

/// Measures both.
pub fn measure(report: &mut Report) -> anyhow::Result<()> {
    if report.wants("rank.influence_ms") {
        let (inputs, _) = problem(1);
        let ranking = rank(&inputs, Kind::Official);
        let runs = times(Duration::from_millis(1), |_| {
            drop(black_box(influences(&inputs, &ranking, Line::Count(20))));
        });
        let note = "without each of 32 organisations: 200 items × 4 criteria, places, τ_b and the line";
        report.write(Figure::of("rank.influence_ms", "ms", &runs).noting(note))?;
    }
    if report.wants("rank.select_ms") {
        selection(report)?;
    }
    Ok(())
}

fn selection(report: &mut Report) -> anyhow::Result<()> {
    let (mut ours, mut theirs, mut peer) = (Vec::new(), Vec::new(), None);
    for seed in 1..=PROBLEMS {
        let (inputs, limits) = problem(seed);
        let ranking = rank(&inputs, Kind::Official);
        let found = select(&inputs, &ranking, &limits)?;
        ensure!(found.proven, "the selection of problem {seed} was cut short");
        let runs = times(Duration::from_millis(1), |_| drop(black_box(select(&inputs, &ranking, &limits))));
        ours.push(runs.into_iter().fold(f64::INFINITY, f64::min));
        if let Some((version, time, value)) = milp(&inputs, &ranking, &limits)? {
            let own = found.worth as f64 / ONE as f64 / 1000.0;
            ensure!((own - value).abs() < 1e-4, "problem {seed}: {own}, and by scipy {value}");
            theirs.push(time);
            peer = Some(version);
        }
    }
    let note =
        "200 items, budget, effort and a resource, 100 dependencies; over 8 problems, the best run of each";
    let figure = Figure::of("rank.select_ms", "ms", &ours);
    let theirs = crate::report::sorted(&theirs);
    report.write(match peer {
        Some(version) => figure.noting(note).against_time(crate::report::median(&theirs), &version),
        None => figure.noting(format!("{note}; no scipy in the interpreter that BENCH_PYTHON names")),
    })
}

/// The version of scipy, what its `milp` (HiGHS) takes for the same problem without a gap, in milliseconds, and the best
/// worth that it finds, in thousands; None where there is no scipy.
fn milp(inputs: &Inputs, ranking: &Ranking, limits: &Limits) -> anyhow::Result<Option<(String, f64, f64)>> {
    const PROGRAM: &str = "\
import json, sys, time\n\
try:\n    import numpy, scipy, scipy.optimize as o\n\
except ImportError: sys.exit()\n\
p = json.load(sys.stdin)\n\
n = len(p['worth'])\n\
rows, most = list(p['takes']), list(p['limits'])\n\
for item, needed in p['needs']:\n    row = [0] * n\n    row[item], row[needed] = 1, -1\n    \
rows.append(row)\n    most.append(0)\n\
a = o.LinearConstraint(numpy.array(rows, dtype=float), ub=numpy.array(most, dtype=float))\n\
began = time.perf_counter()\n\
r = o.milp(-numpy.array(p['worth']), constraints=a, integrality=numpy.ones(n), bounds=o.Bounds(0, 1), \
options={'mip_rel_gap': 0})\n\
print(scipy.__version__, (time.perf_counter() - began) * 1e3, -r.fun)\n";
    let place: BTreeMap<&str, usize> = inputs.items.keys().map(String::as_str).zip(0..).collect();
    let worth = |id: &String| ranking.item(id).map_or(0.0, |item| item.worth as f64 / ONE as f64 / 1000.0);
    let column = |of: &dyn Fn(&Item) -> i64| inputs.items.values().map(of).collect::<Vec<_>>();
    let needs: Vec<(usize, usize)> = inputs
        .items
        .iter()
        .flat_map(|(id, item)| item.depends_on.iter().map(|on| (place[id.as_str()], place[on.as_str()])))
        .collect();
    let problem: Value = json!({
        "worth": inputs.items.keys().map(worth).collect::<Vec<_>>(),
        "takes": [column(&|i| i.cost_gbp), column(&|i| i.effort_centimonths), column(&|i| i.needs["R"])],
        "limits": [limits.budget_gbp, limits.effort_centimonths, limits.resources.get("R").copied()],
        "needs": needs,
    });
    let file = tempfile::NamedTempFile::new()?;
    serde_json::to_writer(&file, &problem)?;
    let python = setting("BENCH_PYTHON").unwrap_or_else(|| "python3".to_owned());
    let Ok(done) = Command::new(python).args(["-c", PROGRAM]).stdin(file.reopen()?).output() else {
        return Ok(None);
    };
    let said = String::from_utf8(done.stdout)?;
    let parts: Vec<&str> = said.split_whitespace().collect();
    let [version, time, value] = parts[..] else { return Ok(None) };
    let number = |text: &str| text.parse::<f64>().with_context(|| format!("scipy said {said}"));
    Ok(Some((format!("scipy {version} milp"), number(time)?, number(value)?)))
}

/// A model of which no item is better than another in every way by much, each limit a third of what all would take.
fn problem(seed: u64) -> (Inputs, Limits) {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mut next = |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below).cast_signed()
    };
    let theme = |n: i64| format!("codebooks/c/themes/T{}", n.unsigned_abs() % THEMES);
    let mut items = BTreeMap::new();
    for at in 0..ITEMS {
        let mut score = |id: &str| (id.to_owned(), Score::exactly((20 + next(81)) * ONE + next(1_000_000)));
        let scores = ["C1", "C2", "C3"].map(&mut score).into();
        let item = Item {
            portfolio: "P".into(),
            title: "an item".into(),
            cost_gbp: 1_000 * (20 + next(480)),
            effort_centimonths: 100 + 50 * next(60),
            needs: BTreeMap::from([("R".into(), 100 * next(20))]),
            scores,
            links: BTreeMap::from([
                (theme(at.cast_signed()), 600.into()),
                (theme(at.cast_signed() + 7), 300.into()),
            ]),
            ..Item::default()
        };
        items.insert(format!("I{at:03}"), item);
    }
    for _ in 0..DEPENDENCIES {
        let at = 1 + next(ITEMS - 1);
        let on = next(at.unsigned_abs());
        if let Some(item) = items.get_mut(&format!("I{at:03}")) {
            item.depends_on.insert(format!("I{on:03}"));
        }
    }
    let third = |of: &dyn Fn(&Item) -> i64| items.values().map(of).sum::<i64>() / 3;
    let limits = Limits {
        budget_gbp: Some(third(&|item| item.cost_gbp)),
        effort_centimonths: Some(third(&|item| item.effort_centimonths)),
        resources: BTreeMap::from([("R".into(), third(&|item| item.needs["R"]))]),
    };
    let criterion = |title: &str| Criterion { title: title.into(), ..Criterion::default() };
    let mut criteria: BTreeMap<String, Criterion> =
        ["C1", "C2", "C3"].map(|id| (id.to_owned(), criterion(id))).into();
    criteria.insert("demand".into(), Criterion { highest: ONE, is_demand: true, ..criterion("demand") });
    let signal = |seed: i64| Signal {
        sequence: 1,
        respondents: 9,
        themes: (0..THEMES.cast_signed()).map(|n| (theme(n), (seed * 7 + n * 3) % 9)).collect(),
        ..Signal::default()
    };
    let organisation = Organisation { display_name: "an organisation".into(), ..Default::default() };
    let named = |n: u64| format!("O{n:02}");
    let approved = Theme { title: "a theme".into(), state: ThemeState::Approved, ..Theme::default() };
    let inputs = Inputs {
        portfolios: BTreeMap::from([("P".into(), Portfolio { title: "P".into() })]),
        criteria,
        items,
        organisations: (0..ORGANISATIONS).map(|n| (named(n), organisation.clone())).collect(),
        themes: (0..THEMES.cast_signed()).map(|n| (theme(n), approved.clone())).collect(),
        signals: BTreeMap::from([(
            "c".into(),
            (0..ORGANISATIONS).map(|n| (named(n), signal(n.cast_signed()))).collect(),
        )]),
        ..Inputs::default()
    };
    (inputs, limits)
}
