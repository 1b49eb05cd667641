//! What others than respondents say of a theme.
use clap::Subcommand;
use soundings_proto::themes::v1 as proto;

use super::{full_name, last_part, theme};
use crate::{
    connection::{Connection, new_request_id},
    failure::{Failure, Outcome},
    output::{self, Column, Format, column, number, wide},
};

/// What to do with evidence.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Add a piece to a theme
    Add {
        /// `{codebook}/{theme}`; may be given again, of the same codebook.
        #[arg(required = true)]
        themes: Vec<String>,
        /// Who says it.
        #[arg(long)]
        source: String,
        /// Where it can be looked up.
        #[arg(long)]
        citation: String,
        /// When it was said: YYYY-MM-DD.
        #[arg(long)]
        date: String,
        /// The words.
        #[arg(long, default_value = "")]
        quote: String,
        /// 1 an opinion, 2 an example, 3 several examples, 4 a study, 5 studies that agree.
        #[arg(long, value_parser = clap::value_parser!(i32).range(1..=5))]
        strength: i32,
    },
    /// List a codebook's or a theme's, newest first
    List {
        /// The codebook's id, or `{codebook}/{theme}`.
        of: String,
        /// Removed pieces too.
        #[arg(long)]
        removed: bool,
    },
    /// Remove a piece; that it was there is kept
    Remove {
        /// Its name, as `evidence list` shows it.
        evidence: String,
        /// Why.
        #[arg(long)]
        reason: String,
    },
}

fn columns() -> Vec<Column<proto::Evidence>> {
    vec![
        column("date", |e| e.date.clone()),
        column("source", |e| e.source.clone()),
        number("strength", |e| e.strength.to_string()),
        column("themes", |e| e.themes.iter().map(|t| last_part(t)).collect::<Vec<_>>().join(", ")),
        column("citation", |e| e.citation.clone()),
        column("quote", |e| e.quote.clone()),
        column("name", |e| e.name.clone()),
        wide(column("added by", |e| e.actor.clone())),
        wide(column("removed by", |e| e.removed_by.clone())),
        wide(column("why removed", |e| e.remove_reason.clone())),
    ]
}

fn figure_columns() -> Vec<Column<proto::EvidenceFigure>> {
    vec![
        column("theme", |f| last_part(&f.theme)),
        number("pieces", |f| f.pieces.to_string()),
        number("sources", |f| f.sources.to_string()),
        number("strongest", |f| f.strongest.to_string()),
        number("mean strength", |f| format!("{:.3}", f64::from(f.mean_strength) / 1000.0)),
    ]
}

/// Carries it out.
pub async fn run(to: &Connection<'_>, format: Format, command: Command) -> Outcome {
    let mut client = to.evidence()?;
    let request_id = new_request_id();
    let piece = match command {
        Command::Add { themes, source, citation, date, quote, strength } => {
            let themes = themes.iter().map(|theme| theme::theme_name(theme)).collect::<Outcome<Vec<_>>>()?;
            let first = themes.first().and_then(|theme| theme.split_once("/themes/"));
            let (parent, _) = first.ok_or_else(|| Failure::usage("give a theme as CODEBOOK/THEME"))?;
            let parent = parent.to_owned();
            let evidence =
                proto::Evidence { themes, source, citation, date, quote, strength, ..Default::default() };
            let request = proto::AddEvidenceRequest { parent, evidence: Some(evidence), request_id };
            client.add_evidence(request).await?.into_inner()
        }
        Command::List { of, removed } => return list(to, format, &of, removed).await,
        Command::Remove { evidence: name, reason } => client
            .remove_evidence(proto::RemoveEvidenceRequest { name, reason, request_id })
            .await?
            .into_inner(),
    };
    output::single(format, &piece, &columns())
}

async fn list(to: &Connection<'_>, format: Format, of: &str, show_removed: bool) -> Outcome {
    let codebook = full_name("codebooks", of);
    let (parent, theme) = match codebook.matches('/').count() {
        1 => (codebook, String::new()),
        _ => {
            let theme = theme::theme_name(of)?;
            (theme.split("/themes/").next().unwrap_or_default().to_owned(), theme)
        }
    };
    let mut request =
        proto::ListEvidenceRequest { parent, theme, show_removed, page_size: 500, page_token: String::new() };
    let mut all = proto::ListEvidenceResponse::default();
    loop {
        let page = to.evidence()?.list_evidence(request.clone()).await?.into_inner();
        all.evidence.extend(page.evidence);
        all.figures = page.figures;
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    if !format.is_table() {
        return output::list(format, &all.evidence, &columns());
    }
    output::list(format, &all.figures, &figure_columns())?;
    output::text("\n")?;
    output::list(format, &all.evidence, &columns())
}
