//! What the learned assigner reads in a text: hashed words, pairs and beginnings of words, weighed by how rare they were in the
//! training rows (frozen then), beside the embedding.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use crate::words::words;

/// A word or pair must be in so many training rows, or it is left out.
const FEWEST_ROWS: usize = 2;
/// Of the embedding against the words, each of length 1.
const EMBEDDING_WEIGHT: f32 = 1.2;
/// Letters of a longer word's beginning, which stands for its forms.
const BEGINNING: usize = 5;

/// Words, pairs of neighbours, and beginnings of longer words (`waiti…`), as a person would read them.
pub(crate) fn terms(text: &str) -> Vec<String> {
    let words = words(text);
    let pairs: Vec<String> = words.windows(2).map(|pair| pair.join(" ")).collect();
    let beginnings: Vec<String> = words
        .iter()
        .filter_map(|word| word.char_indices().nth(BEGINNING).map(|(end, _)| format!("{}…", &word[..end])))
        .collect();
    words.into_iter().chain(pairs).chain(beginnings).collect()
}

/// FNV-1a of a term, 32 bits: no word of an answer is kept in a model, only its hash.
pub(crate) fn hash(term: &str) -> u32 {
    term.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// A text as numbers: words as (place in the vocabulary, weight), and the embedding.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) words: Vec<(usize, f32)>,
    pub(crate) dense: Vec<f32>,
}

/// The hashes known, ascending, and how rare each was.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Vocabulary {
    hashes: Vec<u32>,
    idf: Vec<f32>,
}

impl Vocabulary {
    /// Of the training rows' terms, given as hashes.
    pub(crate) fn new(rows: &[&[u32]]) -> Self {
        let mut counts: HashMap<u32, usize> = HashMap::new();
        for row in rows {
            let mut seen = row.to_vec();
            seen.sort_unstable();
            seen.dedup();
            for hash in seen {
                *counts.entry(hash).or_default() += 1;
            }
        }
        let mut kept: Vec<(u32, usize)> = counts.into_iter().filter(|(_, n)| *n >= FEWEST_ROWS).collect();
        kept.sort_unstable();
        let total = rows.len() as f32;
        let idf = kept.iter().map(|(_, n)| ((1.0 + total) / (1.0 + *n as f32)).ln() + 1.0).collect();
        Self { hashes: kept.into_iter().map(|(hash, _)| hash).collect(), idf }
    }

    pub(crate) fn len(&self) -> usize {
        self.hashes.len()
    }

    pub(crate) fn is_sound(&self) -> bool {
        self.hashes.len() == self.idf.len() && self.hashes.is_sorted()
    }

    /// The place of a term.
    pub(crate) fn place(&self, hash: u32) -> Option<usize> {
        self.hashes.binary_search(&hash).ok()
    }

    /// A text's row: word weights (1 + ln count) × idf scaled to length 1, and the embedding.
    pub(crate) fn row(&self, hashes: &[u32], vector: &[f32]) -> Row {
        let mut counts: BTreeMap<usize, f32> = BTreeMap::new();
        for place in hashes.iter().filter_map(|hash| self.place(*hash)) {
            *counts.entry(place).or_default() += 1.0;
        }
        let mut words: Vec<(usize, f32)> =
            counts.into_iter().map(|(place, n)| (place, (1.0 + n.ln()) * self.idf[place])).collect();
        let length = words.iter().map(|(_, x)| x * x).sum::<f32>().sqrt();
        words.iter_mut().for_each(|(_, x)| *x /= length.max(1e-9));
        Row { words, dense: vector.iter().map(|x| x * EMBEDDING_WEIGHT).collect() }
    }
}
