//! Pieces of work that compete for money and people.
use clap::Subcommand;
use soundings_proto::portfolio::v1::{self as proto, portfolio_service_client::PortfolioServiceClient};

use super::{full_name, last_part, theme::theme_name};
use crate::{
    ask,
    connection::{Authorised, Connection, new_request_id},
    decimal,
    failure::{Failure, Outcome},
    files::portfolio::link::{self, Reading},
    output::{self, Column, Format, column, number, wide},
};

mod suggestions;

/// What to do with work items.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List all
    List {
        /// Only this portfolio's.
        #[arg(long)]
        portfolio: Option<String>,
    },
    /// Show one
    Get {
        /// Its id, such as MW-1.
        item: String,
    },
    /// List what people changed on one: who, when, and each field before and after
    History {
        /// Its id.
        item: String,
    },
    /// Set one score, or clear it
    Score {
        /// Its id.
        item: String,
        /// The criterion's id.
        criterion: String,
        /// The score in the criterion's unit, or LOW,LIKELY,HIGH; without one, the score is cleared.
        score: Option<String>,
        /// The etag it was read with; without one, whatever it is.
        #[arg(long, default_value = "")]
        etag: String,
    },
    /// Link it to a theme, or change the link; strength 0 removes it
    Link {
        /// Its id.
        item: String,
        /// `{codebook}/{theme}`.
        theme: String,
        /// Thousandths, 0 to 1000.
        strength: i32,
        /// How sure that is, in thousandths; without it, as it is, and 1000 for a new link.
        #[arg(long)]
        confidence: Option<i32>,
        /// How a mention of the theme is read; without it, as it is, and raised for a new link.
        #[arg(long, value_enum)]
        reading: Option<Reading>,
        /// The etag it was read with; without one, whatever it is.
        #[arg(long, default_value = "")]
        etag: String,
    },
    /// Suggest themes that one item, or each, may answer by what it says; `item link` confirms one
    SuggestLinks(suggestions::Options),
    /// Dismiss a suggested link, so that it is not suggested again; --restore takes that back
    DismissLink(suggestions::Dismissal),
    /// Remove it from the ranking; past revisions keep it
    Delete {
        /// Its id.
        item: String,
        /// Does not ask.
        #[arg(long)]
        yes: bool,
    },
}

fn columns() -> Vec<Column<proto::WorkItem>> {
    vec![
        column("item", |i| last_part(&i.name)),
        column("portfolio", |i| last_part(&i.portfolio)),
        column("title", |i| i.title.clone()),
        number("cost gbp", |i| i.cost_gbp.to_string()),
        column("themes", |i| {
            let links = i.links.iter().map(|l| format!("{} {}", last_part(&l.theme), link::weight(l)));
            links.collect::<Vec<_>>().join(", ")
        }),
        wide(number("effort months", |i| {
            format!("{}.{:02}", i.effort_centimonths / 100, i.effort_centimonths % 100)
        })),
        wide(column("depends on", |i| {
            i.depends_on.iter().map(|d| last_part(d)).collect::<Vec<_>>().join(", ")
        })),
        wide(column("etag", |i| i.etag.clone())),
    ]
}

fn change_columns() -> Vec<Column<proto::WorkItemChange>> {
    vec![
        column("when", |c| output::time(c.change_time.as_ref())),
        column("who", |c| c.actor.clone()),
        column("what", |c| match c.removed {
            true => "removed".to_owned(),
            false => c.fields.iter().map(field_change).collect::<Vec<_>>().join("\n"),
        }),
        wide(column("etag", |c| c.etag.clone())),
    ]
}

/// A field's step in one line; scores in the criterion's unit.
fn field_change(change: &proto::FieldChange) -> String {
    let field = change.field.as_str();
    let is_score = field.starts_with("scores.");
    let is_hundredths = field == "effort_centimonths" || field.starts_with("needs.");
    let shown = |json: &str| match json.parse::<i64>() {
        _ if json.is_empty() => "nothing".to_owned(),
        Ok(fixed) if is_score => decimal::show(fixed, 2),
        Ok(amount) if is_hundredths => format!("{}.{:02}", amount / 100, amount % 100),
        _ => json.to_owned(),
    };
    let name = if field == "effort_centimonths" { "person_months" } else { field };
    format!("{name}: {} → {}", shown(&change.before), shown(&change.after))
}

/// All work items, of one portfolio or (empty) of any.
pub async fn all(
    client: &mut PortfolioServiceClient<Authorised>,
    portfolio: String,
) -> Outcome<Vec<proto::WorkItem>> {
    let (mut all, mut page_token) = (Vec::new(), String::new());
    loop {
        let portfolio = portfolio.clone();
        let request = proto::ListWorkItemsRequest { page_size: 1000, page_token, portfolio };
        let page = client.list_work_items(request).await?.into_inner();
        all.extend(page.work_items);
        if page.next_page_token.is_empty() {
            return Ok(all);
        }
        page_token = page.next_page_token;
    }
}

/// Carries it out.
pub async fn run(to: &Connection<'_>, format: Format, command: Command) -> Outcome {
    let mut client = to.portfolio()?;
    let item = match command {
        Command::List { portfolio } => {
            let portfolio = portfolio.map(|p| full_name("portfolios", &p)).unwrap_or_default();
            return output::list(format, &all(&mut client, portfolio).await?, &columns());
        }
        Command::History { item } => {
            let work_item = full_name("workItems", &item);
            let (mut changes, mut page_token) = (Vec::new(), String::new());
            loop {
                let work_item = work_item.clone();
                let request = proto::ListWorkItemChangesRequest { work_item, page_size: 1000, page_token };
                let page = client.list_work_item_changes(request).await?.into_inner();
                changes.extend(page.changes);
                if page.next_page_token.is_empty() {
                    return output::list(format, &changes, &change_columns());
                }
                page_token = page.next_page_token;
            }
        }
        Command::Get { item } => {
            let name = full_name("workItems", &item);
            client.get_work_item(proto::GetWorkItemRequest { name }).await?.into_inner()
        }
        Command::SuggestLinks(options) => return suggestions::suggest(to, format, options).await,
        Command::DismissLink(dismissal) => return suggestions::dismiss(to, dismissal).await,
        Command::Score { item, criterion, score, etag } => {
            let criterion = full_name("criteria", &criterion);
            let request = proto::SetScoreRequest {
                work_item: full_name("workItems", &item),
                score: score.map(|score| read_score(&criterion, &score)).transpose()?,
                criterion,
                etag,
                request_id: new_request_id(),
            };
            client.set_score(request).await?.into_inner()
        }
        Command::Link { item, theme, strength, confidence, reading, etag } => {
            let request = proto::SetThemeLinkRequest {
                work_item: full_name("workItems", &item),
                theme: theme_name(&theme)?,
                strength,
                confidence,
                reading: reading.map_or(0, |reading| reading.message().into()),
                etag,
                request_id: new_request_id(),
            };
            client.set_theme_link(request).await?.into_inner()
        }
        Command::Delete { item, yes } => {
            let name = full_name("workItems", &item);
            ask::confirm(yes, &format!("{name} leaves the ranking"))?;
            let request =
                proto::DeleteWorkItemRequest { name, etag: String::new(), request_id: new_request_id() };
            client.delete_work_item(request).await?;
            return Ok(());
        }
    };
    output::one(format, &item, &columns(), show)
}

/// A score as people write it: a number, or LOW,LIKELY,HIGH.
pub fn read_score(criterion: &str, given: &str) -> Outcome<proto::Score> {
    let wrong = || Failure::usage(format!("{given:?} is no score; give a number, or LOW,LIKELY,HIGH"));
    let numbers: Option<Vec<i64>> = given.split(',').map(decimal::read).collect();
    let (likely, low, high) = match numbers.ok_or_else(wrong)?.as_slice() {
        [likely] => (*likely, None, None),
        [low, likely, high] => (*likely, Some(*low), Some(*high)),
        _ => return Err(wrong()),
    };
    Ok(proto::Score { criterion: criterion.to_owned(), likely, low, high })
}

/// What closed questions on the item itself say, and whether it counts.
fn rated(direct: &proto::DirectVoice) -> String {
    let counts = match direct.strength {
        0 => "which count nothing: the links take up all of its demand".to_owned(),
        strength => format!("with strength {strength}"),
    };
    let surveys = direct.surveys.iter().map(|survey| last_part(survey)).collect::<Vec<_>>().join(", ");
    format!(
        "{:.2} of full support by {} organisation(s) in {} answer(s) to {surveys}, {counts}",
        f64::from(direct.mean_support_ppm) / 1e6,
        direct.organisations,
        direct.answers
    )
}

fn show(item: &proto::WorkItem) -> String {
    let mut text = format!("{}  {}\n", last_part(&item.name), item.title);
    let mut line = |label: &str, value: &str| {
        if !value.is_empty() {
            text.push_str(&format!("  {label:<12} {value}\n"));
        }
    };
    line("portfolio", &last_part(&item.portfolio));
    line("programme", &last_part(&item.programme));
    line("owner", &item.owner);
    line("role", &item.role);
    line("key actions", &item.key_actions);
    line("outcomes", &item.outcomes);
    line("partners", &item.partners.join(", "));
    line("cost", &format!("£{}", item.cost_gbp));
    let effort = item.effort_centimonths;
    if effort != 0 {
        line("effort", &format!("{}.{:02} person-months", effort / 100, effort % 100));
    }
    let needs = item.needs.iter().map(|need| {
        format!("{} {}.{:02}", last_part(&need.resource), need.hundredths / 100, need.hundredths % 100)
    });
    line("needs", &needs.collect::<Vec<_>>().join(", "));
    line("mandatory", if item.mandatory { "yes" } else { "" });
    line("excludes", &item.excludes.iter().map(|d| last_part(d)).collect::<Vec<_>>().join(", "));
    line("depends on", &item.depends_on.iter().map(|d| last_part(d)).collect::<Vec<_>>().join(", "));
    for score in &item.scores {
        let range = match (score.low, score.high) {
            (Some(low), Some(high)) if (low, high) != (score.likely, score.likely) => {
                format!(" ({} to {})", decimal::show(low, 2), decimal::show(high, 2))
            }
            _ => String::new(),
        };
        line("score", &format!("{} {}{range}", last_part(&score.criterion), decimal::show(score.likely, 2)));
    }
    for link in &item.links {
        line("answers", &format!("{} with strength {}", link.theme, link::weight(link)));
    }
    if let Some(direct) = &item.direct {
        line("rated", &rated(direct));
    }
    line("etag", &item.etag);
    text
}
