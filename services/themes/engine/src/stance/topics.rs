//! The stance of a statement towards any theme of a codebook, told once and kept without its words.

use std::collections::BTreeMap;

use soundings_themes_domain::Codebook;

use super::{Act, Leaning, Position, Topic, act};

/// The topics of a codebook: each theme's title, as it was confirmed.
#[derive(Debug, Clone, Default)]
pub struct Topics(BTreeMap<String, Topic>);

impl Topics {
    /// Of a codebook.
    #[must_use]
    pub fn of(codebook: &Codebook) -> Self {
        let topic = |theme: &soundings_themes_domain::Theme| {
            let title = theme.assigned.as_ref().map_or(&theme.title, |words| &words.title);
            (theme.id.clone(), Topic::new(title))
        };
        Self(codebook.themes.iter().map(topic).collect())
    }
}

/// What a statement does, and where it stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stance {
    /// Whether it asks, complains or praises.
    pub act: Act,
    /// Towards the subject of any theme that is not named below.
    pub position: Position,
    /// Towards the subjects of themes whose title has a word by which it leans.
    pub apart: Vec<(String, Position)>,
}

impl Stance {
    /// Of a statement.
    #[must_use]
    pub fn of(statement: &str, topics: &Topics) -> Self {
        let leaning = Leaning::of(statement);
        let position = leaning.beside(None);
        let naming = topics.0.iter().filter(|(_, topic)| topic.names_a_leaning());
        let apart = naming
            .map(|(theme, topic)| (theme.clone(), leaning.beside(Some(topic))))
            .filter(|(_, apart)| *apart != position)
            .collect();
        Self { act: act(statement, &leaning), position, apart }
    }

    /// Towards a theme.
    #[must_use]
    pub fn towards(&self, theme: &str, topics: &Topics) -> Position {
        let apart = self.apart.iter().find(|(of, _)| of == theme);
        let position = apart.map_or(self.position, |(_, position)| *position);
        let ends = topics.0.get(theme).is_some_and(Topic::ends_its_subject);
        if ends { position.turned() } else { position }
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use proptest::prelude::*;
    use soundings_themes_domain::Theme;

    use super::*;

    fn topics(titles: &[&str]) -> Topics {
        let theme = |title: &&str| Theme { id: (*title).into(), title: (*title).into(), ..Theme::default() };
        Topics::of(&Codebook { themes: titles.iter().map(theme).collect(), ..Codebook::default() })
    }

    #[test]
    fn what_is_kept_tells_the_stance_towards_each_theme() {
        let topics = topics(&["Support for carers", "Close the pool", "Pool"]);
        let stance = Stance::of("Please give more support, it is essential", &topics);
        assert_eq!(stance.act, Act::Ask);
        let towards = |theme| stance.towards(theme, &topics);
        assert_eq!((towards("Pool"), towards("Close the pool")), (Position::For, Position::Against));
        let stance = Stance::of("There is support", &topics);
        assert_eq!(stance.towards("Support for carers", &topics), Position::Unclear);
    }

    proptest! {
        #[test]
        fn it_is_the_same_as_reading_the_words_again(
            words in proptest::collection::vec("(good|waste|not|support|close|pool|harm|never|but|safe)", 0..9),
        ) {
            let titles = ["Support", "Close the pool", "Pool", "Harm to the safe pool", "Cut the waste"];
            let (text, topics) = (words.join(" "), topics(&titles));
            let stance = Stance::of(&text, &topics);
            for title in titles {
                prop_assert_eq!(stance.towards(title, &topics), Leaning::of(&text).towards(&Topic::new(title)));
            }
        }
    }
}
