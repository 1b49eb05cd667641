//! Merging themes into one.

use super::{Decided, Rejection, wrong};
use crate::codebook::Codebook;
use crate::codebook_event::Action;
use crate::theme::ThemeState;

/// Themes that one decision may merge.
const MOST: usize = 50;

/// The merged themes are retired and remember where they went. Their words go on drawing statements, for the theme
/// that stays; so what the model finds moves by name alone, and undoing it moves exactly that back. What was under a
/// merged theme comes under the one that stays, or beside it where that stands under something itself.
pub(super) fn merge(
    book: &Codebook,
    themes: &[String],
    into: &str,
    etag: &str,
) -> Result<Decided, Rejection> {
    book.standing_at(into, etag)?;
    if themes.is_empty() || themes.len() > MOST {
        return Err(wrong("themes", format!("must name 1 to {MOST} themes")));
    }
    let mut draft = book.clone();
    for (i, id) in themes.iter().enumerate() {
        if id == into {
            return Err(wrong(&format!("themes[{i}]"), "is the theme that the others are merged into"));
        }
        if themes[..i].contains(id) {
            return Err(wrong(&format!("themes[{i}]"), "is named twice"));
        }
        book.standing_at(id, "")?;
        if let Some(theme) = draft.theme_mut(id) {
            theme.state = ThemeState::Retired;
            theme.merged_into = Some(into.to_owned());
        }
    }
    let merged = |parent: &Option<String>| parent.as_ref().is_some_and(|parent| themes.contains(parent));
    let generic = draft.theme(into).is_some_and(|theme| theme.kind.is_generic());
    let above = match draft.theme_mut(into) {
        Some(theme) if merged(&theme.parent) => {
            theme.parent = None;
            None
        }
        Some(theme) => theme.parent.clone(),
        None => None,
    };
    let next = if generic { None } else { above.or_else(|| Some(into.to_owned())) };
    for theme in draft.themes.iter_mut().filter(|theme| theme.stands() && merged(&theme.parent)) {
        theme.parent.clone_from(&next);
    }
    Ok(book.become_(draft, Action::Merge, into))
}
