//! What a statement says whatever theme it is under, as columns: no words.

use soundings_mailbox::Error;
use soundings_themes_engine::stance::{Act, Position, Stance};

/// What a statement says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    /// The other language that it is in, in English, such as "Polish"; empty: none, or none that could be told.
    pub language: String,
    /// Whether it is one word alone.
    pub one_word: bool,
    /// What it does, and where it stands.
    pub stance: Stance,
    /// Whether it brings figures, dates, money, sources or examples.
    pub evidence_rich: bool,
}

/// A stance as one column: the position, then `theme:position` words.
#[must_use]
pub fn stance_to_words(stance: &Stance) -> String {
    let apart = stance.apart.iter().map(|(theme, position)| format!(" {theme}:{}", position.as_str()));
    std::iter::once(stance.position.as_str().to_owned()).chain(apart).collect()
}

/// The stance that [`stance_to_words`] wrote, of a statement of that act.
///
/// # Errors
/// When they are other words.
pub fn stance_from_words(words: &str, act: &str) -> Result<Stance, Error> {
    let other = || Error::Corrupt(format!("a stance is {words:?}, an act {act:?}"));
    let mut words = words.split(' ');
    let position = words.next().and_then(Position::parse).ok_or_else(other)?;
    let apart = words.map(|word| {
        let (theme, position) = word.rsplit_once(':').ok_or_else(other)?;
        Ok((theme.to_owned(), Position::parse(position).ok_or_else(other)?))
    });
    let apart = apart.collect::<Result<_, Error>>()?;
    Ok(Stance { act: Act::parse(act).ok_or_else(other)?, position, apart })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stance_is_read_as_it_was_written_and_nothing_else_is() {
        let apart = vec![("a.b".to_owned(), Position::Mixed), ("c".to_owned(), Position::For)];
        for apart in [Vec::new(), apart] {
            let stance = Stance { act: Act::Ask, position: Position::Against, apart };
            let words = stance_to_words(&stance);
            assert_eq!(stance_from_words(&words, "ask").ok(), Some(stance));
        }
        for (words, act) in [("", "ask"), ("for", "shout"), ("for a", "ask"), ("for a:b", "ask")] {
            assert!(stance_from_words(words, act).is_err(), "{words} {act}");
        }
    }
}
