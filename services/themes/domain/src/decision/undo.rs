//! Undoing the last decisions: an event of its own that takes their changes back.

use super::{Decided, Rejection};
use crate::codebook::Codebook;
use crate::codebook_event::{Action, CodebookEvent};
use crate::theme::Theme;

/// The last `count` decisions that still stand, newest first, out of a codebook's events from newest to oldest: neither
/// those undone already nor the undoings themselves. Fewer, where there are fewer.
pub fn standing<'a>(
    newest_first: impl IntoIterator<Item = &'a CodebookEvent>,
    count: usize,
) -> Vec<&'a CodebookEvent> {
    let mut undone: Vec<i64> = Vec::new();
    let mut found = Vec::new();
    for event in newest_first {
        if found.len() == count {
            break;
        }
        if event.action == Action::Undo {
            undone.extend(&event.undoes);
        } else if !undone.contains(&event.version) {
            found.push(event);
        }
    }
    found
}

/// What created the codebook, and undoing itself, cannot.
pub fn can_be_undone(event: &CodebookEvent) -> bool {
    event.version != 1 && event.action != Action::Undo
}

/// Numbers go on: a theme has the content of before under a new revision, since what was told cannot be untold.
pub(super) fn undo(book: &Codebook, events: &[CodebookEvent]) -> Result<Decided, Rejection> {
    let mut draft = book.clone();
    for event in events {
        if !can_be_undone(event) {
            return Err(Rejection::NothingToUndo(events.iter().filter(|e| can_be_undone(e)).count()));
        }
        for change in &event.themes {
            let place = draft.themes.iter().position(|theme| theme.id == change.id());
            let same = match (place, &change.after) {
                (Some(place), Some(after)) => same_content(&draft.themes[place], after),
                (None, None) => true,
                _ => false,
            };
            if !same {
                return Err(Rejection::NotTheLast);
            }
            match (place, &change.before) {
                (Some(place), Some(before)) => draft.themes[place] = before.clone(),
                (Some(place), None) => drop(draft.themes.remove(place)),
                (None, Some(before)) => draft.themes.push(before.clone()),
                (None, None) => {}
            }
        }
        if let Some(settings) = event.settings.as_ref().and_then(|settings| settings.before.as_ref()) {
            draft.title.clone_from(&settings.title);
            draft.surveys.clone_from(&settings.surveys);
            draft.questions.clone_from(&settings.questions);
            draft.learned = settings.learned;
        }
    }
    if events.is_empty() {
        return Err(Rejection::NothingToUndo(0));
    }
    let theme = match events {
        [one] => one.theme.as_str(),
        _ => "",
    };
    // Decisions that cancelled each other out are undone as well, though nothing changes by it.
    let (book, mut event) = CodebookEvent::of(Some(book), draft, Action::Undo, theme);
    event.undoes = events.iter().map(|event| event.version).collect();
    Ok(Some((book, event)))
}

fn same_content(a: &Theme, b: &Theme) -> bool {
    Theme { revision: 0, ..a.clone() } == Theme { revision: 0, ..b.clone() }
}
