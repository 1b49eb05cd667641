//! Links that may be, by what work items say.
use clap::Args;
use soundings_proto::portfolio::v1 as proto;

use super::super::{full_name, last_part, theme::theme_name};
use crate::{
    connection::{Connection, new_request_id},
    failure::{Failure, Outcome},
    output::{self, Column, Format, column, number, wide},
};

/// What to suggest.
#[derive(Debug, Args)]
pub struct Options {
    /// The item's id; without one, of all.
    item: Option<String>,
    /// Only themes of this codebook.
    #[arg(long)]
    codebook: Option<String>,
    /// Least similarity, above 0 and up to 1; without one, 0.25.
    #[arg(long)]
    floor: Option<f64>,
    /// At most so many.
    #[arg(long, default_value_t = 200)]
    limit: i32,
    /// Lists those that were dismissed instead.
    #[arg(long, conflicts_with_all = ["codebook", "floor"])]
    dismissed: bool,
}

/// What to dismiss.
#[derive(Debug, Args)]
pub struct Dismissal {
    /// The item's id.
    item: String,
    /// `{codebook}/{theme}`.
    theme: String,
    /// Why.
    #[arg(long, default_value = "", conflicts_with = "restore")]
    reason: String,
    /// Takes the dismissal back.
    #[arg(long)]
    restore: bool,
}

fn columns() -> Vec<Column<proto::LinkSuggestion>> {
    vec![
        column("item", |s| last_part(&s.work_item)),
        column("theme", |s| s.theme.trim_start_matches("codebooks/").replace("/themes/", "/")),
        number("similarity", |s| format!("{:.3}", f64::from(s.similarity_ppm) / 1e6)),
        column("theme's title", |s| s.theme_title.clone()),
        column("what carries it", |s| s.sentence.clone()),
        wide(column("words", |s| s.words.join(", "))),
        wide(column("item's title", |s| s.work_item_title.clone())),
        wide(number("strength left", |s| s.strength_left.to_string())),
        wide(column("etag", |s| s.etag.clone())),
    ]
}

fn dismissed_columns() -> Vec<Column<proto::DismissedSuggestion>> {
    vec![
        column("item", |s| last_part(&s.work_item)),
        column("theme", |s| s.theme.trim_start_matches("codebooks/").replace("/themes/", "/")),
        column("when", |s| output::time(s.dismiss_time.as_ref())),
        column("who", |s| s.actor.clone()),
        column("why", |s| s.reason.clone()),
    ]
}

/// Lists suggestions, or what was dismissed.
pub async fn suggest(to: &Connection<'_>, format: Format, options: Options) -> Outcome {
    let work_item = options.item.map(|item| full_name("workItems", &item)).unwrap_or_default();
    if options.dismissed {
        return list_dismissed(to, format, work_item).await;
    }
    let floor_ppm = match options.floor {
        None => 0,
        Some(floor) if floor > 0.0 && floor <= 1.0 => ((floor * 1e6).round() as i32).max(1),
        Some(floor) => return Err(Failure::usage(format!("--floor is {floor}; give more than 0, up to 1"))),
    };
    let codebook = options.codebook.map(|id| full_name("codebooks", &id)).unwrap_or_default();
    let request = proto::SuggestLinksRequest { work_item, codebook, floor_ppm, most: options.limit };
    let found = to.suggestions()?.suggest_links(request).await?.into_inner();
    output::list(format, &found.suggestions, &columns())?;
    if format.is_table() {
        let more = if found.left_out > 0 { format!("; {} more", found.left_out) } else { String::new() };
        let dismissed = match found.dismissed {
            0 => String::new(),
            count => format!("; {count} were dismissed (--dismissed lists them)"),
        };
        output::note(format!(
            "a suggestion links nothing: confirm one with `soundings item link`{more}{dismissed}"
        ));
    }
    Ok(())
}

async fn list_dismissed(to: &Connection<'_>, format: Format, work_item: String) -> Outcome {
    let mut client = to.suggestions()?;
    let (mut all, mut page_token) = (Vec::new(), String::new());
    loop {
        let work_item = work_item.clone();
        let request = proto::ListDismissedSuggestionsRequest { work_item, page_size: 1000, page_token };
        let page = client.list_dismissed_suggestions(request).await?.into_inner();
        all.extend(page.suggestions);
        if page.next_page_token.is_empty() {
            return output::list(format, &all, &dismissed_columns());
        }
        page_token = page.next_page_token;
    }
}

/// Dismisses one, or takes a dismissal back.
pub async fn dismiss(to: &Connection<'_>, dismissal: Dismissal) -> Outcome {
    let (work_item, theme) = (full_name("workItems", &dismissal.item), theme_name(&dismissal.theme)?);
    let (mut client, request_id) = (to.suggestions()?, new_request_id());
    if dismissal.restore {
        client.restore_suggestion(proto::RestoreSuggestionRequest { work_item, theme, request_id }).await?;
        return Ok(());
    }
    let reason = dismissal.reason;
    let request = proto::DismissSuggestionRequest { work_item, theme, reason, request_id };
    client.dismiss_suggestion(request).await?;
    Ok(())
}
