//! A weighted, undirected graph, and the one that joins statements to their nearest neighbours.

use crate::neighbours::Nearest;

/// Nodes are numbered from 0. Every edge stands with both of its nodes; a node's loop stands apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Graph {
    offsets: Vec<usize>,
    edges: Vec<(u32, f64)>,
    loops: Vec<f64>,
}

impl Graph {
    /// From edges between two different nodes, each given once; parallel ones add up. `loops` has a weight per node.
    #[must_use]
    pub fn new(mut edges: Vec<(u32, u32, f64)>, loops: Vec<f64>) -> Self {
        edges.iter_mut().for_each(|(a, b, _)| (*a, *b) = (*a.min(b), *a.max(b)));
        edges.sort_by_key(|(a, b, _)| (*a, *b));
        edges.dedup_by(|next, kept| {
            let same = (next.0, next.1) == (kept.0, kept.1);
            if same {
                kept.2 += next.2;
            }
            same
        });
        let mut offsets = vec![0; loops.len() + 1];
        for (a, b, _) in &edges {
            offsets[*a as usize + 1] += 1;
            offsets[*b as usize + 1] += 1;
        }
        for node in 0..loops.len() {
            offsets[node + 1] += offsets[node];
        }
        let mut next = offsets.clone();
        let mut both = vec![(0, 0.0); edges.len() * 2];
        for (a, b, weight) in edges {
            for (from, to) in [(a, b), (b, a)] {
                both[next[from as usize]] = (to, weight);
                next[from as usize] += 1;
            }
        }
        Self { offsets, edges: both, loops }
    }

    /// Joins each node to its nearest: the cube of the similarity, half of it where only one of the two is among the
    /// other's nearest.
    #[must_use]
    pub fn of_neighbours(nearest: &[Nearest]) -> Self {
        let mut edges = Vec::with_capacity(nearest.iter().map(Vec::len).sum());
        for (from, list) in nearest.iter().enumerate() {
            for (to, similarity) in list {
                // A mutual pair is met twice, and its halves add up.
                let half = f64::from(*similarity).powi(3) / 2.0;
                edges.push((from as u32, *to, half));
            }
        }
        Self::new(edges, vec![0.0; nearest.len()])
    }

    /// The number of nodes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.loops.len()
    }

    /// Whether it has no node.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.loops.is_empty()
    }

    /// A node's neighbours with the weight of the edge, by number; its loop is not among them.
    #[must_use]
    pub fn neighbours(&self, node: usize) -> &[(u32, f64)] {
        &self.edges[self.offsets[node]..self.offsets[node + 1]]
    }

    /// The weight of a node's loop.
    #[must_use]
    pub fn loop_weight(&self, node: usize) -> f64 {
        self.loops[node]
    }

    /// The weight of a node: of its edges, and twice of its loop.
    #[must_use]
    pub fn strength(&self, node: usize) -> f64 {
        self.neighbours(node).iter().map(|(_, w)| w).sum::<f64>() + 2.0 * self.loops[node]
    }

    /// The graph whose nodes are the groups of this one's nodes; `groups` gives each node's, 0 to `count` − 1.
    #[must_use]
    pub fn gathered(&self, groups: &[u32], count: usize) -> Self {
        let mut loops = vec![0.0; count];
        let mut edges = Vec::new();
        for node in 0..self.len() {
            let group = groups[node];
            loops[group as usize] += self.loops[node];
            for (to, weight) in self.neighbours(node) {
                let other = groups[*to as usize];
                if other == group {
                    loops[group as usize] += weight / 2.0;
                } else if group < other {
                    edges.push((group, other, *weight));
                }
            }
        }
        Self::new(edges, loops)
    }
}
