//! Which way statements lean and what they do.
use std::fmt::Write;

use clap::{Args, Subcommand, ValueEnum};
use soundings_proto::themes::v1 as proto;

use super::{codebook_or_theme, word};
use crate::{
    commands::{full_name, last_part},
    connection::Connection,
    failure::Outcome,
    output::{self, Column, Format, column, number},
};

/// Where a statement stands towards its theme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Position {
    /// It speaks for it.
    For,
    /// It speaks against it.
    Against,
    /// Both about alike.
    Mixed,
    /// Neither.
    Unclear,
}

/// What a statement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Act {
    /// It asks for something.
    Ask,
    /// It complains.
    Complaint,
    /// It praises or thanks.
    Praise,
    /// None of these.
    Other,
}

/// Which statements.
#[derive(Debug, Args)]
pub struct Only {
    /// Only those that stand so towards their theme.
    #[arg(long, value_enum)]
    position: Option<Position>,
    /// Only those that do this.
    #[arg(long, value_enum)]
    act: Option<Act>,
    /// Only those with figures, dates, money, sources or examples.
    #[arg(long)]
    pub evidence: bool,
}

impl Only {
    /// The position, as a message has it.
    pub fn position(&self) -> proto::Position {
        match self.position {
            None => proto::Position::Unspecified,
            Some(Position::For) => proto::Position::For,
            Some(Position::Against) => proto::Position::Against,
            Some(Position::Mixed) => proto::Position::Mixed,
            Some(Position::Unclear) => proto::Position::Unclear,
        }
    }

    /// The act, as a message has it.
    pub fn act(&self) -> proto::StatementAct {
        match self.act {
            None => proto::StatementAct::Unspecified,
            Some(Act::Ask) => proto::StatementAct::Ask,
            Some(Act::Complaint) => proto::StatementAct::Complaint,
            Some(Act::Praise) => proto::StatementAct::Praise,
            Some(Act::Other) => proto::StatementAct::Other,
        }
    }
}

/// A position's word.
pub fn position(position: proto::Position) -> String {
    word(position.as_str_name(), "POSITION_")
}

/// A view of stances.
#[derive(Debug, Subcommand)]
pub enum View {
    /// Show how many respondents are for and against each theme, by organisation, with quotes of either side
    Stances {
        /// The codebook's id, or `{codebook}/{theme}` for one theme.
        theme: String,
        /// Only this organisation's.
        #[arg(long)]
        organisation: Option<String>,
        /// So many quotes of either side.
        #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(i32).range(1..=10))]
        each: i32,
    },
    /// Show which themes are raised, for and against, by those who gave each answer to a closed question
    Answers {
        /// The codebook's id, or `{codebook}/{theme}` for one theme.
        theme: String,
        /// Only this organisation's.
        #[arg(long)]
        organisation: Option<String>,
    },
}

/// A count in a row of its own.
struct Row {
    question: String,
    answer: String,
    respondents: i64,
    theme: String,
    organisation: String,
    counts: proto::StanceCounts,
}

fn counts() -> Vec<Column<Row>> {
    vec![
        number("for", |row: &Row| row.counts.for_respondents.to_string()),
        number("against", |row: &Row| row.counts.against_respondents.to_string()),
        number("mixed", |row: &Row| row.counts.mixed_respondents.to_string()),
        number("unclear", |row: &Row| row.counts.unclear_respondents.to_string()),
    ]
}

fn organisation_columns() -> Vec<Column<Row>> {
    let of = vec![
        column("theme", |row: &Row| row.theme.clone()),
        column("organisation", |row: &Row| row.organisation.clone()),
    ];
    of.into_iter().chain(counts()).collect()
}

fn answer_columns() -> Vec<Column<Row>> {
    let of = vec![
        column("question", |row: &Row| row.question.clone()),
        column("answer", |row: &Row| row.answer.clone()),
        number("respondents", |row: &Row| row.respondents.to_string()),
        column("theme", |row: &Row| row.theme.clone()),
    ];
    of.into_iter().chain(counts()).collect()
}

/// Shows it.
pub async fn show(to: &Connection<'_>, format: Format, view: View) -> Outcome {
    let of = |organisation: Option<String>| {
        organisation.map(|organisation| full_name("organisations", &organisation)).unwrap_or_default()
    };
    match view {
        View::Stances { theme, organisation, each } => {
            let (parent, theme) = codebook_or_theme(&theme)?;
            let request = proto::GetStancesRequest {
                parent,
                theme,
                organisation: of(organisation),
                quotes: each,
                ..Default::default()
            };
            let themes = stances(to, request).await?;
            match format {
                Format::Table | Format::Wide => output::text(&output::harmless(&told(&themes))),
                Format::Csv => output::rows(format, &rows(&themes), &organisation_columns()),
                Format::Json | Format::Ndjson | Format::Yaml => output::list(format, &themes, &[]),
            }
        }
        View::Answers { theme, organisation } => {
            let (parent, theme) = codebook_or_theme(&theme)?;
            let request = proto::GetStancesByAnswerRequest {
                parent,
                theme,
                organisation: of(organisation),
                ..Default::default()
            };
            let questions = answers(to, request).await?;
            if !format.is_table() && format != Format::Csv {
                return output::list(format, &questions, &[]);
            }
            let rows: Vec<Row> = questions.iter().flat_map(answer_rows).collect();
            output::rows(format, &rows, &answer_columns())
        }
    }
}

async fn stances(
    to: &Connection<'_>,
    mut request: proto::GetStancesRequest,
) -> Outcome<Vec<proto::ThemeStances>> {
    let mut themes = Vec::new();
    loop {
        let page = to.stances()?.get_stances(request.clone()).await?.into_inner();
        themes.extend(page.themes);
        if page.next_page_token.is_empty() {
            return Ok(themes);
        }
        request.page_token = page.next_page_token;
    }
}

async fn answers(
    to: &Connection<'_>,
    mut request: proto::GetStancesByAnswerRequest,
) -> Outcome<Vec<proto::ClosedQuestionStances>> {
    let mut questions = Vec::new();
    loop {
        let page = to.stances()?.get_stances_by_answer(request.clone()).await?.into_inner();
        questions.extend(page.questions);
        if page.next_page_token.is_empty() {
            return Ok(questions);
        }
        request.page_token = page.next_page_token;
    }
}

fn rows(themes: &[proto::ThemeStances]) -> Vec<Row> {
    let of_theme = |theme: &proto::ThemeStances| {
        let id = last_part(&theme.theme);
        let row = |of: &proto::OrganisationStances| Row {
            question: String::new(),
            answer: String::new(),
            respondents: 0,
            theme: id.clone(),
            organisation: last_part(&of.organisation),
            counts: of.counts.unwrap_or_default(),
        };
        theme.organisations.iter().map(row).collect::<Vec<_>>()
    };
    themes.iter().flat_map(of_theme).collect()
}

fn answer_rows(question: &proto::ClosedQuestionStances) -> Vec<Row> {
    let of_answer = |answer: &proto::AnswerStances| {
        let row = |theme: &proto::AnswerTheme| Row {
            question: question.question.clone(),
            answer: answer.value.clone(),
            respondents: answer.respondents,
            theme: last_part(&theme.theme),
            organisation: String::new(),
            counts: theme.counts.unwrap_or_default(),
        };
        answer.themes.iter().map(row).collect::<Vec<_>>()
    };
    question.answers.iter().flat_map(of_answer).collect()
}

fn told(themes: &[proto::ThemeStances]) -> String {
    let mut out = String::new();
    let counted = |counts: proto::StanceCounts| {
        format!(
            "{} for, {} against, {} mixed, {} unclear",
            counts.for_respondents,
            counts.against_respondents,
            counts.mixed_respondents,
            counts.unclear_respondents
        )
    };
    for theme in themes {
        _ = writeln!(out, "{} - {}", last_part(&theme.theme), theme.title);
        _ = writeln!(out, "  {}", counted(theme.total.unwrap_or_default()));
        for of in &theme.organisations {
            let counts = counted(of.counts.unwrap_or_default());
            _ = writeln!(out, "  {:9} {counts}", last_part(&of.organisation));
        }
        let sides = [
            (proto::Position::For, "for", &theme.for_quotes),
            (proto::Position::Against, "against", &theme.against_quotes),
        ];
        for (position, side, quotes) in sides {
            let share = match theme.majority() {
                proto::Position::Unspecified => side.to_owned(),
                majority if majority == position => format!("majority: {side}"),
                _ => format!("minority: {side}"),
            };
            for quote in quotes {
                let words = if quote.text.is_empty() { "(the response has moved on)" } else { &quote.text };
                _ = writeln!(out, "  {share:17} {}: {words}", last_part(&quote.organisation));
            }
        }
        out.push('\n');
    }
    if out.is_empty() { "nothing to list\n".to_owned() } else { out }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn majority_and_minority_are_told_apart() {
        let quote = |text: &str| proto::Mention { text: text.into(), ..Default::default() };
        let theme = proto::ThemeStances {
            theme: "codebooks/cb/themes/pool".into(),
            title: "Pool".into(),
            total: Some(proto::StanceCounts {
                for_respondents: 2,
                against_respondents: 7,
                ..Default::default()
            }),
            majority: proto::Position::Against.into(),
            for_quotes: vec![quote("Keep it")],
            against_quotes: vec![quote("Too dear")],
            ..Default::default()
        };
        let out = told(&[theme]);
        assert!(out.contains("2 for, 7 against"), "{out}");
        assert!(out.contains("minority: for") && out.contains("majority: against"), "{out}");
        assert_eq!(told(&[]), "nothing to list\n");
    }
}
