//! Words that their author took back, taken out of a codebook that had made exemplars of them.
//!
//! A split, and a theme that emerges, make exemplars of what respondents wrote. When such a response is withdrawn or erased, its words go from
//! the theme and from every event alike, and [`WITHDRAWN`] stands in their place: replaying the events still makes the
//! codebook, undoing still works, and nobody can read the words any more. No count moves by it.

use std::collections::{BTreeMap, BTreeSet};

use crate::codebook::Codebook;
use crate::codebook_event::CodebookEvent;
use crate::statement_key::statement_digest;
use crate::theme::Theme;

/// What stands in place of words that were taken back. Nothing is assigned by it.
pub const WITHDRAWN: &str = "[withdrawn]";

/// The digests of the statements of these responses that events made exemplars of, by response.
#[must_use]
pub fn exemplars_of<'a>(
    events: impl IntoIterator<Item = &'a CodebookEvent>,
    responses: &BTreeSet<&str>,
) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let made =
        |event: &'a CodebookEvent| event.split.iter().flat_map(|s| &s.statements).chain(&event.anchors);
    for statement in events.into_iter().flat_map(made) {
        if responses.contains(statement.response.as_str()) {
            found.entry(statement.response.clone()).or_default().insert(statement.digest.clone());
        }
    }
    found
}

impl CodebookEvent {
    /// Takes words with these digests and the statements of these responses out. False: it has none of them.
    pub fn withdraw(&mut self, digests: &BTreeSet<String>, responses: &BTreeSet<&str>) -> bool {
        let mut changed = false;
        for theme in self.themes.iter_mut().flat_map(|change| [&mut change.before, &mut change.after]) {
            changed |= theme.as_mut().is_some_and(|theme| theme.withdraw(digests));
        }
        if let Some(split) = &mut self.split {
            let count = split.statements.len();
            split.statements.retain(|statement| !responses.contains(statement.response.as_str()));
            changed |= split.statements.len() < count;
        }
        let count = self.anchors.len();
        self.anchors.retain(|statement| !responses.contains(statement.response.as_str()));
        changed | (self.anchors.len() < count)
    }
}

impl Codebook {
    /// Takes words with these digests out; returns the ids of the themes that had any.
    pub fn withdraw(&mut self, digests: &BTreeSet<String>) -> Vec<String> {
        let touched =
            self.themes.iter_mut().filter_map(|theme| theme.withdraw(digests).then(|| theme.id.clone()));
        touched.collect()
    }
}

impl Theme {
    fn withdraw(&mut self, digests: &BTreeSet<String>) -> bool {
        let assigned = self.assigned.iter_mut().flat_map(|words| &mut words.exemplars);
        let mut changed = false;
        for exemplar in self.exemplars.iter_mut().chain(assigned) {
            if digests.contains(&statement_digest(exemplar)) {
                WITHDRAWN.clone_into(exemplar);
                changed = true;
            }
        }
        changed
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::codebook_file::{CodebookFile, ThemeEntry};
    use crate::decision::{Decision, ThemeDecision};
    use crate::statement_key::StatementKey;

    #[test]
    fn words_taken_back_are_nowhere_and_the_events_still_replay_and_undo() {
        let words = "Our staff are lonely.";
        let entry = |id: &str, exemplars: Vec<String>| ThemeEntry {
            id: id.into(),
            title: id.into(),
            exemplars,
            ..ThemeEntry::default()
        };
        let file = CodebookFile {
            id: "cb".into(),
            title: "A codebook".into(),
            surveys: vec!["s".into()],
            questions: vec![],
            themes: vec![entry("a", vec![])],
        };
        let (book, first) = Codebook::load(None, &file).unwrap();
        let key =
            StatementKey { response: "r".into(), question: "q".into(), digest: statement_digest(words) };
        let split = Decision::Split {
            from: "a".into(),
            etag: String::new(),
            into: entry("b", vec![words.into(), "Another.".into()]),
            statements: vec![key],
        };
        let (book, second) = Codebook::decide(Some(&book), &split).unwrap().unwrap();
        let confirm = Decision::Confirm { etag: String::new(), learned: 0 };
        let (book, third) = Codebook::decide(Some(&book), &confirm).unwrap().unwrap();
        let rename = Decision::OnTheme {
            theme: "b".into(),
            etag: String::new(),
            change: ThemeDecision::Rename("B".into()),
        };
        let (mut book, fourth) = Codebook::decide(Some(&book), &rename).unwrap().unwrap();
        let mut log = [first.unwrap(), second, third, fourth];

        assert!(exemplars_of(&log, &BTreeSet::from(["other"])).is_empty());
        let responses = BTreeSet::from(["r"]);
        let digests = exemplars_of(&log, &responses).remove("r").unwrap();
        let touched: Vec<bool> = log.iter_mut().map(|event| event.withdraw(&digests, &responses)).collect();
        assert_eq!(touched, [false, true, true, true]);
        assert_eq!(book.withdraw(&digests), ["b"]);
        assert_eq!(book.withdraw(&digests), [""; 0], "once is enough");
        assert!(!serde_json::to_string(&log).unwrap().contains("lonely"));
        assert_eq!(Codebook::replay(&log), Ok(Some(book.clone())));
        assert_eq!(book.as_confirmed().theme("b").unwrap().exemplars, ["Another."]);
        let undo = Decision::Undo { events: vec![log[3].clone(), log[2].clone()], etag: String::new() };
        assert!(Codebook::decide(Some(&book), &undo).is_ok());
    }
}
