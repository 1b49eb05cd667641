//! Which way a statement leans: for or against what was asked about, and whether it asks, complains or praises.
//!
//! A hand-written lexicon ([`lexicon`]) of words that speak well or ill of something, turned by a negation up to three
//! words before. What speaks well of the subject of a topic ("We should **ban** human cloning") is against a topic that
//! would end it. No model and no training: the words that decided are part of the result.

use crate::learned::features::words;

mod lexicon;

/// For or against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    /// It speaks for the topic.
    For,
    /// It speaks against it.
    Against,
    /// It speaks for and against about alike.
    Mixed,
    /// It says neither.
    Unclear,
}

/// What a statement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// It asks for something to be done.
    Ask,
    /// It complains.
    Complaint,
    /// It praises or thanks.
    Praise,
    /// It does none of these.
    Other,
}

/// A stance, and what it was read from.
#[derive(Debug, Clone, PartialEq)]
pub struct Stance {
    /// For or against.
    pub position: Position,
    /// −1 (all against) to 1 (all for); near 0 where nothing speaks clearly.
    pub leaning: f32,
    /// The words that decided, each with its weight towards the topic (negation and topic already reckoned in).
    pub words: Vec<(String, f32)>,
}

/// Words before a weighed one in which a negation turns it.
const NEGATION_REACH: usize = 3;
/// Less than this speaks for nothing.
const CLEAR: f32 = 0.15;

/// Whether a text speaks for or against a topic, such as "We should legalise X" or "Close the library".
///
/// ```
/// use soundings_themes_engine::stance::{Position, position};
///
/// let topic = "The library should be closed";
/// assert_eq!(position("The library is essential for families.", topic).position, Position::Against);
/// assert_eq!(position("It is expensive and useless.", topic).position, Position::For);
/// ```
#[must_use]
pub fn position(text: &str, topic: &str) -> Stance {
    let turned = if ends_its_subject(topic) { -1.0 } else { 1.0 };
    let mut found = weighed(text);
    let topic_words = words(topic);
    // A word of the topic itself says what is spoken about, not how.
    found.retain(|(word, _)| {
        !topic_words.contains(word) || lexicon::ENDING.iter().any(|e| word.starts_with(e))
    });
    found.iter_mut().for_each(|(_, weight)| *weight *= turned);
    let total: f32 = found.iter().map(|(_, w)| w.abs()).sum();
    let sum: f32 = found.iter().map(|(_, w)| *w).sum();
    let leaning = sum / (total + 0.5);
    let both = found.iter().any(|(_, w)| *w > 0.0) && found.iter().any(|(_, w)| *w < 0.0);
    let position = match leaning {
        l if l >= CLEAR => Position::For,
        l if l <= -CLEAR => Position::Against,
        _ if both => Position::Mixed,
        _ => Position::Unclear,
    };
    Stance { position, leaning, words: found }
}

/// Whether a statement asks, complains or praises.
#[must_use]
pub fn act(text: &str) -> Act {
    let all = words(text);
    let line = format!(" {} ", all.join(" "));
    let asks = lexicon::ASKS.iter().any(|ask| line.contains(&format!(" {ask} ")))
        || all.first().is_some_and(|first| lexicon::IMPERATIVES.contains(&first.as_str()));
    if asks {
        return Act::Ask;
    }
    let sum: f32 = weighed(text).iter().map(|(_, w)| *w).sum();
    match sum {
        s if s >= 0.5 => Act::Praise,
        s if s <= -0.5 => Act::Complaint,
        _ => Act::Other,
    }
}

/// Whether what the topic proposes would end or limit what it is about.
fn ends_its_subject(topic: &str) -> bool {
    words(topic).iter().any(|word| lexicon::ENDING.iter().any(|end| word.starts_with(end)))
}

/// Each weighed word with its weight towards the subject, negation reckoned in.
fn weighed(text: &str) -> Vec<(String, f32)> {
    let all = words(text);
    let mut found = Vec::new();
    for (place, word) in all.iter().enumerate() {
        let Some(weight) = lexicon::weight(word) else { continue };
        let before = &all[place.saturating_sub(NEGATION_REACH)..place];
        let negated =
            before.iter().filter(|w| lexicon::NEGATIONS.contains(&w.as_str()) || w.ends_with("n't")).count();
        found.push((word.clone(), if negated % 2 == 1 { -weight } else { weight }));
    }
    found
}

#[cfg(test)]
mod tests;
