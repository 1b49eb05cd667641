//! Which way a statement leans: for or against what was asked about, and whether it asks, complains or praises.
//!
//! A hand-written lexicon ([`lexicon`]) of words that speak well or ill of something, turned by a negation up to three
//! words before. What speaks well of the subject of a topic ("We should **ban** human cloning") is against a topic that
//! would end it. No model and no training.

use crate::words::{holds, words};

mod lexicon;
mod topics;

use lexicon::ENDING;
pub use topics::{Stance, Topics};

/// For or against.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Position {
    /// It speaks for the topic.
    For,
    /// It speaks against it.
    Against,
    /// It speaks for and against about alike.
    Mixed,
    /// It says neither.
    #[default]
    Unclear,
}

/// What a statement does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Act {
    /// It asks for something to be done.
    Ask,
    /// It complains.
    Complaint,
    /// It praises or thanks.
    Praise,
    /// It does none of these.
    #[default]
    Other,
}

impl Position {
    /// Its word: `for`, `against`, `mixed` or `unclear`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::For => "for",
            Self::Against => "against",
            Self::Mixed => "mixed",
            Self::Unclear => "unclear",
        }
    }

    /// The position of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::For, Self::Against, Self::Mixed, Self::Unclear].into_iter().find(|p| p.as_str() == word)
    }

    /// The other way round: what speaks for a thing speaks against its end.
    #[must_use]
    pub fn turned(self) -> Self {
        match self {
            Self::For => Self::Against,
            Self::Against => Self::For,
            other => other,
        }
    }
}

impl Act {
    /// Its word: `ask`, `complaint`, `praise` or `other`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ask => "ask",
            Self::Complaint => "complaint",
            Self::Praise => "praise",
            Self::Other => "other",
        }
    }

    /// The act of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Ask, Self::Complaint, Self::Praise, Self::Other].into_iter().find(|a| a.as_str() == word)
    }
}

/// What a statement is for or against, such as a theme's title.
#[derive(Debug, Clone, PartialEq)]
pub struct Topic {
    words: Vec<String>,
    ends_its_subject: bool,
}

impl Topic {
    /// Of these words.
    #[must_use]
    pub fn new(title: &str) -> Self {
        let words = words(title);
        let is_ending = |word: &String| ENDING.iter().any(|end| word.starts_with(end));
        Self { ends_its_subject: words.iter().any(is_ending), words }
    }

    /// Whether what it proposes would end or limit what it is about.
    #[must_use]
    pub fn ends_its_subject(&self) -> bool {
        self.ends_its_subject
    }

    /// Whether it names a word by which leanings are told, which then says what is spoken about, not how.
    #[must_use]
    pub fn names_a_leaning(&self) -> bool {
        self.words.iter().any(|word| lexicon::weight(word).is_some() && self.names(word))
    }

    fn names(&self, word: &String) -> bool {
        self.words.contains(word) && !ENDING.iter().any(|end| word.starts_with(end))
    }
}

/// The words of a statement that speak well or ill of its subject, each with its weight, negation reckoned in.
///
/// ```
/// use soundings_themes_engine::stance::{Leaning, Position, Topic};
///
/// let topic = Topic::new("The library should be closed");
/// let essential = Leaning::of("The library is essential for families.");
/// assert_eq!(essential.towards(&topic), Position::Against);
/// assert_eq!(Leaning::of("It is expensive and useless.").towards(&topic), Position::For);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Leaning(Vec<(String, f32)>);

impl Leaning {
    /// Of a statement.
    #[must_use]
    pub fn of(statement: &str) -> Self {
        let all = words(statement);
        let mut found = Vec::new();
        for (place, word) in all.iter().enumerate() {
            let Some(weight) = lexicon::weight(word) else { continue };
            let before = &all[place.saturating_sub(NEGATION_REACH)..place];
            let negated = before
                .iter()
                .filter(|w| lexicon::NEGATIONS.contains(&w.as_str()) || w.ends_with("n't"))
                .count();
            found.push((word.clone(), if negated % 2 == 1 { -weight } else { weight }));
        }
        Self(found)
    }

    /// Towards a topic.
    #[must_use]
    pub fn towards(&self, topic: &Topic) -> Position {
        let position = self.beside(Some(topic));
        if topic.ends_its_subject { position.turned() } else { position }
    }

    /// How far it is for a topic: −1 (all against) to 1 (all for), near 0 where nothing speaks clearly.
    #[must_use]
    pub fn degree(&self, topic: &Topic) -> f32 {
        let degree = self.told(Some(topic)).0;
        if topic.ends_its_subject { -degree } else { degree }
    }

    /// Towards the subject, by the words that a topic does not name.
    fn beside(&self, topic: Option<&Topic>) -> Position {
        self.told(topic).1
    }

    fn told(&self, topic: Option<&Topic>) -> (f32, Position) {
        let own = |(word, _): &&(String, f32)| topic.is_none_or(|topic| !topic.names(word));
        told(self.0.iter().filter(own).map(|(_, weight)| *weight))
    }
}

fn told(weights: impl Iterator<Item = f32> + Clone) -> (f32, Position) {
    let total: f32 = weights.clone().map(f32::abs).sum();
    let degree = weights.clone().sum::<f32>() / (total + 0.5);
    let both = weights.clone().any(|w| w > 0.0) && weights.clone().any(|w| w < 0.0);
    let position = match degree {
        l if l >= CLEAR => Position::For,
        l if l <= -CLEAR => Position::Against,
        _ if both => Position::Mixed,
        _ => Position::Unclear,
    };
    (degree, position)
}

/// Words before a weighed one in which a negation turns it.
const NEGATION_REACH: usize = 3;
/// Less than this speaks for nothing.
const CLEAR: f32 = 0.15;

/// Whether a statement asks, complains or praises; its leaning is [`Leaning::of`] it.
#[must_use]
pub fn act(text: &str, leaning: &Leaning) -> Act {
    let all = words(text);
    let line = format!(" {} ", all.join(" "));
    let asks = lexicon::ASKS.iter().any(|ask| holds(&line, ask))
        || all.first().is_some_and(|first| lexicon::IMPERATIVES.contains(&first.as_str()));
    if asks {
        return Act::Ask;
    }
    let sum: f32 = leaning.0.iter().map(|(_, w)| *w).sum();
    match sum {
        s if s >= 0.5 => Act::Praise,
        s if s <= -0.5 => Act::Complaint,
        _ => Act::Other,
    }
}

#[cfg(test)]
mod tests;
