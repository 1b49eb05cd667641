//! Changes of one theme: its words, its place, its scope, its need, its state.

use super::{Decided, Rejection, ThemeDecision, wrong};
use crate::codebook::Codebook;
use crate::codebook_event::Action;
use crate::codebook_file::{DESCRIPTION_CHARACTERS, REASON_CHARACTERS, Violations};
use crate::theme::{Need, Scope, Theme, ThemeState};

pub(super) fn edit_theme(
    book: &Codebook,
    id: &str,
    etag: &str,
    change: &ThemeDecision,
) -> Result<Decided, Rejection> {
    // Retiring what is retired changes nothing.
    let there = book.theme_at(id, etag)?;
    if !there.stands() {
        return match change {
            ThemeDecision::Retire => Ok(None),
            _ => Err(Rejection::Retired(id.to_owned())),
        };
    }
    let mut edited = there.clone();
    let mut found = Violations::default();
    let action = match change {
        ThemeDecision::Rename(title) => {
            found.title("title", title);
            title.trim().clone_into(&mut edited.title);
            Action::Rename
        }
        ThemeDecision::Describe(description) => {
            found.description("description", description);
            description.trim().clone_into(&mut edited.description);
            Action::Describe
        }
        ThemeDecision::SetExemplars(exemplars) => {
            found.exemplars("exemplars", exemplars);
            edited.exemplars = exemplars.iter().map(|e| e.trim().to_owned()).collect();
            Action::SetExemplars
        }
        ThemeDecision::SetParent(parent) => {
            edited.parent.clone_from(parent);
            Action::SetParent
        }
        ThemeDecision::SetScope(scope) => {
            found.length("scope_reason", &scope.reason, 1, REASON_CHARACTERS);
            edited.scope = Some(Scope { within: scope.within, reason: scope.reason.trim().to_owned() });
            Action::SetScope
        }
        ThemeDecision::SetNeed(need) => {
            found.length("evidence", &need.evidence, 1, DESCRIPTION_CHARACTERS);
            edited.need = Some(Need { status: need.status, evidence: need.evidence.trim().to_owned() });
            Action::SetNeed
        }
        ThemeDecision::Propose => state(&mut edited, ThemeState::Proposed, Action::Propose),
        ThemeDecision::Approve => state(&mut edited, ThemeState::Approved, Action::Approve),
        ThemeDecision::Retire => state(&mut edited, ThemeState::Retired, Action::Retire),
    };
    found.refuse()?;
    let mut draft = book.clone();
    if let Some(theme) = draft.theme_mut(id) {
        *theme = edited;
    }
    match change {
        ThemeDecision::SetParent(Some(parent)) => check_parent(&draft, id, parent, "parent")?,
        // What was under it stands by itself from now on.
        ThemeDecision::Retire => {
            let children = draft.themes.iter_mut().filter(|theme| theme.parent.as_deref() == Some(id));
            children.for_each(|child| child.parent = None);
        }
        _ => {}
    }
    Ok(book.become_(draft, action, id))
}

fn state(theme: &mut Theme, to: ThemeState, action: Action) -> Action {
    theme.state = to;
    action
}

/// Whether the theme may stand under that parent: there are two levels, and what stands under something is in use.
pub(super) fn check_parent(draft: &Codebook, id: &str, parent: &str, field: &str) -> Result<(), Rejection> {
    let Some(above) = draft.theme(parent) else {
        return Err(wrong(field, format!("the codebook has no theme {parent}")));
    };
    let child = |theme: &Theme| theme.parent.as_deref() == Some(id) && theme.stands();
    let refused = if parent == id {
        "a theme is not its own parent"
    } else if !above.stands() {
        "that theme is retired"
    } else if above.kind.is_generic() || draft.theme(id).is_some_and(|theme| theme.kind.is_generic()) {
        "themes for what fits nowhere have no place in the two levels"
    } else if above.parent.is_some() {
        "that theme has a parent itself: there are two levels at most"
    } else if draft.themes.iter().any(child) {
        "this theme has others under it: there are two levels at most"
    } else {
        return Ok(());
    };
    Err(wrong(field, refused))
}
