//! The best one-to-one pairing of two sides (Kuhn, "The Hungarian method for the assignment problem", 1955; Munkres,
//! 1957), by shortest augmenting paths with potentials.

/// Of each row, the column that it is paired with; none: it is left over, or its pair would be worth nothing.
///
/// `worth[row][column]` is what a pair is worth, in whole numbers, so that the result is exact; negative counts as 0.
/// All rows are of one length. The sum over all pairs is the greatest there is; of equally good pairings the same one is
/// given every time. Takes rows × columns × the lesser of the two steps.
#[must_use]
pub fn pairs(worth: &[Vec<i64>]) -> Vec<Option<usize>> {
    let columns = worth.first().map_or(0, Vec::len);
    if columns == 0 {
        return vec![None; worth.len()];
    }
    if worth.len() > columns {
        let turned: Vec<Vec<i64>> =
            (0..columns).map(|column| worth.iter().map(|row| row[column]).collect()).collect();
        let mut found = vec![None; worth.len()];
        for (column, row) in pairs(&turned).into_iter().enumerate() {
            if let Some(row) = row {
                found[row] = Some(column);
            }
        }
        return found;
    }
    let row_of = cheapest(worth, columns);
    let mut found = vec![None; worth.len()];
    for (column, row) in row_of.into_iter().enumerate() {
        if let Some(row) = row.filter(|row| worth[*row][column] > 0) {
            found[row] = Some(column);
        }
    }
    found
}

/// Of each column, its row; there are at least as many columns as rows, and every row gets one. A pair costs what it is
/// short of nothing, so the cheapest pairing is the one worth most.
fn cheapest(worth: &[Vec<i64>], columns: usize) -> Vec<Option<usize>> {
    let cost = |row: usize, column: usize| -worth[row][column].max(0);
    let (mut row_price, mut column_price) = (vec![0_i64; worth.len()], vec![0_i64; columns]);
    let mut row_of: Vec<Option<usize>> = vec![None; columns];
    for first in 0..worth.len() {
        let mut shortest = vec![i64::MAX; columns];
        let mut before: Vec<Option<usize>> = vec![None; columns];
        let mut reached = vec![false; columns];
        let (mut row, mut at) = (first, None);
        // From the new row on, the column that is nearest over all rows reached, until one is free.
        let free = loop {
            let mut next = (i64::MAX, 0);
            for column in (0..columns).filter(|column| !reached[*column]) {
                let step = cost(row, column) - row_price[row] - column_price[column];
                if step < shortest[column] {
                    shortest[column] = step;
                    before[column] = at;
                }
                next = next.min((shortest[column], column));
            }
            let (length, column) = next;
            row_price[first] += length;
            for other in 0..columns {
                if reached[other] {
                    column_price[other] -= length;
                    if let Some(row) = row_of[other] {
                        row_price[row] += length;
                    }
                } else {
                    shortest[other] = shortest[other].saturating_sub(length);
                }
            }
            reached[column] = true;
            match row_of[column] {
                Some(taken) => (row, at) = (taken, Some(column)),
                None => break column,
            }
        };
        let mut column = free;
        while let Some(from) = before[column] {
            row_of[column] = row_of[from];
            column = from;
        }
        row_of[column] = Some(first);
    }
    row_of
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The greatest sum, by trying everything.
    fn most(worth: &[Vec<i64>], row: usize, taken: &mut Vec<usize>) -> i64 {
        let Some(of_row) = worth.get(row) else { return 0 };
        let mut best = most(worth, row + 1, taken);
        for (column, here) in of_row.iter().enumerate() {
            if taken.contains(&column) {
                continue;
            }
            taken.push(column);
            best = best.max(here + most(worth, row + 1, taken));
            taken.pop();
        }
        best
    }

    #[test]
    fn the_greedy_pair_is_given_up_where_two_others_are_worth_more() {
        assert_eq!(pairs(&[vec![9, 8], vec![8, 0]]), [Some(1), Some(0)]);
        assert_eq!(pairs(&[vec![0, 0], vec![0, 3]]), [None, Some(1)]);
        assert_eq!(pairs(&[vec![], vec![]]), [None, None]);
        assert_eq!(pairs(&[]), []);
    }

    proptest! {
        #[test]
        fn no_pairing_is_worth_more(
            worth in (1_usize..5, 1_usize..5).prop_flat_map(|(rows, columns)| {
                prop::collection::vec(prop::collection::vec(0_i64..20, columns), rows)
            })
        ) {
            let found = pairs(&worth);
            let mut columns: Vec<usize> = found.iter().flatten().copied().collect();
            let sum: i64 =
                found.iter().enumerate().map(|(row, c)| c.map_or(0, |column| worth[row][column])).sum();
            prop_assert_eq!(sum, most(&worth, 0, &mut Vec::new()));
            columns.sort_unstable();
            columns.dedup();
            prop_assert_eq!(columns.len(), found.iter().flatten().count(), "no column twice");
        }
    }
}
