//! Draws, and what is counted of them.
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

use crate::smaa::{
    Acceptability, Count, Model, Outcome, Settings,
    model::{Column, clip},
    weights,
};

/// One item's whole mass in a draw. Level items share it, and weights are summed in it, so that sums stay whole.
const MASS: u64 = 1 << 40;

/// The random stream of a chunk.
pub(super) fn stream(seed: u64, chunk: u64) -> ChaCha8Rng {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let mut random = ChaCha8Rng::from_seed(bytes);
    random.set_stream(chunk);
    random
}

/// Draws a column's values; `words` is room for the random numbers, 4 bytes by item.
#[inline]
pub(super) fn draw_column(
    column: &Column,
    random: &mut ChaCha8Rng,
    words: &mut [u8],
    mut take: impl FnMut(usize, f32),
) {
    if !column.drawn {
        return column.low.iter().enumerate().for_each(|(at, value)| take(at, *value));
    }
    random.fill_bytes(words);
    let cells = column.low.iter().zip(&column.rise).zip(&column.fall).zip(words.chunks_exact(4));
    let cells = cells.map(|(((low, rise), fall), word)| {
        let word = u32::from_le_bytes([word[0], word[1], word[2], word[3]]);
        let (one, other) = ((word & 0xffff) as i32 as f32, (word >> 16) as i32 as f32);
        let (greater, lesser) = if one > other { (one, other) } else { (other, one) };
        low + rise * greater + fall * lesser
    });
    if column.curve.is_empty() {
        cells.enumerate().for_each(|(at, drawn)| take(at, clip(drawn)));
    } else {
        cells.enumerate().for_each(|(at, drawn)| take(at, column.value(drawn)));
    }
}

/// What was counted over some draws.
pub(super) struct Counts {
    items: usize,
    /// By item and place, how often it took it alone.
    alone: Vec<u32>,
    /// By item and place, mass of the places it shared.
    shared: Vec<u64>,
    /// By item and item further on, how often its place was before; level items stand in their order here.
    before: Vec<u32>,
    /// The same, of this chunk.
    lately: Vec<u16>,
    /// By item and item further on, how often they were level.
    level: Vec<u32>,
    /// By item and criterion, the weights that put it first, in mass.
    central: Vec<u64>,
    /// Room for a draw.
    room: Room,
}

struct Room {
    words: Vec<u8>,
    totals: Vec<f32>,
    keys: Vec<u64>,
    places: Vec<u16>,
    weights: Vec<f64>,
}

impl Counts {
    pub(super) fn new(model: &Model) -> Self {
        let (items, criteria) = (model.items.len(), model.weights.len());
        let squared = items * items;
        Counts {
            items,
            alone: vec![0; squared],
            shared: vec![0; squared],
            before: vec![0; squared],
            lately: vec![0; squared],
            level: vec![0; squared],
            central: vec![0; items * criteria],
            room: Room {
                words: vec![0; 4 * items],
                totals: vec![0.0; items],
                keys: Vec::with_capacity(items),
                places: vec![0; items],
                weights: vec![0.0; criteria],
            },
        }
    }

    /// Draws a chunk.
    pub(super) fn draw(&mut self, model: &Model, settings: &Settings, chunk: u64, draws: u32) {
        let mut random = stream(settings.seed, chunk);
        for _ in 0..draws {
            weights::draw(&mut random, settings.weights, &model.weights, &mut self.room.weights);
            self.room.order(model, &mut random);
            self.count_places();
            self.count_pairs();
        }
        self.before.iter_mut().zip(&mut self.lately).for_each(|(before, lately)| {
            *before += u32::from(std::mem::take(lately));
        });
    }

    fn count_places(&mut self) {
        let (items, criteria) = (self.items, self.room.weights.len());
        let mut first = 0;
        for level in self.room.keys.chunk_by(|a, b| a >> 32 == b >> 32) {
            if let [key] = level {
                self.alone[item(key) * items + first] += 1;
            } else {
                share(items, first, level, &mut self.shared, &mut self.level);
            }
            level.iter().zip(first..).for_each(|(key, place)| self.room.places[item(key)] = place as u16);
            if first == 0 {
                let share = MASS as f64 / level.len() as f64;
                for key in level {
                    let central = &mut self.central[item(key) * criteria..][..criteria];
                    let sums = central.iter_mut().zip(&self.room.weights);
                    sums.for_each(|(sum, weight)| *sum += (weight * share) as u64);
                }
            }
            first += level.len();
        }
    }

    fn count_pairs(&mut self) {
        let places = &self.room.places;
        for (at, row) in self.lately.chunks_exact_mut(self.items.max(1)).enumerate() {
            let own = places[at];
            for (count, place) in row[at + 1..].iter_mut().zip(&places[at + 1..]) {
                // Places are few enough to be compared with their signs.
                *count += u16::from((own as i16) < *place as i16);
            }
        }
    }

    pub(super) fn outcome(&self, model: &Model, draws: u32) -> Outcome {
        let (items, criteria, all) = (self.items, self.room.weights.len(), f64::from(draws));
        let mass =
            |cell: usize| u128::from(self.alone[cell]) * u128::from(MASS) + u128::from(self.shared[cell]);
        let of = |at: usize| {
            let ranks: Vec<f64> =
                (0..items).map(|place| mass(at * items + place) as f64 / (MASS as f64 * all)).collect();
            let places: u128 = (0..items).map(|place| mass(at * items + place) * (place as u128 + 1)).sum();
            let central = &self.central[at * criteria..][..criteria];
            let total: u128 = central.iter().map(|sum| u128::from(*sum)).sum();
            Acceptability {
                item: model.items[at].clone(),
                ranks,
                expected_rank: places as f64 / (MASS as f64 * all),
                central_weights: (total > 0)
                    .then(|| central.iter().map(|sum| *sum as f64 / total as f64).collect()),
            }
        };
        let above = |one: usize, other: usize| {
            let cell = one.min(other) * items + one.max(other);
            let halves = 2 * u64::from(self.before[cell]) - u64::from(self.level[cell]);
            let over = halves as f64 / (2.0 * all);
            if one == other {
                0.5
            } else if one < other {
                over
            } else {
                1.0 - over
            }
        };
        Outcome {
            items: (0..items).map(of).collect(),
            pairwise: (0..items).map(|one| (0..items).map(|other| above(one, other)).collect()).collect(),
            draws,
        }
    }
}

/// The item of a key.
fn item(key: &u64) -> usize {
    (key & 0xffff_ffff) as usize
}

/// Splits the mass of each of level items over the places they take together, from `first`; what does not divide goes
/// round, so that each item and each place still has its whole mass. Counts each pair as level.
fn share(items: usize, first: usize, level: &[u64], shared: &mut [u64], pairs: &mut [u32]) {
    let many = level.len();
    let (part, rest) = (MASS / many as u64, (MASS % many as u64) as usize);
    for (nth, key) in level.iter().enumerate() {
        for place in 0..many {
            shared[item(key) * items + first + place] += part + u64::from((nth + place) % many < rest);
        }
        // Keys of level items rise with the item.
        for other in &level[nth + 1..] {
            pairs[item(key) * items + item(other)] += 1;
        }
    }
}

impl Room {
    /// Draws every value and orders the items: the key is the turned-over bits of the total, then the item.
    fn order(&mut self, model: &Model, random: &mut ChaCha8Rng) {
        self.totals.fill(0.0);
        for (column, weight) in model.columns.iter().zip(&self.weights) {
            let (weight, totals) = (*weight as f32, &mut self.totals);
            draw_column(column, random, &mut self.words, |at, value| totals[at] += weight * value);
        }
        self.keys.clear();
        let keyed = self.totals.iter().zip(0_u64..);
        self.keys.extend(keyed.map(|(total, at)| u64::from(!total.to_bits()) << 32 | at));
        self.keys.sort_unstable();
    }
}

impl Count for Counts {
    fn add(&mut self, other: Self) {
        fn add<N: std::ops::AddAssign + Copy>(to: &mut [N], from: &[N]) {
            to.iter_mut().zip(from).for_each(|(to, from)| *to += *from);
        }
        add(&mut self.alone, &other.alone);
        add(&mut self.shared, &other.shared);
        add(&mut self.before, &other.before);
        add(&mut self.level, &other.level);
        add(&mut self.central, &other.central);
    }
}
