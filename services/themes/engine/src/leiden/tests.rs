use pretty_assertions::assert_eq;

use super::*;

/// Rings of cliques, each joined to the next by one edge.
fn cliques(count: u32, size: u32) -> Graph {
    let mut edges = Vec::new();
    for clique in 0..count {
        let first = clique * size;
        for a in first..first + size {
            edges.extend((a + 1..first + size).map(|b| (a, b, 1.0)));
        }
        edges.push((first, (first + size + 1) % (count * size), 1.0));
    }
    Graph::new(edges, vec![0.0; (count * size) as usize])
}

#[test]
fn each_clique_of_a_ring_is_a_group() {
    let expected: Vec<u32> = (0..12 * 6).map(|node| node / 6).collect();
    assert_eq!(groups(&cliques(12, 6), 1.0, 1), expected);
    assert_eq!(groups(&cliques(12, 6), 1.5, 99), expected);
}

#[test]
fn nodes_without_an_edge_are_groups_of_their_own() {
    assert_eq!(groups(&Graph::new(vec![(0, 2, 1.0)], vec![0.0; 4]), 1.0, 1), [0, 1, 0, 2]);
    assert_eq!(groups(&Graph::new(vec![], vec![]), 1.0, 1), Vec::<u32>::new());
}

#[test]
fn a_higher_resolution_never_finds_fewer_groups_in_a_ring() {
    let count = |resolution| groups(&cliques(30, 5), resolution, 3).into_iter().max().map(|most| most + 1);
    assert!(count(0.2) < count(1.0));
    assert!(count(1.0) <= count(4.0));
}

#[test]
fn gathering_keeps_all_weight() {
    let graph = cliques(5, 4);
    let gathered = graph.gathered(&(0..20).map(|n| n / 4).collect::<Vec<_>>(), 5);
    let weight = |g: &Graph| (0..g.len()).map(|n| g.strength(n)).sum::<f64>();
    assert_eq!(weight(&gathered), weight(&graph));
}
