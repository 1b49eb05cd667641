//! What a search has decided so far, with what follows from it; every step can be undone.
use super::model::Model;

/// Decisions, and what they leave.
pub(super) struct State<'m, 'a> {
    model: &'m Model<'a>,
    /// None: open.
    pub(super) is_in: Vec<Option<bool>>,
    /// What is left of each limit.
    pub(super) left: Vec<i64>,
    /// Gain of all that is in.
    pub(super) gain: i128,
    trail: Vec<usize>,
}

impl<'m, 'a> State<'m, 'a> {
    /// What is decided from the beginning, and what follows. Required work fits: the model refused it otherwise.
    pub(super) fn new(model: &'m Model<'a>) -> Self {
        let mut state = State {
            model,
            is_in: vec![None; model.ids.len()],
            left: model.available.clone(),
            gain: 0,
            trail: Vec::new(),
        };
        for (at, fixed) in model.fixed.iter().enumerate() {
            if let Some(is_in) = fixed {
                state.decide(at, *is_in);
            }
        }
        state
    }

    /// Where to come back to.
    pub(super) fn mark(&self) -> usize {
        self.trail.len()
    }

    /// Takes back all that was decided since the mark.
    pub(super) fn undo(&mut self, mark: usize) {
        for at in self.trail.drain(mark..) {
            if self.is_in[at] == Some(true) {
                self.gain -= self.model.gains[at];
                for (left, takes) in self.left.iter_mut().zip(&self.model.takes[at]) {
                    *left += takes;
                }
            }
            self.is_in[at] = None;
        }
    }

    /// Decides an item and all that follows; false when that cannot be, and then it must be undone.
    pub(super) fn decide(&mut self, at: usize, is_in: bool) -> bool {
        let mut open = vec![(at, is_in)];
        while let Some((at, is_in)) = open.pop() {
            match self.is_in[at] {
                Some(known) if known == is_in => continue,
                Some(_) => return false,
                None => {}
            }
            self.is_in[at] = Some(is_in);
            self.trail.push(at);
            if !is_in {
                open.extend(self.model.drops[at].iter().map(|other| (*other, false)));
                continue;
            }
            self.gain += self.model.gains[at];
            let mut fits = true;
            for (left, takes) in self.left.iter_mut().zip(&self.model.takes[at]) {
                *left -= takes;
                fits &= *left >= 0;
            }
            if !fits {
                return false;
            }
            open.extend(self.model.pulls[at].iter().map(|other| (*other, true)));
            open.extend(self.model.bars[at].iter().map(|other| (*other, false)));
        }
        true
    }

    /// From now on there is so much more of a limit, or less.
    pub(super) fn supply(&mut self, limit: usize, more: i64) {
        self.left[limit] += more;
    }

    /// Whether an item by itself fits into what is left.
    pub(super) fn fits(&self, at: usize) -> bool {
        self.model.takes[at].iter().zip(&self.left).all(|(takes, left)| takes <= left)
    }

    /// Takes each open item in this order, with all that it pulls in, where everything fits.
    pub(super) fn take_in_order(&mut self, order: &[usize]) {
        for at in order {
            let mark = self.mark();
            if self.is_in[*at].is_none() && !self.decide(*at, true) {
                self.undo(mark);
            }
        }
    }

    /// What is in, in order.
    pub(super) fn chosen(&self) -> Vec<usize> {
        (0..self.is_in.len()).filter(|at| self.is_in[*at] == Some(true)).collect()
    }
}
