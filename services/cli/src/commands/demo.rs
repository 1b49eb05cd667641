//! The reference case's demo: councils answer, and the ranking moves.
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use sha2::{Digest, Sha256};
use soundings_proto::{
    consultation::v1::{self as consultation, answer::Value},
    portfolio::v1 as proto,
};

use super::{
    last_part,
    ranking::{
        self, RankingKind,
        awaited::{PATIENCE, awaited},
    },
    seed,
};
use crate::{
    connection::Connection,
    decimal,
    failure::{Failure, Outcome},
    output::{self, Format, column, number},
};

/// Illustrative responses: written for the demo, said by nobody.
const RESPONSES: &str = include_str!("../../seed/responses.csv");

/// How to send them.
#[derive(Debug, Args)]
pub struct Options {
    /// Responses a second.
    #[arg(long, default_value_t = 12.0)]
    rate: f64,
    /// Only the first so many.
    #[arg(long)]
    limit: Option<usize>,
}

/// Carries it out. Sent again within seven days, the responses count once all the same.
pub async fn run(to: &Connection<'_>, options: Options) -> Outcome {
    if !(0.01..=10_000.0).contains(&options.rate) {
        return Err(Failure::usage("--rate must be between 0.01 and 10,000 responses a second"));
    }
    seed::run(to).await?;
    let requests = requests()?;
    let before = newest(to).await?;
    let mut client = to.consultation()?;
    let count = options.limit.unwrap_or(requests.len()).min(requests.len());
    output::note(format!("sending {count} illustrative responses: nobody said any of this"));
    let bar = ProgressBar::new(count as u64);
    let style = ProgressStyle::with_template("{bar:32} {pos}/{len}  {wide_msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    let mut turns = tokio::time::interval(Duration::from_secs_f64(1.0 / options.rate));
    for request in requests.into_iter().take(count) {
        turns.tick().await;
        let from = request.response.as_ref().map(|r| last_part(&r.organisation)).unwrap_or_default();
        client.submit_response(request).await?;
        bar.inc(1);
        let leader = to.portfolio()?.get_ranking(official(0)).await?.into_inner();
        let leader = leader.items.first().map(|item| item.title.clone()).unwrap_or_default();
        bar.set_message(format!("{from} answered; first is {leader}"));
    }
    bar.finish_and_clear();
    let after = settled(to).await?;
    report(to, &before, &after).await
}

fn official(revision: i64) -> proto::GetRankingRequest {
    proto::GetRankingRequest { kind: RankingKind::Official.into(), revision, ..Default::default() }
}

async fn newest(to: &Connection<'_>) -> Outcome<proto::Ranking> {
    // Just seeded: the first revision is on its way.
    awaited(to, "the first revision of the ranking", |_| true).await
}

/// The ranking once it counts every respondent that the themes service does.
async fn settled(to: &Connection<'_>) -> Outcome<proto::Ranking> {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    let parent = format!("surveys/{}", seed::SURVEY);
    let survey = to.consultation()?.get_survey(consultation::GetSurveyRequest { name: parent }).await?;
    let expected = survey.into_inner().response_count;
    loop {
        let request = soundings_proto::themes::v1::ListThemesRequest {
            parent: format!("codebooks/{}", seed::SURVEY),
            show_retired: false,
        };
        let themes = to.themes()?.list_themes(request).await?.into_inner();
        let ranking = newest(to).await?;
        let counted = themes.responses >= expected && ranking.respondents >= themes.respondents;
        if counted || tokio::time::Instant::now() > deadline {
            return Ok(ranking);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn report(to: &Connection<'_>, before: &proto::Ranking, after: &proto::Ranking) -> Outcome {
    let mut movers: Vec<proto::Mover> = after
        .items
        .iter()
        .map(|item| {
            let old = before.items.iter().find(|old| old.work_item == item.work_item);
            proto::Mover {
                work_item: item.work_item.clone(),
                title: item.title.clone(),
                rank_before: old.map_or(0, |old| old.rank),
                rank_after: item.rank,
                value_before: old.map_or(0, |old| old.value),
                value_after: item.value,
                contributions: Vec::new(),
            }
        })
        .collect();
    output::text(&format!(
        "\nThe ranking, revision {} to {}: {} respondents in {} of {} councils\n\n",
        before.revision, after.revision, after.respondents, after.organisations_answered, after.organisations
    ))?;
    let columns = [
        number("was", |m: &proto::Mover| m.rank_before.to_string()),
        number("is", |m| m.rank_after.to_string()),
        number("value", |m| decimal::show(m.value_after, 4)),
        number("change", |m| decimal::signed(m.value_after - m.value_before, 4)),
        column("item", |m| last_part(&m.work_item)),
        column("title", |m| m.title.clone()),
    ];
    output::list(Format::Table, &movers[..movers.len().min(12)], &columns)?;
    movers.sort_by_key(|mover| mover.rank_after - mover.rank_before);
    for mover in movers.iter().take(3).filter(|mover| mover.rank_after < mover.rank_before) {
        let request = proto::ExplainMoveRequest {
            work_item: mover.work_item.clone(),
            kind: RankingKind::Official.into(),
            from_revision: before.revision,
            to_revision: after.revision,
        };
        let explained = to.portfolio()?.explain_move(request).await?.into_inner();
        output::text(&output::harmless(&format!("\n{}", ranking::show_explanation(&explained))))?;
    }
    Ok(())
}

/// The responses as requests, each with an id of its own that is the same every time.
fn requests() -> Outcome<Vec<consultation::SubmitResponseRequest>> {
    let unreadable = |error: csv::Error| Failure::usage(format!("responses.csv: {error}"));
    let mut reader = csv::Reader::from_reader(RESPONSES.as_bytes());
    let columns = reader.headers().map_err(unreadable)?.clone();
    let mut requests = Vec::new();
    for row in reader.records() {
        let row = row.map_err(unreadable)?;
        let (mut key, mut organisation, mut answers) = ("", "", Vec::new());
        for (column, cell) in columns.iter().zip(&row) {
            match column {
                "row_key" => key = cell,
                "organisation" => organisation = cell,
                _ if cell.trim().is_empty() => {}
                question => answers.push(consultation::Answer {
                    question: question.to_owned(),
                    value: Some(value(question, cell)),
                    ..Default::default()
                }),
            }
        }
        let organisation = format!("organisations/{organisation}");
        requests.push(consultation::SubmitResponseRequest {
            parent: format!("surveys/{}", seed::SURVEY),
            response: Some(consultation::Response { organisation, answers, ..Default::default() }),
            request_id: request_id(key),
        });
    }
    Ok(requests)
}

/// By the kinds of the seed's survey.
fn value(question: &str, cell: &str) -> Value {
    match question {
        "workplace" => Value::Choice(cell.to_owned()),
        "support" => {
            Value::Choices(consultation::ChoiceSet { ids: cell.split(';').map(str::to_owned).collect() })
        }
        "confidence" => Value::Rating(cell.parse().unwrap_or_default()),
        _ => Value::Text(cell.to_owned()),
    }
}

fn request_id(row_key: &str) -> String {
    let digest: [u8; 32] = Sha256::digest(format!("soundings demo {row_key}")).into();
    let (bytes, _) = digest.split_at(16);
    uuid::Builder::from_custom_bytes(bytes.try_into().unwrap_or_default()).into_uuid().to_string()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::requests;

    #[test]
    fn every_response_has_a_request_id_of_its_own() {
        let requests = requests().ok().unwrap();
        let ids: BTreeSet<_> = requests.iter().map(|request| &request.request_id).collect();
        assert!(requests.len() >= 200);
        assert_eq!(ids.len(), requests.len());
    }
}
