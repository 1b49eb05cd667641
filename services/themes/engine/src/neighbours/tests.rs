use pretty_assertions::assert_eq;

use super::*;
use crate::chance::Chance;
use crate::vector::{dot, unit};

fn scattered(count: usize) -> Vec<Vec<f32>> {
    let mut chance = Chance::new(7);
    (0..count).map(|_| unit((0..24).map(|_| chance.below(2_001) as f32 - 1_000.0).collect())).collect()
}

#[test]
fn they_are_those_that_a_comparison_of_every_pair_finds() {
    let vectors = scattered(700);
    let found = neighbours(&vectors, 5, 2, Watch::SILENT).unwrap();
    for (i, nearest) in found.iter().enumerate() {
        let mut all: Vec<f32> =
            (0..vectors.len()).filter(|j| *j != i).map(|j| dot(&vectors[i], &vectors[j])).collect();
        all.sort_by(|a, b| b.total_cmp(a));
        for ((_, similarity), exact) in nearest.iter().zip(&all) {
            assert!((similarity - exact).abs() < 0.002, "{similarity} {exact}");
        }
        assert_eq!(nearest.len(), 5);
    }
}

#[test]
fn any_number_of_threads_finds_the_same_bytes() {
    let vectors = scattered(1_800);
    let one = neighbours(&vectors, 15, 1, Watch::SILENT).unwrap();
    for threads in [2, 3, 8] {
        assert_eq!(neighbours(&vectors, 15, threads, Watch::SILENT).unwrap(), one);
    }
}

#[test]
fn a_zero_vector_has_none_and_a_stop_is_obeyed() {
    let mut vectors = scattered(20);
    vectors[3] = vec![0.0; 24];
    assert_eq!(neighbours(&vectors, 4, 1, Watch::SILENT).unwrap()[3], []);
    let stopped = Watch { stopped: &|| true, progress: &|_, _| () };
    assert_eq!(neighbours(&vectors, 4, 1, stopped), Err(Stopped));
}
