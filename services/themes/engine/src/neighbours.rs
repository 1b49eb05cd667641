//! The nearest neighbours of every vector by cosine, exactly.
//!
//! Coordinates are rounded to 1/4000. Sums of products of such whole numbers stay below 2²⁴, where `f32` is exact, so a
//! blocked matrix product gives the same bytes on every processor and with any number of threads. Each pair of blocks
//! is multiplied once and read both ways.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use ndarray::{Array2, ArrayView2, linalg::general_mat_mul, s};

use crate::watch::{Step, Stopped, Watch};

/// Steps in a coordinate from 0 to 1; its square is below 2²⁴.
const SCALE: f32 = 4_000.0;
/// Vectors in a block: two blocks of 256 dimensions and their product are 2 MB.
const BLOCK: usize = 512;

/// The nearest others of one vector, nearest first: index and similarity. Never itself, none at or below 0.
pub type Nearest = Vec<(u32, f32)>;

/// The `count` nearest others of each vector. Equally near ones go by index.
///
/// `vectors` are of one length, each of length 1 or 0, so that their inner product is the cosine; a zero vector has no
/// neighbour. Time grows with the square of their number.
///
/// # Errors
/// When the watch stops it.
pub fn neighbours(
    vectors: &[Vec<f32>],
    count: usize,
    threads: usize,
    watch: Watch<'_>,
) -> Result<Vec<Nearest>, Stopped> {
    let dimensions = vectors.first().map_or(0, Vec::len);
    if count == 0 || dimensions == 0 {
        return Ok(vec![Vec::new(); vectors.len()]);
    }
    let mut matrix = Array2::<f32>::zeros((vectors.len(), dimensions));
    for (mut row, vector) in matrix.rows_mut().into_iter().zip(vectors) {
        row.iter_mut().zip(vector).for_each(|(to, x)| *to = (x * SCALE).round());
    }
    let blocks = vectors.len().div_ceil(BLOCK);
    let threads = threads.clamp(1, blocks);
    let (done, all) = (AtomicUsize::new(0), blocks * (blocks + 1) / 2);
    let found: Vec<Lists> = thread::scope(|scope| {
        let run = |first: usize| {
            let (matrix, done) = (matrix.view(), &done);
            move || {
                let mut lists = Lists::new(matrix.nrows(), count);
                let mut product = Array2::<f32>::zeros((BLOCK, BLOCK));
                for a in (first..blocks).step_by(threads) {
                    for b in a..blocks {
                        if (watch.stopped)() {
                            return lists;
                        }
                        lists.read(matrix, (a * BLOCK, b * BLOCK), &mut product);
                        let done = done.fetch_add(1, Ordering::Relaxed) + 1;
                        (watch.progress)(Step::Neighbours, done as f64 / all as f64);
                    }
                }
                lists
            }
        };
        let others: Vec<_> = (1..threads).map(|first| scope.spawn(run(first))).collect();
        let mut found = vec![run(0)()];
        for other in others {
            match other.join() {
                Ok(lists) => found.push(lists),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        found
    });
    if (watch.stopped)() {
        return Err(Stopped);
    }
    Ok(merged(&found, vectors.len(), count))
}

/// The nearest so far of every vector, each `count` places long, in order.
struct Lists {
    count: usize,
    products: Vec<f32>,
    ids: Vec<u32>,
}

impl Lists {
    fn new(vectors: usize, count: usize) -> Self {
        Self { count, products: vec![0.0; vectors * count], ids: vec![u32::MAX; vectors * count] }
    }

    /// Multiplies two blocks and reads the product for the rows of both.
    fn read(&mut self, matrix: ArrayView2<'_, f32>, (a, b): (usize, usize), product: &mut Array2<f32>) {
        let (a_end, b_end) = ((a + BLOCK).min(matrix.nrows()), (b + BLOCK).min(matrix.nrows()));
        let mut product = product.slice_mut(s![..a_end - a, ..b_end - b]);
        general_mat_mul(
            1.0,
            &matrix.slice(s![a..a_end, ..]),
            &matrix.slice(s![b..b_end, ..]).t(),
            0.0,
            &mut product,
        );
        let last = self.count - 1;
        let mut lines: Vec<f32> = (b..b_end).map(|j| self.products[j * self.count + last]).collect();
        for (i, row) in (a..a_end).zip(product.rows()) {
            let Some(row) = row.to_slice() else { continue };
            let mut line = self.products[i * self.count + last];
            for ((j, value), below) in (b..b_end).zip(row).zip(&mut lines) {
                if *value >= line && i != j && *value > 0.0 {
                    self.put(i, j, *value);
                    line = self.products[i * self.count + last];
                }
                if a != b && *value >= *below && *value > 0.0 {
                    self.put(j, i, *value);
                    *below = self.products[j * self.count + last];
                }
            }
        }
    }

    fn put(&mut self, of: usize, id: usize, product: f32) {
        let places = of * self.count..(of + 1) * self.count;
        let (products, ids) = (&mut self.products[places.clone()], &mut self.ids[places]);
        let id = id as u32;
        let before = |p: f32, i: u32| p > product || (p == product && i < id);
        let at = products.iter().zip(ids.iter()).take_while(|(p, i)| before(**p, **i)).count();
        if at == self.count {
            return;
        }
        products[at..].rotate_right(1);
        ids[at..].rotate_right(1);
        (products[at], ids[at]) = (product, id);
    }
}

fn merged(found: &[Lists], vectors: usize, count: usize) -> Vec<Nearest> {
    let of = |vector: usize| {
        let places = vector * count..(vector + 1) * count;
        let mut all: Vec<(u32, f32)> = found
            .iter()
            .flat_map(|l| {
                l.ids[places.clone()].iter().copied().zip(l.products[places.clone()].iter().copied())
            })
            .filter(|(id, _)| *id != u32::MAX)
            .collect();
        all.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        all.truncate(count);
        all.into_iter().map(|(id, product)| (id, (product / (SCALE * SCALE)).min(1.0))).collect()
    };
    (0..vectors).map(of).collect()
}

#[cfg(test)]
mod tests;
