//! Sets of questions.
use std::path::PathBuf;

use clap::Subcommand;
use soundings_proto::consultation::v1::{self as proto, question};

use super::{full_name, last_part};
use crate::{
    ask,
    connection::{Connection, new_request_id},
    failure::Outcome,
    files,
    output::{self, Column, Format, column, number, wide},
};

/// What to do with surveys.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List all
    List,
    /// Show one with its questions
    Get {
        /// Its id.
        survey: String,
    },
    /// Create a draft from a YAML file
    Create {
        /// The file.
        file: PathBuf,
        /// Opens it as well.
        #[arg(long)]
        open: bool,
    },
    /// Take responses from now on
    Open {
        /// Its id.
        survey: String,
    },
    /// Take no more responses
    Close {
        /// Its id.
        survey: String,
        /// Does not ask.
        #[arg(long)]
        yes: bool,
    },
}

fn columns() -> Vec<Column<proto::Survey>> {
    vec![
        column("id", |s| last_part(&s.name)),
        column("state", state),
        number("responses", |s| s.response_count.to_string()),
        column("title", |s| s.title.clone()),
        wide(number("questions", |s| s.questions.len().to_string())),
    ]
}

fn state(survey: &proto::Survey) -> String {
    survey.state().as_str_name().trim_start_matches("SURVEY_STATE_").to_lowercase()
}

/// Carries it out.
pub async fn run(to: &Connection<'_>, format: Format, command: Command) -> Outcome {
    let mut client = to.consultation()?;
    let survey = match command {
        Command::List => return output::list(format, &all(to).await?, &columns()),
        Command::Get { survey } => {
            let name = full_name("surveys", &survey);
            let found = client.get_survey(proto::GetSurveyRequest { name }).await?.into_inner();
            return output::one(format, &found, &columns(), show);
        }
        Command::Create { file, open: and_open } => {
            let (id, survey) = files::survey::read(&file.display().to_string(), &files::text(&file)?)?;
            let made = create(to, id, survey).await?;
            if and_open { open(to, made.name).await? } else { made }
        }
        Command::Open { survey } => open(to, full_name("surveys", &survey)).await?,
        Command::Close { survey, yes } => {
            let name = full_name("surveys", &survey);
            ask::confirm(yes, &format!("{name} takes no more responses once it is closed"))?;
            let request =
                proto::CloseSurveyRequest { name, etag: String::new(), request_id: new_request_id() };
            client.close_survey(request).await?.into_inner()
        }
    };
    output::single(format, &survey, &columns())
}

async fn all(to: &Connection<'_>) -> Outcome<Vec<proto::Survey>> {
    let mut client = to.consultation()?;
    let (mut all, mut page_token) = (Vec::new(), String::new());
    loop {
        let page = client
            .list_surveys(proto::ListSurveysRequest { page_size: 1000, page_token })
            .await?
            .into_inner();
        all.extend(page.surveys);
        if page.next_page_token.is_empty() {
            return Ok(all);
        }
        page_token = page.next_page_token;
    }
}

/// Creates a draft.
pub async fn create(to: &Connection<'_>, id: String, survey: proto::Survey) -> Outcome<proto::Survey> {
    let request =
        proto::CreateSurveyRequest { survey_id: id, survey: Some(survey), request_id: new_request_id() };
    Ok(to.consultation()?.create_survey(request).await?.into_inner())
}

/// Opens a draft.
pub async fn open(to: &Connection<'_>, name: String) -> Outcome<proto::Survey> {
    let request = proto::OpenSurveyRequest { name, etag: String::new(), request_id: new_request_id() };
    Ok(to.consultation()?.open_survey(request).await?.into_inner())
}

fn show(survey: &proto::Survey) -> String {
    let mut text = format!(
        "{}\n{}\n{}, {} response(s)\n",
        survey.name,
        survey.title,
        state(survey),
        survey.response_count
    );
    for question in &survey.questions {
        let required = if question.required { ", required" } else { "" };
        let (kind, choices) = match &question.kind {
            Some(question::Kind::FreeText(_)) => ("free text".to_owned(), &[][..]),
            Some(question::Kind::SingleChoice(one)) => ("one of".to_owned(), &one.choices[..]),
            Some(question::Kind::MultipleChoice(some)) => ("any of".to_owned(), &some.choices[..]),
            Some(question::Kind::Rating(r)) => (format!("{} to {}", r.lowest, r.highest), &[][..]),
            None => ("of a kind that this program does not know".to_owned(), &[][..]),
        };
        let bound = if question.bound_to.is_empty() {
            String::new()
        } else {
            format!(", speaks for {}", question.bound_to)
        };
        text.push_str(&format!("\n{}  {}\n    {kind}{required}{bound}\n", question.id, question.prompt));
        for choice in choices {
            text.push_str(&format!("      {}  {}\n", choice.id, choice.label));
        }
    }
    text
}
