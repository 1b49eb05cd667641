//! Recurring subjects in what was written.
use clap::Subcommand;
use soundings_proto::themes::v1 as proto;

use super::{full_name, last_part};
use crate::{
    connection::{Connection, new_request_id},
    failure::{Failure, Outcome},
    output::{self, Column, Format, column, number, wide},
};

mod campaigns;
mod decide;
mod emerging;
mod heatmap;
mod parts;
mod stances;
mod views;

/// What to do with themes.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List a codebook's, with their counts
    List {
        /// The codebook's id.
        codebook: String,
        /// Retired ones too.
        #[arg(long)]
        retired: bool,
    },
    /// Show one
    Get {
        /// `{codebook}/{theme}`.
        theme: String,
    },
    /// Sign one off: it counts in the official ranking from now on
    Approve {
        /// `{codebook}/{theme}`.
        theme: String,
        /// Its etag as it was read; nothing is done if it was changed since.
        #[arg(long, default_value = "")]
        etag: String,
        /// Why; kept in the codebook's history.
        #[arg(long)]
        reason: String,
    },
    /// Retire one: it counts in no ranking from now on
    Retire {
        /// `{codebook}/{theme}`.
        theme: String,
        /// Its etag as it was read; nothing is done if it was changed since.
        #[arg(long, default_value = "")]
        etag: String,
        /// Why; kept in the codebook's history.
        #[arg(long)]
        reason: String,
    },
    /// Change one: its words, its place, its scope, its need, its state
    #[command(flatten)]
    Change(decide::Change),
    /// Show the parts that one could be split into
    Parts(parts::Looking),
    /// List statements of a theme, or of a codebook, best first
    Mentions {
        /// `{codebook}/{theme}`, or the codebook's id for all.
        theme: String,
        /// Those that fit no theme.
        #[arg(long)]
        unassigned: bool,
        /// Only this organisation's.
        #[arg(long)]
        organisation: Option<String>,
        /// Only some of them.
        #[command(flatten)]
        only: stances::Only,
        /// Only those in another language than English.
        #[arg(long)]
        other_language: bool,
        /// At most so many.
        #[arg(long, default_value_t = 20)]
        limit: usize,
    },
    /// List each organisation's tallies
    Signals {
        /// The codebook's id.
        codebook: String,
    },
    /// List the texts that were sent most often: campaigns, and what they are in the counts
    Campaigns {
        /// The codebook's id.
        codebook: String,
        /// Only texts of at least so many responses.
        #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(i32).range(2..=1_000_000))]
        least: i32,
    },
    /// Look for themes in what fits none
    #[command(flatten)]
    Emergence(emerging::Emergence),
    /// View them: who is for and who against
    #[command(flatten)]
    Stances(stances::View),
    /// View them: who raises what, when, under which question, together with what, and in which words
    #[command(flatten)]
    View(views::View),
}

/// A theme with its counts.
pub fn columns() -> Vec<Column<proto::Theme>> {
    vec![
        column("theme", |t| last_part(&t.name)),
        column("state", |t| word(t.state().as_str_name(), "THEME_STATE_")),
        number("respondents", |t| t.respondents.to_string()),
        number("responses", |t| t.responses.to_string()),
        number("organisations", |t| t.organisations.to_string()),
        number("mentions", |t| t.mentions.to_string()),
        column("f1", agreement),
        column("title", |t| t.title.clone()),
        wide(column("part of", |t| last_part(&t.parent))),
        wide(column("scope", |t| word(t.scope().as_str_name(), "SCOPE_"))),
        wide(column("need", |t| word(t.need().as_str_name(), "NEED_STATUS_"))),
        wide(column("merged into", |t| last_part(&t.merged_into))),
        wide(column("waits", |t| {
            if t.reassignment_pending { "for confirmation".to_owned() } else { String::new() }
        })),
        wide(column("etag", |t| t.etag.clone())),
        wide(column("description", |t| t.description.clone())),
    ]
}

/// How far the model and people agree on it, or how many reviews there are of the 30 that it takes.
fn agreement(theme: &proto::Theme) -> String {
    match theme.quality {
        Some(of) if of.enough => format!("{:.2}", of.f1),
        Some(of) => format!("{}/30", of.both + of.model_only + of.person_only),
        None => String::new(),
    }
}

/// An enum's word in lower case; nothing for what is not given.
pub fn word(name: &str, prefix: &str) -> String {
    match name.trim_start_matches(prefix) {
        "UNSPECIFIED" => String::new(),
        word => word.to_lowercase().replace('_', " "),
    }
}

/// What is to be known of a statement before its theme is believed.
fn note(mention: &proto::Mention) -> String {
    match mention.language.as_str() {
        "" if mention.one_word => "one word".to_owned(),
        "" => String::new(),
        language => format!("in {language}"),
    }
}

fn mention_columns() -> Vec<Column<proto::Mention>> {
    vec![
        column("organisation", |m| last_part(&m.organisation)),
        column("theme", |m| last_part(&m.theme)),
        number("score", |m| format!("{:.2}", f64::from(m.score_ppm) / 1e6)),
        column("by", |m| if m.decided_by.is_empty() { "model".to_owned() } else { m.decided_by.clone() }),
        column("position", |m| stances::position(m.position())),
        column("evidence", |m| if m.evidence_rich { "yes".to_owned() } else { String::new() }),
        column("statement", |m| m.text.clone()),
        column("note", note),
        wide(column("act", |m| word(m.act().as_str_name(), "STATEMENT_ACT_"))),
        wide(column("name", |m| m.statement.clone())),
        wide(column("etag", |m| m.etag.clone())),
        wide(column("model's", |m| {
            m.model_themes.iter().map(|t| last_part(t)).collect::<Vec<_>>().join(", ")
        })),
        wide(column("runner up", |m| last_part(&m.runner_up))),
        wide(column("question", |m| m.question.clone())),
        wide(column("response", |m| m.response.clone())),
    ]
}

fn signal_columns() -> Vec<Column<proto::Signal>> {
    vec![
        column("organisation", |s| last_part(&s.organisation)),
        number("respondents", |s| s.respondents.to_string()),
        number("responses", |s| s.responses.to_string()),
        column("raised", |s| {
            let raised = s.themes.iter().map(|t| format!("{} {}", last_part(&t.theme), t.respondents));
            raised.collect::<Vec<_>>().join(", ")
        }),
        wide(number("sequence", |s| s.sequence.to_string())),
    ]
}

/// Carries it out.
pub async fn run(to: &Connection<'_>, format: Format, command: Command) -> Outcome {
    let mut client = to.themes()?;
    let theme = match command {
        Command::List { codebook, retired } => {
            let parent = full_name("codebooks", &codebook);
            let request = proto::ListThemesRequest { parent, show_retired: retired };
            let listed = client.list_themes(request).await?.into_inner();
            output::list(format, &listed.themes, &columns())?;
            if format.is_table() {
                output::note(format!(
                    "{} respondents ({} responses) in {} organisations; {} statements fit no theme",
                    listed.respondents, listed.responses, listed.organisations, listed.unassigned_statements
                ));
                if !listed.other_languages.is_empty() {
                    let each =
                        listed.other_languages.iter().map(|of| format!("{} {}", of.language, of.statements));
                    let each = each.collect::<Vec<_>>().join(", ");
                    output::note(format!("among them in other languages: {each}"));
                }
            }
            return Ok(());
        }
        Command::Mentions { theme, unassigned, organisation, only, other_language, limit } => {
            let (parent, theme) = codebook_or_theme(&theme)?;
            let request = proto::ListMentionsRequest {
                parent,
                theme,
                unassigned,
                organisation: organisation.map(|o| full_name("organisations", &o)).unwrap_or_default(),
                page_size: i32::try_from(limit.clamp(1, 200)).unwrap_or(200),
                page_token: String::new(),
                best_first: !unassigned,
                position: only.position().into(),
                act: only.act().into(),
                evidence_rich: only.evidence,
                other_language,
            };
            let (listed, total) = mentions(to, request, limit).await?;
            output::list(format, &listed, &mention_columns())?;
            if format.is_table() && total > listed.len() as i64 {
                output::note(format!("{} of {total} statements; --limit shows more", listed.len()));
            }
            return Ok(());
        }
        Command::Signals { codebook } => {
            let parent = full_name("codebooks", &codebook);
            let listed = client.list_signals(proto::ListSignalsRequest { parent }).await?.into_inner();
            return output::list(format, &listed.signals, &signal_columns());
        }
        Command::Get { theme } => {
            client.get_theme(proto::GetThemeRequest { name: theme_name(&theme)? }).await?.into_inner()
        }
        Command::Approve { theme, etag, reason } => {
            let (name, request_id) = (theme_name(&theme)?, new_request_id());
            let request = proto::ApproveThemeRequest { name, etag, reason, request_id };
            client.approve_theme(request).await?.into_inner()
        }
        Command::Retire { theme, etag, reason } => {
            let (name, request_id) = (theme_name(&theme)?, new_request_id());
            let request = proto::RetireThemeRequest { name, etag, reason, request_id };
            client.retire_theme(request).await?.into_inner()
        }
        Command::Campaigns { codebook, least } => return campaigns::list(to, format, &codebook, least).await,
        Command::Parts(looking) => return parts::list(to, format, &looking).await,
        Command::Emergence(command) => return emerging::run(to, format, command).await,
        Command::Stances(view) => return stances::show(to, format, view).await,
        Command::View(view) => return views::show(to, format, view).await,
        Command::Change(change) => decide::decide(to, change).await?,
    };
    output::single(format, &theme, &columns())?;
    if format.is_table() && theme.reassignment_pending {
        let what = match theme.state() {
            proto::ThemeState::Retired => "what it held is not given to other themes yet",
            _ => "its words move no statement yet",
        };
        output::note(format!("{what}: see `codebook preview`, then `codebook confirm`"));
    }
    Ok(())
}

async fn mentions(
    to: &Connection<'_>,
    mut request: proto::ListMentionsRequest,
    limit: usize,
) -> Outcome<(Vec<proto::Mention>, i64)> {
    let mut listed = Vec::new();
    loop {
        let page = to.themes()?.list_mentions(request.clone()).await?.into_inner();
        listed.extend(page.mentions);
        if page.next_page_token.is_empty() || listed.len() >= limit {
            listed.truncate(limit);
            return Ok((listed, page.total_size));
        }
        request.page_token = page.next_page_token;
    }
}

/// The full names of the codebook and the theme in `{codebook}/{theme}`; of the codebook alone, with no theme.
pub fn codebook_or_theme(given: &str) -> Outcome<(String, String)> {
    if !given.trim_start_matches("codebooks/").contains('/') {
        return Ok((full_name("codebooks", given), String::new()));
    }
    let theme = theme_name(given)?;
    let codebook = theme.split("/themes/").next().unwrap_or_default().to_owned();
    Ok((codebook, theme))
}

/// A theme's full name, from `{codebook}/{theme}` or the full name itself.
pub fn theme_name(given: &str) -> Outcome<String> {
    if given.starts_with("codebooks/") {
        return Ok(given.to_owned());
    }
    match given.split_once('/') {
        Some((codebook, theme)) => Ok(format!("codebooks/{codebook}/themes/{theme}")),
        None => Err(Failure::usage(format!("{given:?} is no theme; give CODEBOOK/THEME"))),
    }
}
