//! How far two groupings of the same things agree, for measuring discovery against what people made.
use std::collections::BTreeMap;

/// How two groupings of the same items overlap.
struct Table {
    cells: BTreeMap<(usize, usize), usize>,
    rows: Vec<usize>,
    columns: Vec<usize>,
    items: usize,
}

impl Table {
    fn new(a: &[usize], b: &[usize]) -> Self {
        let groups = |of: &[usize]| of.iter().max().map_or(0, |most| most + 1);
        let mut table = Self {
            cells: BTreeMap::new(),
            rows: vec![0; groups(a)],
            columns: vec![0; groups(b)],
            items: a.len().min(b.len()),
        };
        for (x, y) in a.iter().zip(b) {
            *table.cells.entry((*x, *y)).or_default() += 1;
            table.rows[*x] += 1;
            table.columns[*y] += 1;
        }
        table
    }
}

/// The adjusted Rand index of two groupings (Hubert and Arabie, 1985): 1 for the same, about 0 for unrelated ones.
#[must_use]
pub fn adjusted_rand(a: &[usize], b: &[usize]) -> f64 {
    let table = Table::new(a, b);
    let pairs = |n: &usize| (n * n.saturating_sub(1)) as f64 / 2.0;
    let together: f64 = table.cells.values().map(pairs).sum();
    let rows: f64 = table.rows.iter().map(pairs).sum();
    let columns: f64 = table.columns.iter().map(pairs).sum();
    let all = pairs(&table.items);
    let expected = if all > 0.0 { rows * columns / all } else { 0.0 };
    let most = f64::midpoint(rows, columns);
    if most - expected == 0.0 { 1.0 } else { (together - expected) / (most - expected) }
}

/// The adjusted mutual information of two groupings (Vinh, Epps and Bailey, 2010) over the mean of their entropies: 1 for
/// the same, about 0 for unrelated ones.
#[must_use]
pub fn adjusted_mutual_information(a: &[usize], b: &[usize]) -> f64 {
    let table = Table::new(a, b);
    let n = table.items as f64;
    let entropy = |sizes: &[usize]| -> f64 {
        let part = |size: &usize| -(*size as f64 / n) * libm::log(*size as f64 / n);
        sizes.iter().filter(|size| **size > 0).map(part).sum()
    };
    let mutual: f64 = table
        .cells
        .iter()
        .map(|((x, y), both)| {
            let both = *both as f64;
            both / n * libm::log(n * both / (table.rows[*x] as f64 * table.columns[*y] as f64))
        })
        .sum();
    let expected = expected_information(&table);
    let most = f64::midpoint(entropy(&table.rows), entropy(&table.columns));
    if (most - expected).abs() < 1e-12 { 1.0 } else { (mutual - expected) / (most - expected) }
}

/// The mutual information of two groupings of these sizes if they are unrelated.
fn expected_information(table: &Table) -> f64 {
    let n = table.items;
    let mut log_factorial = vec![0.0; n + 1];
    for i in 1..=n {
        log_factorial[i] = log_factorial[i - 1] + libm::log(i as f64);
    }
    let f = |i: usize| log_factorial[i];
    let mut expected = 0.0;
    for a in table.rows.iter().copied().filter(|a| *a > 0) {
        for b in table.columns.iter().copied().filter(|b| *b > 0) {
            for both in (a + b).saturating_sub(n).max(1)..=a.min(b) {
                let worth =
                    both as f64 / n as f64 * libm::log(n as f64 * both as f64 / (a as f64 * b as f64));
                let chance = f(a) + f(b) + f(n - a) + f(n - b)
                    - f(n)
                    - f(both)
                    - f(a - both)
                    - f(b - both)
                    - f(n + both - a - b);
                expected += worth * libm::exp(chance);
            }
        }
    }
    expected
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Chance;

    #[test]
    fn groupings_agree_with_themselves_under_other_numbers_and_with_no_chance_one() {
        let a = [0, 0, 1, 1, 2, 2];
        let same = [2, 2, 0, 0, 1, 1];
        assert!((adjusted_rand(&a, &same) - 1.0).abs() < 1e-12);
        assert!((adjusted_mutual_information(&a, &same) - 1.0).abs() < 1e-12);
        let mut chance = Chance::new(1);
        let mut random = || (0..2_000).map(|_| chance.below(8)).collect::<Vec<_>>();
        let (x, y) = (random(), random());
        assert!(adjusted_rand(&x, &y).abs() < 0.01);
        assert!(adjusted_mutual_information(&x, &y).abs() < 0.01);
    }
}
