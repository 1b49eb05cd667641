//! What a learned assigner sees of a text: its embedding, its words and pairs of words, and pieces of words.
//!
//! Words are features by the FNV-1a hash of what they are, weighed by how rare they are in the training set (the inverse
//! document frequency, frozen there) and scaled to length 1; the embedding follows at a length of its own.

use std::collections::{BTreeMap, BTreeSet};

use crate::words::words;

/// Texts of the training set that a feature must be in.
const LEAST_TEXTS: usize = 2;
/// The length of the embedding beside the words' 1.
const EMBEDDING_LENGTH: f32 = 1.5;
/// The length of the pieces of words beside the words' 1.
const PIECES_LENGTH: f32 = 1.0;
/// Letters in a piece of a word.
const PIECE: [usize; 2] = [4, 5];

/// A sparse vector: places, ascending, and values.
pub type Sparse = Vec<(u32, f32)>;

/// A feature of a text and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Token {
    hash: u64,
    piece: bool,
    /// The first of the words it is taken from.
    word: usize,
}

/// The features of a training set.
#[derive(Debug, Clone, PartialEq)]
pub struct Features {
    dimensions: usize,
    known: BTreeMap<u64, (u32, f32)>,
}

impl Features {
    /// Reads which features a training set has, and how rare each is.
    #[must_use]
    pub fn of(texts: &[&str], dimensions: usize) -> Self {
        let mut counts: BTreeMap<u64, usize> = BTreeMap::new();
        for text in texts {
            let distinct: BTreeSet<u64> = tokens(&words(text)).into_iter().map(|t| t.hash).collect();
            distinct.into_iter().for_each(|hash| *counts.entry(hash).or_default() += 1);
        }
        counts.retain(|_, count| *count >= LEAST_TEXTS);
        let rarity =
            |count: usize| (libm::log((1.0 + texts.len() as f64) / (1.0 + count as f64)) + 1.0) as f32;
        let known = counts
            .into_iter()
            .enumerate()
            .map(|(i, (hash, count))| (hash, ((dimensions + i) as u32, rarity(count))))
            .collect();
        Self { dimensions, known }
    }

    /// How many there are; the embedding comes first.
    #[must_use]
    pub fn len(&self) -> usize {
        self.dimensions + self.known.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The features of a text with its vector of length 1.
    #[must_use]
    pub fn read(&self, text: &str, vector: &[f32]) -> Sparse {
        let mut found: Sparse =
            vector.iter().enumerate().map(|(i, x)| (i as u32, x * EMBEDDING_LENGTH)).collect();
        let tokens = tokens(&words(text));
        for (piece, length) in [(false, 1.0), (true, PIECES_LENGTH)] {
            found.extend(self.weighed(tokens.iter().filter(|t| t.piece == piece), length));
        }
        found.sort_by_key(|(place, _)| *place);
        found
    }

    fn weighed<'a>(&self, tokens: impl Iterator<Item = &'a Token>, length: f32) -> Sparse {
        let mut counts: BTreeMap<u32, (u32, f32)> = BTreeMap::new();
        for token in tokens {
            if let Some((place, rarity)) = self.known.get(&token.hash) {
                counts.entry(*place).or_insert((0, *rarity)).0 += 1;
            }
        }
        let mut values: Sparse = counts
            .into_iter()
            .map(|(place, (count, rarity))| (place, (1.0 + libm::logf(count as f32)) * rarity))
            .collect();
        let norm = values.iter().map(|(_, v)| v * v).sum::<f32>().sqrt();
        values.iter_mut().for_each(|(_, v)| *v *= length / norm.max(1e-9));
        values
    }
}

fn tokens(words: &[String]) -> Vec<Token> {
    let mut found = Vec::new();
    for (place, word) in words.iter().enumerate() {
        found.push(Token { hash: fnv(&["w", word]), piece: false, word: place });
        if let Some(next) = words.get(place + 1) {
            found.push(Token { hash: fnv(&["p", word, next]), piece: false, word: place });
        }
        let framed: Vec<char> = [' '].into_iter().chain(word.chars()).chain([' ']).collect();
        for size in PIECE {
            for window in framed.windows(size) {
                let piece: String = window.iter().collect();
                found.push(Token { hash: fnv(&["c", &piece]), piece: true, word: place });
            }
        }
    }
    found
}

/// FNV-1a (Fowler, Noll and Vo), 64 bits, of parts that cannot run into each other.
fn fnv(parts: &[&str]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in parts.iter().flat_map(|part| part.bytes().chain([0])) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash
}
