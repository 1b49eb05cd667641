//! What no completion of a decided part can gain more than.
//!
//! Lagrange: with any multipliers of 0 or more on the limits, the dependencies and the exclusions,
//! gain of what is in + Σ λ·left + Σ ν + Σ over open items of max(0, gain - λ·takes ± μ - ν) is such a bound, and at the
//! best multipliers it is that of the linear relaxation (Geoffrion 1974). Floating point only looks for good multipliers
//! (subgradients with Polyak's step); the bound itself is worked out in integers, so that rounding can make it weaker and
//! never wrong.
use super::{model::Model, state::State};

/// Prices of what is scarce.
#[derive(Clone)]
pub(super) struct Multipliers {
    limits: Vec<f64>,
    needs: Vec<f64>,
    excludes: Vec<f64>,
}

/// What is open in a part of the search.
#[derive(Clone)]
pub(super) struct Open {
    pub(super) items: Vec<usize>,
    needs: Vec<usize>,
    excludes: Vec<usize>,
}

/// A bound, with what each open item adds to it (taken where that is above 0), in gains shifted.
pub(super) struct Bound {
    pub(super) gain: i128,
    pub(super) reduced: Vec<(usize, i128)>,
}

/// The model in floating point, each limit in multiples of what an item takes of it on average.
pub(super) struct Scale {
    unit: f64,
    rows: Vec<f64>,
    gains: Vec<f64>,
    takes: Vec<Vec<f64>>,
    /// Largest useful multiplier of each limit, and of relations.
    most: Vec<f64>,
    most_of_relations: f64,
}

impl Scale {
    pub(super) fn new(model: &Model<'_>) -> Self {
        let unit = model.gains.iter().map(|gain| gain.unsigned_abs()).max().unwrap_or(0).max(1) as f64;
        let gains: Vec<f64> = model.gains.iter().map(|gain| *gain as f64 / unit).collect();
        let total: f64 = gains.iter().map(|gain| gain.abs()).sum();
        let count = model.ids.len().max(1) as f64;
        let of = |k: usize| model.takes.iter().map(|takes| takes[k] as f64).sum::<f64>() / count;
        let rows: Vec<f64> = (0..model.available.len()).map(|k| of(k).max(1.0)).collect();
        let scaled = |takes: &Vec<i64>| takes.iter().zip(&rows).map(|(t, row)| *t as f64 / row).collect();
        let takes = model.takes.iter().map(scaled).collect();
        let most =
            model.available.iter().zip(&rows).map(|(most, row)| total * row / (*most as f64).max(1.0) * 4.0);
        Scale { unit, gains, takes, most: most.collect(), most_of_relations: total, rows }
    }
}

impl Multipliers {
    pub(super) fn none(model: &Model<'_>) -> Self {
        Multipliers {
            limits: vec![0.0; model.available.len()],
            needs: vec![0.0; model.needs.len()],
            excludes: vec![0.0; model.excludes.len()],
        }
    }

    /// Makes the bound smaller, in so many rounds, or until it says that nothing reaches the target. `seen` is shown the
    /// reduced gains of every item now and then.
    pub(super) fn tighten(
        &mut self,
        (model, scale): (&Model<'_>, &Scale),
        (state, open): (&State<'_, '_>, &Open),
        target: i128,
        rounds: usize,
        mut seen: impl FnMut(&[f64]),
    ) {
        let target = target as f64 / scale.unit;
        let gained = state.gain as f64 / scale.unit;
        let left: Vec<f64> = state.left.iter().zip(&scale.rows).map(|(l, row)| *l as f64 / row).collect();
        let mut reduced = vec![0.0; scale.gains.len()];
        let mut best = (f64::INFINITY, self.clone());
        let (mut pace, mut stalled) = (1.0, 0);
        for round in 0..rounds {
            self.reduce(model, scale, open, &mut reduced);
            let prices: f64 = self.limits.iter().zip(&left).map(|(price, left)| price * left).sum();
            let excluded: f64 = open.excludes.iter().map(|at| self.excludes[*at]).sum();
            let taken: f64 = open.items.iter().map(|at| reduced[*at].max(0.0)).sum();
            let bound = gained + prices + excluded + taken;
            if round % 20 == 0 {
                seen(&reduced);
            }
            if bound < best.0 - 1e-9 {
                best = (bound, self.clone());
                stalled = 0;
            } else {
                stalled += 1;
                if stalled % 5 == 0 {
                    pace *= 0.6;
                }
            }
            let over = bound - target;
            if over < -1e-9 * target.abs() {
                break;
            }
            self.step(model, scale, open, (&reduced, &left), pace * over.max(1e-9));
        }
        *self = best.1;
    }

    /// What each open item adds to the bound, without the clipping at 0.
    fn reduce(&self, model: &Model<'_>, scale: &Scale, open: &Open, reduced: &mut [f64]) {
        for at in &open.items {
            let price: f64 = scale.takes[*at].iter().zip(&self.limits).map(|(t, price)| t * price).sum();
            reduced[*at] = scale.gains[*at] - price;
        }
        for edge in &open.needs {
            let (item, needed) = model.needs[*edge];
            reduced[item] -= self.needs[*edge];
            reduced[needed] += self.needs[*edge];
        }
        for pair in &open.excludes {
            let (one, other) = model.excludes[*pair];
            reduced[one] -= self.excludes[*pair];
            reduced[other] -= self.excludes[*pair];
        }
    }

    /// A step against the subgradient, of such a length that the bound would fall by `fall` if it were straight.
    fn step(
        &mut self,
        model: &Model<'_>,
        scale: &Scale,
        open: &Open,
        (reduced, left): (&[f64], &[f64]),
        fall: f64,
    ) {
        let taken = |at: usize| f64::from(u8::from(reduced[at] > 0.0));
        let mut slack = left.to_vec();
        for at in open.items.iter().filter(|at| reduced[**at] > 0.0) {
            slack.iter_mut().zip(&scale.takes[*at]).for_each(|(slack, takes)| *slack -= takes);
        }
        // Where a multiplier is 0 and would fall, nothing moves: it is no part of the direction.
        let moves = |price: f64, slope: f64| price > 0.0 || slope < 0.0;
        let mut length = 0.0;
        for (price, slack) in self.limits.iter().zip(&slack) {
            length += if moves(*price, *slack) { slack * slack } else { 0.0 };
        }
        let need = |edge: &usize| taken(model.needs[*edge].1) - taken(model.needs[*edge].0);
        let exclude = |pair: &usize| 1.0 - taken(model.excludes[*pair].0) - taken(model.excludes[*pair].1);
        for edge in &open.needs {
            length += if moves(self.needs[*edge], need(edge)) { need(edge).abs() } else { 0.0 };
        }
        for pair in &open.excludes {
            length += if moves(self.excludes[*pair], exclude(pair)) { exclude(pair).abs() } else { 0.0 };
        }
        if length <= 0.0 {
            return;
        }
        let step = fall / length;
        for ((price, slack), most) in self.limits.iter_mut().zip(&slack).zip(&scale.most) {
            *price = (*price - step * slack).clamp(0.0, *most);
        }
        for edge in &open.needs {
            let price = &mut self.needs[*edge];
            *price = (*price - step * need(edge)).clamp(0.0, scale.most_of_relations);
        }
        for pair in &open.excludes {
            let price = &mut self.excludes[*pair];
            *price = (*price - step * exclude(pair)).clamp(0.0, scale.most_of_relations);
        }
    }

    /// The bound, exact.
    pub(super) fn bound(
        &self,
        (model, scale): (&Model<'_>, &Scale),
        (state, open): (&State<'_, '_>, &Open),
        places: &mut [usize],
    ) -> Bound {
        let whole =
            |price: f64, row: f64| (price * scale.unit / row * 2_f64.powi(model.shift.cast_signed())) as i128;
        let limits: Vec<i128> = self.limits.iter().zip(&scale.rows).map(|(p, row)| whole(*p, *row)).collect();
        let mut reduced = Vec::with_capacity(open.items.len());
        for (place, at) in open.items.iter().enumerate() {
            let price: i128 = limits.iter().zip(&model.takes[*at]).map(|(p, t)| p * i128::from(*t)).sum();
            places[*at] = place;
            reduced.push((*at, (model.gains[*at] << model.shift) - price));
        }
        let mut gain = state.gain << model.shift;
        gain += limits.iter().zip(&state.left).map(|(p, left)| p * i128::from(*left)).sum::<i128>();
        for edge in &open.needs {
            let (item, needed) = model.needs[*edge];
            let price = whole(self.needs[*edge], 1.0);
            reduced[places[item]].1 -= price;
            reduced[places[needed]].1 += price;
        }
        for pair in &open.excludes {
            let (one, other) = model.excludes[*pair];
            let price = whole(self.excludes[*pair], 1.0);
            reduced[places[one]].1 -= price;
            reduced[places[other]].1 -= price;
            gain += price;
        }
        gain += reduced.iter().map(|(_, reduced)| (*reduced).max(0)).sum::<i128>();
        Bound { gain, reduced }
    }
}

impl Open {
    pub(super) fn all(model: &Model<'_>, state: &State<'_, '_>) -> Self {
        let items = (0..model.ids.len()).collect();
        let mut open = Open {
            items,
            needs: (0..model.needs.len()).collect(),
            excludes: (0..model.excludes.len()).collect(),
        };
        open.keep(model, state);
        open
    }

    /// Drops what is decided by now. A relation with a decided end says nothing any more: what follows was decided too.
    pub(super) fn keep(&mut self, model: &Model<'_>, state: &State<'_, '_>) {
        let is_open = |at: usize| state.is_in[at].is_none();
        self.items.retain(|at| is_open(*at));
        let both = |(one, other): (usize, usize)| is_open(one) && is_open(other);
        self.needs.retain(|edge| both(model.needs[*edge]));
        self.excludes.retain(|pair| both(model.excludes[*pair]));
    }
}
