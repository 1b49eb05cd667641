//! Views of themes.
use std::fmt::Write;

use clap::{Subcommand, ValueEnum};
use soundings_proto::themes::v1 as proto;

use super::stances::{Only, position};
use super::{codebook_or_theme, heatmap, mention_columns};
use crate::{
    commands::{full_name, last_part},
    connection::Connection,
    failure::Outcome,
    output::{self, Column, Format, column, number, wide},
};

/// What a trend counts by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum By {
    /// Days, UTC.
    Day,
    /// Weeks from Monday, UTC.
    #[default]
    Week,
}

/// A view of themes.
#[derive(Debug, Subcommand)]
pub enum View {
    /// Show how many respondents of each organisation raise each theme, as a heat map
    Heatmap {
        /// The codebook's id.
        codebook: String,
        /// Only this organisation.
        #[arg(long, default_value = "")]
        organisation: String,
    },
    /// Show how many responses raise each theme by day or by week, newest first
    Trend {
        /// The codebook's id, or `{codebook}/{theme}` for one theme.
        theme: String,
        /// By day or by week.
        #[arg(long, value_enum, default_value_t)]
        by: By,
        /// Only this organisation's.
        #[arg(long, default_value = "")]
        organisation: String,
        /// At most so many days or weeks.
        #[arg(long, default_value_t = 26, value_parser = clap::value_parser!(i32).range(1..=400))]
        periods: i32,
    },
    /// Show which themes are raised in answer to which question
    Questions {
        /// The codebook's id.
        codebook: String,
        /// Only this organisation's.
        #[arg(long, default_value = "")]
        organisation: String,
    },
    /// Show which themes the same responses raise together
    Together {
        /// The codebook's id, or `{codebook}/{theme}` for pairs with one theme.
        theme: String,
        /// Only this organisation's.
        #[arg(long, default_value = "")]
        organisation: String,
        /// At most so many pairs.
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(i32).range(1..=500))]
        limit: i32,
    },
    /// Quote the statements that are most like each theme, and those that are least
    Quotes {
        /// The codebook's id, or `{codebook}/{theme}` for one theme.
        theme: String,
        /// Only this organisation's.
        #[arg(long, default_value = "")]
        organisation: String,
        /// So many of each kind.
        #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(i32).range(1..=10))]
        each: i32,
    },
    /// Search the statements of the newest responses
    Search {
        /// The codebook's id, or `{codebook}/{theme}` for one theme's.
        theme: String,
        /// What to look for: all of these words, whatever their case and accents.
        query: String,
        /// What means the same, instead of what has the same words.
        #[arg(long)]
        meaning: bool,
        /// Only some of them.
        #[command(flatten)]
        only: Only,
        /// Only this organisation's.
        #[arg(long, default_value = "")]
        organisation: String,
        /// At most so many.
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(i32).range(1..=200))]
        limit: i32,
    },
}

/// An organisation's full name; empty for none.
fn of(organisation: &str) -> String {
    if organisation.is_empty() { String::new() } else { full_name("organisations", organisation) }
}

/// Themes with a count each, in one cell.
fn raised<'a>(themes: impl Iterator<Item = (&'a String, i64)>) -> String {
    themes.map(|(theme, count)| format!("{} {count}", last_part(theme))).collect::<Vec<_>>().join(", ")
}

/// Millionths with so many places.
fn ppm(value: f64, places: usize) -> String {
    format!("{:.places$}", value / 1e6)
}

fn cell_columns() -> Vec<Column<proto::HeatmapCell>> {
    vec![
        column("organisation", |c| last_part(&c.organisation)),
        column("theme", |c| last_part(&c.theme)),
        number("respondents", |c| c.respondents.to_string()),
        number("responses", |c| c.responses.to_string()),
        number("of organisation", |c| ppm(c.share_of_organisation_ppm.into(), 6)),
        number("of theme", |c| ppm(c.share_of_theme_ppm.into(), 6)),
    ]
}

fn period_columns() -> Vec<Column<proto::TrendPeriod>> {
    vec![
        column("from", |p| output::time(p.start_time.as_ref()).chars().take(10).collect()),
        number("responses", |p| p.responses.to_string()),
        column("raised", |p| raised(p.themes.iter().map(|t| (&t.theme, t.responses)))),
    ]
}

fn question_columns() -> Vec<Column<proto::QuestionThemes>> {
    vec![
        column("survey", |q| last_part(&q.survey)),
        column("question", |q| q.question.clone()),
        number("responses", |q| q.responses.to_string()),
        number("mentions", |q| q.mentions.to_string()),
        number("no theme", |q| q.unassigned_statements.to_string()),
        column("responses that raise", |q| raised(q.themes.iter().map(|t| (&t.theme, t.responses)))),
        wide(column("mentions of", |q| raised(q.themes.iter().map(|t| (&t.theme, t.mentions))))),
    ]
}

fn pair_columns() -> Vec<Column<proto::ThemePair>> {
    vec![
        column("theme", |p| last_part(&p.first_theme)),
        column("and", |p| last_part(&p.second_theme)),
        number("both", |p| p.responses.to_string()),
        number("jaccard", |p| ppm(p.jaccard_ppm.into(), 3)),
        number("lift", |p| ppm(p.lift_ppm as f64, 2)),
        wide(number("first", |p| p.first_responses.to_string())),
        wide(number("second", |p| p.second_responses.to_string())),
    ]
}

fn found_columns() -> Vec<Column<proto::FoundStatement>> {
    vec![
        column("organisation", |f| {
            f.mention.as_ref().map(|m| last_part(&m.organisation)).unwrap_or_default()
        }),
        column("themes", |f| f.themes.iter().map(|t| last_part(t)).collect::<Vec<_>>().join(", ")),
        number(
            "near",
            |f| {
                if f.similarity_ppm == 0 { String::new() } else { ppm(f.similarity_ppm.into(), 2) }
            },
        ),
        column("statement", |f| f.mention.as_ref().map(|m| m.text.clone()).unwrap_or_default()),
        wide(column("name", |f| f.mention.as_ref().map(|m| m.statement.clone()).unwrap_or_default())),
        wide(column("response", |f| f.mention.as_ref().map(|m| m.response.clone()).unwrap_or_default())),
    ]
}

/// The quotes as people read them.
fn quoted(themes: &[proto::ThemeQuotes]) -> String {
    let mut out = String::new();
    for theme in themes {
        _ = writeln!(out, "{} - {}", last_part(&theme.theme), theme.title);
        for (kind, mentions) in [("typical", &theme.typical), ("different", &theme.different)] {
            for mention in mentions {
                let words =
                    if mention.text.is_empty() { "(the response has moved on)" } else { &mention.text };
                let score = ppm(mention.score_ppm.into(), 2);
                let (of, position) = (last_part(&mention.organisation), position(mention.position()));
                let evidence = if mention.evidence_rich { ", brings evidence" } else { "" };
                _ = writeln!(out, "  {kind:9} {score:>5}  {of} ({position}{evidence}): {words}");
            }
        }
        out.push('\n');
    }
    if out.is_empty() { "nothing to list\n".to_owned() } else { out }
}

/// Shows it.
pub async fn show(to: &Connection<'_>, format: Format, view: View) -> Outcome {
    let mut client = to.views()?;
    match view {
        View::Heatmap { codebook, organisation } => {
            let (parent, organisation) = (full_name("codebooks", &codebook), of(&organisation));
            let mut request =
                proto::GetHeatmapRequest { parent, organisation, page_size: 200, page_token: String::new() };
            let mut map = client.get_heatmap(request.clone()).await?.into_inner();
            while !map.next_page_token.is_empty() {
                request.page_token = std::mem::take(&mut map.next_page_token);
                let page = client.get_heatmap(request.clone()).await?.into_inner();
                map.organisations.extend(page.organisations);
                map.cells.extend(page.cells);
                map.next_page_token = page.next_page_token;
            }
            match format {
                Format::Csv | Format::Ndjson => output::list(format, &map.cells, &cell_columns()),
                _ => output::one(format, &map, &[], heatmap::draw),
            }
        }
        View::Trend { theme, by, organisation, periods } => {
            let (parent, theme) = codebook_or_theme(&theme)?;
            let interval = match by {
                By::Day => proto::TrendInterval::Day,
                By::Week => proto::TrendInterval::Week,
            };
            let request = proto::GetTrendRequest {
                parent,
                interval: interval.into(),
                organisation: of(&organisation),
                theme,
                page_size: periods,
                page_token: String::new(),
            };
            let trend = client.get_trend(request).await?.into_inner();
            output::list(format, &trend.periods, &period_columns())?;
            if format.is_table() && !trend.next_page_token.is_empty() {
                output::note("there are older ones: give --periods");
            }
            Ok(())
        }
        View::Questions { codebook, organisation } => {
            let (parent, organisation) = (full_name("codebooks", &codebook), of(&organisation));
            let mut request = proto::GetByQuestionRequest {
                parent,
                organisation,
                page_size: 200,
                page_token: String::new(),
            };
            let mut questions = Vec::new();
            loop {
                let page = client.get_by_question(request.clone()).await?.into_inner();
                questions.extend(page.questions);
                if page.next_page_token.is_empty() {
                    return output::list(format, &questions, &question_columns());
                }
                request.page_token = page.next_page_token;
            }
        }
        View::Together { theme, organisation, limit } => {
            let (parent, theme) = codebook_or_theme(&theme)?;
            let (organisation, page_token) = (of(&organisation), String::new());
            let request =
                proto::GetCooccurrenceRequest { parent, organisation, theme, page_size: limit, page_token };
            let together = client.get_cooccurrence(request).await?.into_inner();
            output::list(format, &together.pairs, &pair_columns())?;
            if format.is_table() {
                output::note(format!("of {} responses", together.responses));
            }
            Ok(())
        }
        View::Quotes { theme, organisation, each } => {
            let (parent, theme) = codebook_or_theme(&theme)?;
            let mut request = proto::ListTypicalQuotesRequest {
                parent,
                theme,
                organisation: of(&organisation),
                quotes: each,
                page_size: 20,
                page_token: String::new(),
            };
            let mut themes = Vec::new();
            loop {
                let page = client.list_typical_quotes(request.clone()).await?.into_inner();
                themes.extend(page.themes);
                if page.next_page_token.is_empty() {
                    break;
                }
                request.page_token = page.next_page_token;
            }
            match format {
                Format::Table | Format::Wide => output::text(&output::harmless(&quoted(&themes))),
                Format::Csv => {
                    let all =
                        themes.into_iter().flat_map(|theme| theme.typical.into_iter().chain(theme.different));
                    output::list(format, &all.collect::<Vec<_>>(), &mention_columns())
                }
                Format::Json | Format::Ndjson | Format::Yaml => output::list(format, &themes, &[]),
            }
        }
        View::Search { theme, query, meaning, organisation, only, limit } => {
            let (parent, theme) = codebook_or_theme(&theme)?;
            let by = if meaning { proto::SearchBy::Meaning } else { proto::SearchBy::Words };
            let request = proto::SearchStatementsRequest {
                parent,
                query,
                by: by.into(),
                theme,
                organisation: of(&organisation),
                page_size: limit,
                position: only.position().into(),
                act: only.act().into(),
                evidence_rich: only.evidence,
            };
            let found = client.search_statements(request).await?.into_inner();
            output::list(format, &found.statements, &found_columns())?;
            if format.is_table() {
                let older = if found.has_older_responses { "; older ones were not searched" } else { "" };
                output::note(format!(
                    "{} found in the newest {} responses{older}",
                    found.total_size, found.searched_responses
                ));
            }
            Ok(())
        }
    }
}
