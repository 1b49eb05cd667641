//! Branch and bound, in depth, with every bound proven in integers.
//!
//! At each node the multipliers of the node above are tightened a little; what cannot reach the gain that is looked for is
//! cut, and an item whose other decision cannot is decided at once. First the greatest gain is found; then, with less and
//! less money, the cheapest set that reaches it; then, id by id, the first of those sets. No clock and no chance: the same
//! answer each time.
use super::{
    bound::{Multipliers, Open, Scale},
    model::Model,
    state::State,
};

/// Rounds of tightening at the first node, and at each other.
const ROUNDS: (usize, usize) = (800, 12);

/// What a search found.
pub(super) struct Solved {
    pub(super) chosen: Vec<usize>,
    /// Whether nothing gains more.
    pub(super) proven: bool,
    /// Whether nothing that gains as much is cheaper, or as cheap and earlier.
    pub(super) first_of_equals: bool,
    /// What nothing gains more than.
    pub(super) at_most: i128,
}

/// What is looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Goal {
    /// The greatest gain.
    Gain,
    /// The least money for the target.
    Cheapest,
    /// Any set that reaches the target.
    Any,
}

struct Search<'m, 'a> {
    model: &'m Model<'a>,
    scale: Scale,
    state: State<'m, 'a>,
    goal: Goal,
    /// Gain that is looked for.
    target: i128,
    /// How much money there is.
    money: i64,
    found: Option<Vec<usize>>,
    nodes: u64,
    most: u64,
    /// Scratch: items' places among the open ones.
    places: Vec<usize>,
}

/// The best set; `known` is one that is possible.
pub(super) fn solve(model: &Model<'_>, known: Option<Vec<usize>>, most: u64) -> Solved {
    let state = State::new(model);
    let open = Open::all(model, &state);
    let of = |chosen: &[usize]| chosen.iter().map(|at| model.gains[*at]).sum::<i128>();
    let mut search = Search {
        model,
        scale: Scale::new(model),
        target: known.as_deref().map_or(state.gain, of),
        state,
        goal: Goal::Gain,
        money: model.available[model.money],
        found: None,
        nodes: 0,
        most,
        places: vec![0; model.ids.len()],
    };
    let mut multipliers = Multipliers::none(model);
    search.begin(&open, &mut multipliers);
    let bound = multipliers.bound((model, &search.scale), (&search.state, &open), &mut search.places);
    let proven = search.all((&open, &multipliers), 0);
    let chosen = search.found.take().or(known).unwrap_or_else(|| search.state.chosen());
    let gain = of(&chosen);
    if !proven {
        let at_most = (bound.gain >> model.shift).max(gain);
        return Solved { chosen, proven, first_of_equals: false, at_most };
    }
    search.target = gain;
    let (chosen, cheapest) = search.cheapest(chosen, (&open, &mut multipliers));
    let (chosen, first) = search.first_of_equals(chosen, (&open, &multipliers));
    Solved { chosen, proven, first_of_equals: cheapest && first, at_most: gain }
}

impl<'m, 'a> Search<'m, 'a> {
    /// Looks at everything that is still possible; false when the search was cut short.
    fn all(&mut self, (open, multipliers): (&Open, &Multipliers), rounds: usize) -> bool {
        let mark = self.state.mark();
        self.node(open.clone(), multipliers.clone(), rounds);
        self.state.undo(mark);
        self.nodes < self.most
    }

    fn spend(&mut self, money: i64) {
        self.state.supply(self.model.money, money - self.money);
        self.money = money;
    }

    fn cost(&self, chosen: &[usize]) -> i64 {
        chosen.iter().map(|at| self.model.takes[*at][self.model.money]).sum()
    }

    /// Multipliers for the whole, and a first set from what they say is worth its price.
    fn begin(&mut self, open: &Open, multipliers: &mut Multipliers) {
        let mut best: Option<(i128, Vec<usize>)> = None;
        let mut greedy = State::new(self.model);
        let mark = greedy.mark();
        let about = (self.model, &self.scale);
        for target in [self.target; 2] {
            let target = best.as_ref().map_or(target, |(gain, _)| target.max(*gain));
            multipliers.tighten(about, (&self.state, open), target, ROUNDS.0 / 2, |reduced| {
                let mut order = open.items.clone();
                order.sort_by(|a, b| reduced[*b].total_cmp(&reduced[*a]));
                greedy.take_in_order(&order);
                if best.as_ref().is_none_or(|(gain, _)| *gain < greedy.gain) {
                    best = Some((greedy.gain, greedy.chosen()));
                }
                greedy.undo(mark);
            });
        }
        if let Some((gain, chosen)) = best.filter(|(gain, _)| *gain >= self.target) {
            self.target = gain + 1;
            self.found = Some(chosen);
        }
    }

    /// Whether the search is over.
    fn is_done(&self) -> bool {
        self.nodes >= self.most || (self.goal == Goal::Any && self.found.is_some())
    }

    /// Takes what is in as found, and asks for more from now on.
    fn find(&mut self) {
        let chosen = self.state.chosen();
        match self.goal {
            Goal::Gain => self.target = self.state.gain + 1,
            Goal::Cheapest => self.spend(self.cost(&chosen) - 1),
            Goal::Any => {}
        }
        self.found = Some(chosen);
    }

    fn node(&mut self, mut open: Open, mut multipliers: Multipliers, rounds: usize) {
        self.nodes += 1;
        if self.state.left.iter().any(|left| *left < 0) {
            return;
        }
        if self.state.gain >= self.target {
            self.find();
        }
        for at in &open.items {
            if self.state.is_in[*at].is_none() && !self.state.fits(*at) {
                self.state.decide(*at, false);
            }
        }
        open.keep(self.model, &self.state);
        if open.items.is_empty() || self.is_done() {
            return;
        }
        let about = (self.model, &self.scale);
        multipliers.tighten(about, (&self.state, &open), self.target, rounds, |_| {});
        let mut bound = multipliers.bound(about, (&self.state, &open), &mut self.places);
        let needed = self.target << self.model.shift;
        if bound.gain < needed {
            return;
        }
        // What an item's other decision leaves is below the target: it is decided.
        let spare = bound.gain - needed;
        let sure = bound.reduced.iter().filter(|(_, reduced)| reduced.abs() > spare);
        let sure: Vec<(usize, bool)> = sure.map(|(at, reduced)| (*at, *reduced > 0)).collect();
        for (at, is_in) in &sure {
            if !self.state.decide(*at, *is_in) {
                return;
            }
        }
        if !sure.is_empty() {
            return self.node(open, multipliers, ROUNDS.1);
        }
        bound.reduced.sort_unstable_by_key(|(at, reduced)| (reduced.abs(), *at));
        let Some((at, reduced)) = bound.reduced.first().copied() else { return };
        let first = reduced > 0;
        for is_in in [first, !first] {
            let mark = self.state.mark();
            if self.state.decide(at, is_in) {
                self.node(open.clone(), multipliers.clone(), ROUNDS.1);
            }
            self.state.undo(mark);
            if self.is_done() {
                return;
            }
        }
    }

    /// The cheapest set that reaches the target, of which one is known.
    fn cheapest(
        &mut self,
        chosen: Vec<usize>,
        (open, multipliers): (&Open, &mut Multipliers),
    ) -> (Vec<usize>, bool) {
        self.goal = Goal::Cheapest;
        self.most += self.nodes;
        self.spend(self.cost(&chosen) - 1);
        let about = (self.model, &self.scale);
        multipliers.tighten(about, (&self.state, open), self.target, ROUNDS.0 / 2, |_| {});
        let all = self.all((open, multipliers), 0);
        let chosen = self.found.take().unwrap_or(chosen);
        self.spend(self.cost(&chosen));
        (chosen, all)
    }

    /// Among sets that reach the target for this money, the first in the order of ids; one is known.
    fn first_of_equals(
        &mut self,
        mut chosen: Vec<usize>,
        about: (&Open, &Multipliers),
    ) -> (Vec<usize>, bool) {
        self.goal = Goal::Any;
        self.most += self.nodes;
        for at in 0..self.model.ids.len() {
            if self.state.is_in[at].is_some() {
                continue;
            }
            let so_far = self.state.chosen();
            if self.state.gain == self.target && so_far.iter().all(|before| *before < at) {
                return (so_far, true);
            }
            let mark = self.state.mark();
            let known = chosen.binary_search(&at).is_ok();
            if self.state.decide(at, true) && (known || self.has_one(&mut chosen, about)) {
                continue;
            }
            if self.nodes >= self.most {
                return (chosen, false);
            }
            self.state.undo(mark);
            self.state.decide(at, false);
        }
        (self.state.chosen(), true)
    }

    /// Whether a set that reaches the target follows from what is decided; puts it in the place of the known one.
    fn has_one(&mut self, chosen: &mut Vec<usize>, about: (&Open, &Multipliers)) -> bool {
        self.found = None;
        self.all(about, ROUNDS.1);
        match self.found.take() {
            Some(found) => *chosen = found,
            None => return false,
        }
        true
    }
}
