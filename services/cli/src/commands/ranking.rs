//! The ranking, and why it moved.
use std::{collections::BTreeMap, time::Duration};

use clap::{Args, Subcommand, ValueEnum};
use soundings_proto::portfolio::v1::{self as proto, watch_ranking_response::Update};
use tonic::{Code, Status};

use super::{full_name, last_part};
use crate::{
    connection::Connection,
    decimal,
    failure::{Failure, Kind, Outcome},
    moments,
    output::{self, Column, Format, column, number, number_from, wide},
};

pub mod awaited;
mod explanation;
mod formula;
mod question;
mod robustness;
mod score;
mod voices;
mod what_if;

pub use explanation::show as show_explanation;

/// Which of the two rankings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum RankingKind {
    /// Approved themes only.
    #[default]
    Official,
    /// Emerging and proposed themes too.
    Provisional,
}

impl From<RankingKind> for i32 {
    fn from(kind: RankingKind) -> i32 {
        match kind {
            RankingKind::Official => proto::RankingKind::Official.into(),
            RankingKind::Provisional => proto::RankingKind::Provisional.into(),
        }
    }
}

/// Where a ranking's table has the chance to stand above the next item.
const ABOVE_NEXT: usize = 4;

/// What to do with the ranking.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show it as it stands, or at a revision
    Get {
        /// Which one.
        #[arg(long, value_enum, default_value_t)]
        kind: RankingKind,
        /// The revision; without it, the newest.
        #[arg(long, default_value_t = 0)]
        revision: i64,
        /// As it stood at a time, or at the end of a day, such as 2027-03-31.
        #[arg(long, value_name = "DAY", conflicts_with_all = ["revision", "watch"])]
        at: Option<String>,
        /// Only this portfolio's items, with their places in the whole.
        #[arg(long, default_value = "")]
        portfolio: String,
        /// Goes on with each change.
        #[arg(long)]
        watch: bool,
    },
    /// Follow it: each change as it is made
    Watch {
        /// Which one.
        #[arg(long, value_enum, default_value_t)]
        kind: RankingKind,
        /// The last revision that was seen; without it, the ranking comes first.
        #[arg(long, default_value_t = 0)]
        from: i64,
        /// Ends after so many changes.
        #[arg(long)]
        count: Option<usize>,
    },
    /// Explain what moved a work item: criterion, theme, organisation, quotes
    Explain {
        /// Its id.
        item: String,
        /// In which ranking.
        #[arg(long, value_enum, default_value_t)]
        kind: RankingKind,
        /// The earlier revision; without it, the one before.
        #[arg(long, default_value_t = 0)]
        from: i64,
        /// The later revision; without it, the newest.
        #[arg(long, default_value_t = 0)]
        to: i64,
    },
    /// Show it under every voice policy, side by side
    Voices {
        /// Which one.
        #[arg(long, value_enum, default_value_t)]
        kind: RankingKind,
        /// The revision; without it, the newest.
        #[arg(long, default_value_t = 0)]
        revision: i64,
    },
    /// List revisions, newest first
    Revisions {
        /// Of which ranking.
        #[arg(long, value_enum, default_value_t)]
        kind: RankingKind,
        /// At most so many.
        #[arg(long, default_value_t = 20)]
        limit: usize,
    },
    /// Write everything that a revision was computed from, for `soundings verify --bundle`
    Export {
        /// Of which ranking.
        #[arg(long, value_enum, default_value_t)]
        kind: RankingKind,
        /// The revision; without it, the newest.
        #[arg(default_value_t = 0)]
        revision: i64,
    },
    #[command(flatten)]
    Question(question::Question),
    #[command(flatten)]
    Formula(formula::Formula),
}

/// Which revision is asked.
#[derive(Debug, Clone, Copy, Args)]
pub struct Which {
    /// Of which ranking.
    #[arg(long, value_enum, default_value_t)]
    pub kind: RankingKind,
    /// The revision; without it, the newest.
    #[arg(long, default_value_t = 0)]
    pub revision: i64,
}

fn columns(sure: Option<&proto::StandingRobustness>) -> Vec<Column<proto::RankedItem>> {
    let mut columns: Vec<Column<proto::RankedItem>> = vec![
        number("rank", |i| i.rank.to_string()),
        number("move", |i| moved(i.previous_rank, i.rank)),
        column("item", |i| last_part(&i.work_item)),
        number("value", |i| decimal::show(i.value, 4)),
        number("demand", |i| decimal::show(i.demand, 4)),
        column("demand 95 %", |i| format!("{:.3} to {:.3}", i.demand_low, i.demand_high)),
        number("councils", |i| i.organisations_behind.to_string()),
        column("title", |i| i.title.clone()),
        wide(column("portfolio", |i| last_part(&i.portfolio))),
        wide(column("value if unscored", |i| {
            format!(
                "{} to {}",
                decimal::show(i.value_if_missing_worst, 4),
                decimal::show(i.value_if_missing_best, 4)
            )
        })),
    ];
    if let Some(sure) = sure {
        let odds = sure.items.iter().map(|item| (item.work_item.clone(), item.above_next));
        let odds: BTreeMap<String, Option<f64>> = odds.collect();
        let odds = move |item: &proto::RankedItem| odds.get(&item.work_item).copied().flatten();
        let above_next =
            number_from("above next", move |i| odds(i).map(|odds| format!("{odds:.3}")).unwrap_or_default());
        columns.insert(ABOVE_NEXT, above_next);
    }
    columns
}

fn revision_columns() -> Vec<Column<proto::Ranking>> {
    vec![
        number("revision", |r| r.revision.to_string()),
        column("made", |r| output::time(r.create_time.as_ref())),
        number("respondents", |r| r.respondents.to_string()),
        number("answered", |r| format!("{} of {}", r.organisations_answered, r.organisations)),
        column("digest", |r| r.digest.clone()),
        wide(number("model version", |r| r.model_version.to_string())),
    ]
}

fn mover_columns() -> Vec<Column<proto::Mover>> {
    vec![
        number("was", |m| place(m.rank_before)),
        number("is", |m| place(m.rank_after)),
        number("change", |m| decimal::signed(m.value_after - m.value_before, 4)),
        column("item", |m| last_part(&m.work_item)),
        column("title", |m| m.title.clone()),
        column("most through", |m| m.contributions.first().map(|c| c.title.clone()).unwrap_or_default()),
    ]
}

/// `▲3`, `▼1`, `new`, or nothing.
fn moved(before: i32, after: i32) -> String {
    match before - after {
        _ if before == 0 => "new".to_owned(),
        0 => String::new(),
        up if up > 0 => format!("▲{up}"),
        down => format!("▼{}", -down),
    }
}

fn place(rank: i32) -> String {
    if rank == 0 { "-".to_owned() } else { rank.to_string() }
}

/// Carries it out.
pub async fn run(to: &Connection<'_>, format: Format, command: Command) -> Outcome {
    let mut client = to.portfolio()?;
    match command {
        Command::Get { kind, revision: 0, portfolio, watch: true, .. } if portfolio.is_empty() => {
            watch(to, format, kind, 0, None).await
        }
        Command::Get { watch: true, .. } => Err(Failure::usage(
            "--watch shows the whole ranking as it stands: leave --revision and --portfolio out",
        )),
        Command::Get { kind, revision, at, portfolio, watch: false } => {
            let at = at.map(|at| moments::read("--at", &at)).transpose()?;
            let portfolio =
                if portfolio.is_empty() { portfolio } else { full_name("portfolios", &portfolio) };
            let request = proto::GetRankingRequest {
                kind: kind.into(),
                revision,
                at_time: at.map(moments::message),
                portfolio,
            };
            let ranking = client.get_ranking(request).await?.into_inner();
            let sure = match format {
                Format::Table | Format::Wide => sure(to, kind, ranking.revision).await?,
                // A program finds the column always.
                Format::Csv => Some(sure(to, kind, ranking.revision).await?.unwrap_or_default()),
                Format::Json | Format::Ndjson | Format::Yaml => None,
            };
            show(format, &ranking, sure.as_ref())?;
            if format.is_table() {
                note_sure(sure.as_ref());
            }
            Ok(())
        }
        Command::Watch { kind, from, count } => watch(to, format, kind, from, count).await,
        Command::Explain { item, kind, from, to: later } => {
            let request = proto::ExplainMoveRequest {
                work_item: full_name("workItems", &item),
                kind: kind.into(),
                from_revision: from,
                to_revision: later,
            };
            let explained = client.explain_move(request).await?.into_inner();
            if format.is_table() {
                return output::text(&output::harmless(&show_explanation(&explained)));
            }
            output::value(format, &output::json(&explained)?)
        }
        Command::Voices { kind, revision } => {
            let request = proto::CompareVoicesRequest { kind: kind.into(), revision };
            let compared = client.compare_voices(request).await?.into_inner();
            if format.is_table() {
                return output::text(&voices::show(&compared));
            }
            output::value(format, &output::json(&compared)?)
        }
        Command::Question(question) => question::run(to, format, question).await,
        Command::Formula(formula) => formula::run(to, format, formula).await,
        Command::Revisions { kind, limit } => {
            let (mut all, mut page_token) = (Vec::new(), String::new());
            while all.len() < limit {
                let page_size = i32::try_from((limit - all.len()).min(1000)).unwrap_or(1000);
                let request = proto::ListRevisionsRequest { kind: kind.into(), page_size, page_token };
                let page = client.list_revisions(request).await?.into_inner();
                all.extend(page.revisions);
                page_token = page.next_page_token;
                if page_token.is_empty() {
                    break;
                }
            }
            output::list(format, &all, &revision_columns())
        }
        Command::Export { kind, revision } => {
            let request = proto::ExportRevisionRequest { kind: kind.into(), revision };
            let bundle = client.export_revision(request).await?.into_inner();
            let inputs: serde_json::Value = serde_json::from_slice(&bundle.inputs_json)
                .map_err(|error| Failure::new(Kind::Other, format!("the bundle cannot be read: {error}")))?;
            let document =
                serde_json::json!({ "name": bundle.name, "digest": bundle.digest, "inputs": inputs });
            let format = if format.is_table() { Format::Json } else { format };
            output::value(format, &document)
        }
    }
}

/// How sure a revision is; None: that is not computed, or its service is older than that.
async fn sure(
    to: &Connection<'_>,
    kind: RankingKind,
    revision: i64,
) -> Outcome<Option<proto::StandingRobustness>> {
    let request = proto::GetStandingRobustnessRequest { kind: kind.into(), revision };
    match to.robustness()?.get_standing_robustness(request).await {
        Ok(reply) => Ok(Some(reply.into_inner())),
        Err(status) if matches!(status.code(), Code::NotFound | Code::Unimplemented) => Ok(None),
        Err(status) => Err(status.into()),
    }
}

fn note_sure(sure: Option<&proto::StandingRobustness>) {
    output::note(match sure {
        Some(sure) => format!(
            "above next: the chance to stand above the next item, ±{:.3} ({} draws, seed {})",
            sure.margin, sure.draws, sure.seed
        ),
        None => "how sure it is: not computed yet; `soundings ranking robustness` computes it now".to_owned(),
    });
}

/// Writes a ranking, and where it is known how sure it is, each item's chance to stand above the next.
fn show(format: Format, ranking: &proto::Ranking, sure: Option<&proto::StandingRobustness>) -> Outcome {
    if !format.is_table() && format != Format::Csv {
        return output::value(format, &output::json(ranking)?);
    }
    output::list(format, &ranking.items, &columns(sure))?;
    if format.is_table() {
        output::note(format!(
            "{}: {} respondents in {} of {} organisations, made {}",
            ranking.name,
            ranking.respondents,
            ranking.organisations_answered,
            ranking.organisations,
            output::time(ranking.create_time.as_ref())
        ));
    }
    Ok(())
}

/// Follows the ranking, and goes on from the last revision seen when the connection breaks.
async fn watch(
    to: &Connection<'_>,
    format: Format,
    kind: RankingKind,
    from: i64,
    count: Option<usize>,
) -> Outcome {
    let mut watch = Watch { format, kind, seen: from, changes: 0, count };
    while let Some(broken) = watch.follow(to).await? {
        output::note(format!("{broken} after revision {}; connecting again", watch.seen));
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    Ok(())
}

struct Watch {
    format: Format,
    kind: RankingKind,
    seen: i64,
    changes: usize,
    count: Option<usize>,
}

impl Watch {
    /// Until enough was seen (None), or why the stream ended. A service that was never reached is an error.
    async fn follow(&mut self, to: &Connection<'_>) -> Outcome<Option<&'static str>> {
        let request = proto::WatchRankingRequest { kind: self.kind.into(), resume_from_revision: self.seen };
        let known = self.seen > 0;
        let away = |status: &Status| known && status.code() == Code::Unavailable;
        let mut updates = match to.portfolio()?.watch_ranking(request).await {
            Ok(reply) => reply.into_inner(),
            Err(status) if away(&status) => return Ok(Some("the service is away")),
            Err(status) => return Err(status.into()),
        };
        while self.count.is_none_or(|count| self.changes < count) {
            match updates.message().await {
                Ok(Some(update)) => self.show(&update)?,
                Ok(None) => return Ok(Some("the service ended the stream")),
                Err(_) if self.seen > 0 => return Ok(Some("the connection broke")),
                Err(status) => return Err(status.into()),
            }
        }
        Ok(None)
    }

    fn show(&mut self, update: &proto::WatchRankingResponse) -> Outcome {
        match &update.update {
            Some(Update::Snapshot(ranking)) => {
                self.seen = ranking.revision;
                if self.format.is_table() {
                    show(self.format, ranking, None)?;
                }
            }
            Some(Update::Change(change)) => {
                self.seen = change.revision;
                self.changes += 1;
                if self.format.is_table() {
                    show_change(self.format, change)?;
                }
            }
            None => {}
        }
        match self.format {
            Format::Table | Format::Wide => Ok(()),
            Format::Yaml => output::value(Format::Yaml, &output::json(update)?),
            _ => output::value(Format::Ndjson, &output::json(update)?),
        }
    }
}

fn show_change(format: Format, change: &proto::RankingChange) -> Outcome {
    let size = change.size.unwrap_or_default();
    output::text(&format!(
        "\n{}  revision {}: {} of the items changed place, τ_b {:.3}; {} respondents\n",
        output::time(change.create_time.as_ref()),
        change.revision,
        size.moved,
        size.kendall_tau_b,
        change.respondents
    ))?;
    output::list(format, &change.movers[..change.movers.len().min(10)], &mover_columns())
}
