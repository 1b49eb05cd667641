use sea_orm::Value;

use super::{CHUNK, chunks, places, unnumbered};

fn values(count: i64) -> Vec<Value> {
    (1..=count).map(Value::from).collect()
}

fn of(numbers: &[i64]) -> Vec<Value> {
    numbers.iter().copied().map(Value::from).collect()
}

#[test]
fn places_in_order_keep_their_values() {
    let insert = format!("INSERT INTO t (a, b) VALUES {}", places(2, 2));
    let (text, bound) = unnumbered(&insert, values(4));
    assert_eq!(text, "INSERT INTO t (a, b) VALUES (?, ?), (?, ?)");
    assert_eq!(bound, values(4));
}

#[test]
fn a_place_out_of_order_or_named_twice_takes_its_value_along() {
    let (text, bound) = unnumbered("UPDATE t SET a = $3 WHERE b = $1 OR c = $1 OR d = $10", values(10));
    assert_eq!(text, "UPDATE t SET a = ? WHERE b = ? OR c = ? OR d = ?");
    assert_eq!(bound, of(&[3, 1, 1, 10]));
}

#[test]
fn what_is_quoted_stays() {
    let (text, bound) = unnumbered("SELECT '$1', 'it''s $2', '§' || $2 WHERE a = '' AND b = $1", values(2));
    assert_eq!(text, "SELECT '$1', 'it''s $2', '§' || ? WHERE a = '' AND b = ?");
    assert_eq!(bound, of(&[2, 1]));
}

#[test]
fn chunks_are_all_rows_in_order_in_powers_of_two() {
    let rows: Vec<usize> = (0..3 * CHUNK).collect();
    for count in 0..=rows.len() {
        let chunks: Vec<&[usize]> = chunks(&rows[..count]).collect();
        assert!(chunks.iter().all(|chunk| chunk.len().is_power_of_two() && chunk.len() <= CHUNK));
        assert_eq!(chunks.concat(), rows[..count]);
    }
}
