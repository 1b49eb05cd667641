//! Suggests which themes work items may answer, by what they say; and remembers what people dismissed.
use std::collections::BTreeSet;

use soundings_chassis::Problem;
use soundings_portfolio_domain::{Inputs, Item, ThemeState, link::WHOLE};
use soundings_proto::portfolio::v1 as proto;

use super::{
    Runtime,
    change_model::{self, no_item},
    once::{Mutation, once},
};
use crate::{
    rpc::{
        messages,
        theme_matches::{TEXTS, ThemeMatches},
    },
    store::{
        input_log,
        suggestion_log::{self, Dismissed},
    },
};

/// Links that are less near are not suggested, in millionths of similarity. In the reference case it lets each item of the
/// three enhanced portfolios come to its theme, and of all that it lets pass two in three are links.
pub const FLOOR_PPM: i32 = 250_000;
/// Characters of an item that are read.
const CHARACTERS: usize = 10_000;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Asked {
    /// One item's id; None: all.
    pub item: Option<String>,
    /// One codebook's full name; None: all that have themes.
    pub codebook: Option<String>,
    /// Links that are less near are left out, in millionths of similarity.
    pub floor_ppm: i32,
    /// At most so many.
    pub most: usize,
}

/// What an item says of itself: its title, what will be different, what will be done. What the office does in it is left
/// out: that is alike for many.
fn says(item: &Item) -> String {
    let text = format!("{}.\n{}\n{}", item.title, item.outcomes, item.key_actions);
    text.chars().take(CHARACTERS).collect()
}

/// Whether a theme may be linked: it is known here, not retired, and the partnership may act on it.
fn may_be_linked(inputs: &Inputs, theme: &str) -> bool {
    let theme = inputs.themes.get(theme);
    theme.is_some_and(|theme| theme.state != ThemeState::Retired && !theme.out_of_scope)
}

/// Suggestions as things stand.
///
/// # Errors
/// When there is no such item or codebook, and when themes does not answer.
pub async fn suggest(
    runtime: &Runtime,
    themes: &ThemeMatches,
    asked: Asked,
) -> Result<proto::SuggestLinksResponse, Problem> {
    let conn = runtime.db.read();
    let (inputs, ..) = input_log::inputs_at(conn, i64::MAX).await?;
    let mut items: Vec<_> = input_log::items(conn).await?.into_iter().collect();
    if let Some(id) = &asked.item {
        items.retain(|(item, _)| item == id);
        if items.is_empty() {
            return Err(no_item(id));
        }
    }
    let dismissed = suggestion_log::dismissed(conn, asked.item.as_deref()).await?;
    let dismissed: BTreeSet<(&str, &str)> = dismissed.iter().map(|d| (&*d.item, &*d.theme)).collect();
    let known = inputs.themes.keys().filter(|theme| may_be_linked(&inputs, theme));
    let known: BTreeSet<&str> = known.filter_map(|theme| Some(theme.split_once("/themes/")?.0)).collect();
    let codebooks = asked.codebook.as_deref().map_or(known, |codebook| BTreeSet::from([codebook]));

    let mut reply = proto::SuggestLinksResponse::default();
    for codebook in codebooks {
        for chunk in items.chunks(TEXTS) {
            let texts = chunk.iter().map(|(_, (item, _))| says(item)).collect();
            let Some(found) = themes.of(codebook, texts, asked.floor_ppm).await? else {
                if asked.codebook.is_some() {
                    return Err(Problem::not_found("codebook", codebook));
                }
                break;
            };
            for ((id, (item, position)), found) in chunk.iter().zip(found) {
                for near in found.matches {
                    let linked = item.links.keys().any(|said| inputs.goes_to(said) == near.theme);
                    if linked || !may_be_linked(&inputs, &near.theme) {
                        continue;
                    }
                    if dismissed.contains(&(id.as_str(), near.theme.as_str())) {
                        reply.dismissed += 1;
                        continue;
                    }
                    let left = WHOLE - item.links.values().map(|link| link.strength).sum::<i64>();
                    reply.suggestions.push(proto::LinkSuggestion {
                        work_item: format!("workItems/{id}"),
                        work_item_title: item.title.clone(),
                        theme: near.theme,
                        theme_title: near.title,
                        similarity_ppm: near.similarity_ppm,
                        sentence: near.sentence,
                        words: near.words,
                        strength_left: i32::try_from(left.max(0)).unwrap_or_default(),
                        etag: position.to_string(),
                    });
                }
            }
        }
    }
    reply.suggestions.sort_by(|a, b| {
        let nearest_first = b.similarity_ppm.cmp(&a.similarity_ppm);
        nearest_first.then_with(|| (&a.work_item, &a.theme).cmp(&(&b.work_item, &b.theme)))
    });
    let more = reply.suggestions.len().saturating_sub(asked.most);
    reply.left_out = i32::try_from(more).unwrap_or(i32::MAX);
    reply.suggestions.truncate(asked.most);
    Ok(reply)
}

/// As a message.
pub fn message(dismissed: &Dismissed) -> proto::DismissedSuggestion {
    proto::DismissedSuggestion {
        work_item: format!("workItems/{}", dismissed.item),
        theme: dismissed.theme.clone(),
        actor: dismissed.actor.clone(),
        reason: dismissed.reason.clone(),
        dismiss_time: Some(messages::timestamp(dismissed.at)),
    }
}

/// Dismisses a link. One that is dismissed stays as it was dismissed first.
///
/// # Errors
/// When there is no such item or theme, and when it is linked.
pub async fn dismiss(
    runtime: &Runtime,
    mutation: &Mutation,
    (item, theme, reason): (String, String, String),
) -> Result<proto::DismissedSuggestion, Problem> {
    once(runtime, mutation, suggestion_log::COUNTER, async |tx, now| {
        let (inputs, ..) = input_log::inputs_at(tx, i64::MAX).await?;
        if change_model::item(&inputs, &item)?.links.contains_key(&theme) {
            let text = format!("workItems/{item} is linked to {theme}: remove the link instead");
            return Err(Problem::failed_precondition("LINKED", "theme", text));
        }
        if !inputs.themes.contains_key(&theme) {
            return Err(Problem::not_found("theme", &theme));
        }
        let known = suggestion_log::dismissed(tx, Some(&item)).await?;
        if let Some(known) = known.iter().find(|known| known.theme == theme) {
            return Ok(message(known));
        }
        let actor = mutation.principal.clone();
        let dismissed = Dismissed { item, theme, actor, reason, at: now };
        suggestion_log::append(tx, &dismissed, true).await?;
        Ok(message(&dismissed))
    })
    .await
}

/// Takes a dismissal back; who did is kept.
///
/// # Errors
/// When there is none.
pub async fn restore(
    runtime: &Runtime,
    mutation: &Mutation,
    (item, theme): (String, String),
) -> Result<proto::RestoreSuggestionResponse, Problem> {
    once(runtime, mutation, suggestion_log::COUNTER, async |tx, now| {
        let known = suggestion_log::dismissed(tx, Some(&item)).await?;
        if !known.iter().any(|known| known.theme == theme) {
            let name = format!("of workItems/{item} and {theme}");
            return Err(Problem::not_found("dismissal", &name));
        }
        let actor = mutation.principal.clone();
        let restored = Dismissed { item, theme, actor, reason: String::new(), at: now };
        suggestion_log::append(tx, &restored, false).await?;
        Ok(proto::RestoreSuggestionResponse {})
    })
    .await
}
