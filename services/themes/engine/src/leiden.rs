//! Groups of densely joined nodes: the Leiden algorithm (Traag, Waltman and van Eck, "From Louvain to Leiden", 2019) on
//! modularity with a resolution (Reichardt and Bornholdt, 2006).
//!
//! Nodes move to the group that gains most until none gains; each group is then cut into parts that are well joined
//! within; the parts become the nodes of a smaller graph, and so on. Nothing but the seed decides the order.

use std::collections::VecDeque;

use crate::chance::Chance;
use crate::graph::Graph;

/// Rounds over the whole graph; it settles in two or three.
const ROUNDS: usize = 10;
/// Gains below this share of all weight are rounding.
const LEAST_GAIN: f64 = 1e-12;

/// The group of each node, numbered from 0 by their first node. A higher resolution gives more and smaller groups.
#[must_use]
pub fn groups(graph: &Graph, resolution: f64, seed: u64) -> Vec<u32> {
    groups_from(graph, resolution, seed, (0..graph.len() as u32).collect())
}

/// The same, from groups that most nodes are in already: nodes leave theirs only where they gain. `start` holds each
/// node's, of numbers below the number of nodes.
#[must_use]
pub fn groups_from(graph: &Graph, resolution: f64, seed: u64, start: Vec<u32>) -> Vec<u32> {
    let mut chance = Chance::new(seed);
    let mut groups = start;
    for _ in 0..ROUNDS {
        let before = groups.clone();
        groups = round(graph, resolution, groups, &mut chance);
        if groups == before {
            break;
        }
    }
    groups
}

fn round(graph: &Graph, resolution: f64, start: Vec<u32>, chance: &mut Chance) -> Vec<u32> {
    let mut graph = graph.clone();
    // Which node of the present graph each node of the first one is in.
    let mut place: Vec<u32> = (0..graph.len() as u32).collect();
    let mut groups = start;
    loop {
        let mut level = Level::new(&graph, resolution, numbered(&groups).0);
        level.settle(chance);
        let (settled, count) = numbered(&level.groups);
        let (parts, part_count) = numbered(&level.parts(&settled, count, chance));
        if part_count == graph.len() {
            let last: Vec<u32> = place.iter().map(|node| settled[*node as usize]).collect();
            return numbered(&last).0;
        }
        groups = vec![0; part_count];
        for (node, part) in parts.iter().enumerate() {
            groups[*part as usize] = settled[node];
        }
        place.iter_mut().for_each(|node| *node = parts[*node as usize]);
        graph = graph.gathered(&parts, part_count);
    }
}

/// The same groups numbered by their first node, and how many they are.
fn numbered(groups: &[u32]) -> (Vec<u32>, usize) {
    let most = groups.iter().max().map_or(0, |most| *most as usize + 1);
    let mut numbers = vec![u32::MAX; most];
    let mut count = 0;
    let renumbered = groups
        .iter()
        .map(|group| {
            let number = &mut numbers[*group as usize];
            if *number == u32::MAX {
                *number = count;
                count += 1;
            }
            *number
        })
        .collect();
    (renumbered, count as usize)
}

/// A graph with its nodes in groups.
struct Level<'a> {
    graph: &'a Graph,
    groups: Vec<u32>,
    strength: Vec<f64>,
    /// Strength of each group's nodes.
    weight: Vec<f64>,
    /// Resolution over twice the weight of all edges.
    pressure: f64,
    /// Weight of the edges between the node at hand and each group; zero between uses.
    joined: Vec<f64>,
}

impl<'a> Level<'a> {
    fn new(graph: &'a Graph, resolution: f64, groups: Vec<u32>) -> Self {
        let strength: Vec<f64> = (0..graph.len()).map(|node| graph.strength(node)).collect();
        let total: f64 = strength.iter().sum();
        let mut weight = vec![0.0; graph.len()];
        for (node, group) in groups.iter().enumerate() {
            weight[*group as usize] += strength[node];
        }
        let pressure = if total > 0.0 { resolution / total } else { 0.0 };
        Self { graph, groups, strength, weight, pressure, joined: vec![0.0; graph.len()] }
    }

    /// Moves nodes until none gains; neighbours of one that moved are looked at again.
    fn settle(&mut self, chance: &mut Chance) {
        let mut order: Vec<usize> = (0..self.graph.len()).collect();
        chance.shuffle(&mut order);
        let mut waiting = VecDeque::from(order);
        let mut waits = vec![true; self.graph.len()];
        while let Some(node) = waiting.pop_front() {
            waits[node] = false;
            let to = self.best(node, |_| true);
            if to == self.groups[node] {
                continue;
            }
            self.shift(node, to);
            for (other, _) in self.graph.neighbours(node) {
                let other = *other as usize;
                if self.groups[other] != to && !waits[other] {
                    waits[other] = true;
                    waiting.push_back(other);
                }
            }
        }
    }

    fn shift(&mut self, node: usize, to: u32) {
        self.weight[self.groups[node] as usize] -= self.strength[node];
        self.weight[to as usize] += self.strength[node];
        self.groups[node] = to;
    }

    /// The group that the node gains most in, among those of neighbours that pass; its own if none is better.
    fn best(&mut self, node: usize, passes: impl Fn(usize) -> bool) -> u32 {
        let own = self.groups[node];
        let mut near: Vec<u32> = Vec::new();
        for (other, weight) in self.graph.neighbours(node) {
            if !passes(*other as usize) {
                continue;
            }
            let group = self.groups[*other as usize];
            if self.joined[group as usize] == 0.0 {
                near.push(group);
            }
            self.joined[group as usize] += weight;
        }
        let strength = self.strength[node];
        let gain = |level: &Self, group: u32| {
            let own = if group == own { strength } else { 0.0 };
            level.joined[group as usize] - level.pressure * strength * (level.weight[group as usize] - own)
        };
        let (mut best, mut most) = (own, gain(self, own));
        for group in &near {
            let gain = gain(self, *group);
            if gain > most + LEAST_GAIN {
                (best, most) = (*group, gain);
            }
        }
        near.iter().for_each(|group| self.joined[*group as usize] = 0.0);
        best
    }

    /// The parts that each group is made of: from single nodes, those well joined to their group unite.
    fn parts(&self, settled: &[u32], count: usize, chance: &mut Chance) -> Vec<u32> {
        let mut inner = Self::new(self.graph, 1.0, (0..self.graph.len() as u32).collect());
        inner.pressure = self.pressure;
        let mut group_weight = vec![0.0; count];
        for (node, group) in settled.iter().enumerate() {
            group_weight[*group as usize] += self.strength[node];
        }
        let mut single = vec![true; self.graph.len()];
        let mut order: Vec<usize> = (0..self.graph.len()).collect();
        chance.shuffle(&mut order);
        for node in order {
            if !single[node] {
                continue;
            }
            let group = settled[node];
            let mates = self.graph.neighbours(node).iter().filter(|(n, _)| settled[*n as usize] == group);
            let within: f64 = mates.map(|(_, weight)| weight).sum();
            let strength = self.strength[node];
            if within < self.pressure * strength * (group_weight[group as usize] - strength) {
                continue;
            }
            let to = inner.best(node, |other| settled[other] == group);
            if to != inner.groups[node] {
                // A part is numbered by its first node, which is no longer alone.
                single[to as usize] = false;
                single[node] = false;
                inner.shift(node, to);
            }
        }
        inner.groups
    }
}

#[cfg(test)]
mod tests;
