//! Creating a codebook, loading its file, setting what feeds it.

use super::{Decided, Rejection, edit_theme, wrong};
use crate::codebook::{Codebook, Place};
use crate::codebook_event::{Action, CodebookEvent};
use crate::codebook_file::{CodebookFile, ThemeEntry, feeds_violations, settings_violations, sorted_ids};
use crate::theme::ThemeState;

pub(super) fn create(
    existing: Option<&Codebook>,
    id: &str,
    title: &str,
    surveys: &[String],
    questions: &[String],
) -> Result<Decided, Rejection> {
    if existing.is_some() {
        return Err(Rejection::CodebookThere);
    }
    let violations = settings_violations(id, title, surveys, questions);
    if !violations.is_empty() {
        return Err(Rejection::Invalid(violations));
    }
    let draft = Codebook {
        id: id.to_owned(),
        title: title.trim().to_owned(),
        surveys: sorted_ids(surveys),
        questions: sorted_ids(questions),
        ..Codebook::default()
    };
    Ok(CodebookEvent::between(None, draft, Action::Create, ""))
}

/// Takes a file over an existing codebook, or as a new one. The words of its themes are replaced; a theme already
/// there keeps what people decided on it, and a theme the file does not name is left as it is.
pub(super) fn load(existing: Option<&Codebook>, file: &CodebookFile) -> Result<Decided, Rejection> {
    let violations = file.violations();
    if !violations.is_empty() {
        return Err(Rejection::Invalid(violations));
    }
    let mut draft = existing.cloned().unwrap_or_default();
    draft.id.clone_from(&file.id);
    draft.title = file.title.trim().to_owned();
    draft.surveys = sorted_ids(&file.surveys);
    draft.questions = sorted_ids(&file.questions);
    for entry in &file.themes {
        // As a theme in a file is somebody's decision, a new one is approved unless the file says otherwise.
        let there = entry.theme(ThemeState::Approved);
        match draft.theme_mut(&entry.id) {
            Some(theme) => {
                theme.title = there.title;
                theme.description = there.description;
                theme.exemplars = there.exemplars;
            }
            None => draft.themes.push(there),
        }
    }
    let is_new = |id: &str| existing.is_none_or(|e| e.theme(id).is_none());
    for (i, entry) in file.themes.iter().enumerate().filter(|(_, entry)| is_new(&entry.id)) {
        if let Some(parent) = entry.parent.as_deref().filter(|_| entry.state != Some(ThemeState::Retired)) {
            edit_theme::check_parent(&draft, &entry.id, parent, &format!("themes[{i}].parent"))?;
        }
        if let Some(into) = &entry.merged_into {
            let field = format!("themes[{i}].merged_into");
            if entry.state != Some(ThemeState::Retired) {
                return Err(wrong(&field, "is for a theme whose state is retired"));
            }
            if draft.theme(into).is_none() || draft.place(&entry.id) == Place::Gone {
                return Err(wrong(
                    &field,
                    "must be another theme of the codebook, without coming back to itself",
                ));
            }
        }
    }
    match existing {
        Some(existing) if existing.is_signed_off() => draft.confirm_emerging(),
        _ => draft.confirm(),
    }
    Ok(CodebookEvent::between(existing, draft, Action::Load, ""))
}

/// Takes themes of another tool in. What it knows nothing of (exemplars, decisions) stays as it is.
pub(super) fn import(book: &Codebook, entries: &[ThemeEntry]) -> Result<Decided, Rejection> {
    let mut draft = book.clone();
    for (i, entry) in entries.iter().enumerate() {
        let path = format!("themes[{i}].");
        let violations = entry.violations(&path);
        if !violations.is_empty() {
            return Err(Rejection::Invalid(violations));
        }
        if entries[..i].iter().any(|earlier| earlier.id == entry.id) {
            return Err(wrong(&format!("{path}id"), "is used by an earlier theme"));
        }
        match draft.theme_mut(&entry.id) {
            Some(theme) => {
                entry.title.trim().clone_into(&mut theme.title);
                entry.description.trim().clone_into(&mut theme.description);
            }
            None => draft.add_theme(entry, &path, ThemeState::Proposed)?,
        }
    }
    Ok(book.become_(draft, Action::Import, ""))
}

pub(super) fn set_feeds(
    book: &Codebook,
    surveys: &[String],
    questions: &[String],
) -> Result<Decided, Rejection> {
    let violations = feeds_violations(surveys, questions);
    if !violations.is_empty() {
        return Err(Rejection::Invalid(violations));
    }
    let draft = Codebook { surveys: sorted_ids(surveys), questions: sorted_ids(questions), ..book.clone() };
    Ok(book.become_(draft, Action::SetFeeds, ""))
}
