//! Imports a file of responses; rows have permanent keys, so nothing goes in twice.
use std::collections::HashMap;

use soundings_access::Principal;
use soundings_chassis::{Problem, trace};
use soundings_consultation_domain::{
    Rejection, Response, Survey,
    import::{self, Layout, Left, Row},
    support::Moves,
};
use soundings_mailbox::{database, outbox};
use soundings_proto::consultation::v1 as proto;

use super::{
    Runtime,
    record_support::{self, Written},
    speaks_for,
};
use crate::{
    events::outgoing,
    rpc::status_mapping,
    store::{imported_rows, organisations, responses, survey_counts, surveys},
};

/// Rows of one transaction: other writers come in between.
const BATCH: usize = 200;
/// Reports of one reply.
const REPORTS: usize = 1_000;

/// Imports a file that has arrived whole.
pub async fn import(
    runtime: &Runtime,
    principal: &Principal,
    survey: &Survey,
    layout: &Layout,
    file: &[u8],
    validate_only: bool,
) -> Result<proto::ImportResponsesResponse, Problem> {
    survey.check_open().map_err(|r| status_mapping::rejection(r, "survey", &survey.id))?;
    let mut known: Vec<String> = organisations::list(runtime.db.read(), "", u32::MAX)
        .await?
        .into_iter()
        .map(|organisation| organisation.id)
        .collect();
    // The order of bytes, whatever the database's own is: which author goes where depends on it.
    known.sort_unstable();
    let rows = import::read(layout, survey, &known, file)
        .map_err(|error| Problem::invalid_field("chunk", error.to_string()))?;

    let mut reply = proto::ImportResponsesResponse { rows: count(rows.len()), ..Default::default() };
    let mut left = Vec::new();
    let mut good: Vec<(Row, Response)> = Vec::new();
    for row in rows {
        match row.and_then(|row| spoken_for(principal, row)).and_then(|row| respond(runtime, survey, row)) {
            Ok(pair) => good.push(pair),
            Err(why) => left.push(why),
        }
    }
    for batch in good.chunks(BATCH) {
        let imported = if validate_only {
            let keys: Vec<_> = batch.iter().map(|(row, _)| row.key.as_str()).collect();
            let taken = imported_rows::taken(runtime.db.read(), &survey.id, &keys).await;
            batch.len() - taken?.len()
        } else {
            write(runtime, survey, batch).await?
        };
        reply.imported += count(imported);
        reply.already_imported += count(batch.len() - imported);
    }
    reply.skipped = count(left.iter().filter(|l| l.skipped).count());
    reply.rejected = count(left.len()) - reply.skipped;
    left.sort_by_key(|l| l.line);
    left.truncate(REPORTS);
    reply.reports = left.into_iter().map(report).collect();
    Ok(reply)
}

/// A row of an organisation that the caller may not act for is told as one of no organisation at all.
fn spoken_for(principal: &Principal, row: Row) -> Result<Row, Left> {
    if speaks_for(principal, &row.organisation) { Ok(row) } else { Err(Left::no_organisation(row.line)) }
}

fn respond(runtime: &Runtime, survey: &Survey, mut row: Row) -> Result<(Row, Response), Left> {
    let answers = std::mem::take(&mut row.answers);
    let asked: HashMap<usize, String> =
        answers.iter().enumerate().map(|(at, answer)| (at, answer.question.clone())).collect();
    let (id, now) = (runtime.ids.next(), runtime.clock.now());
    match Response::submit(id, survey, &row.organisation, answers, now) {
        Ok(response) => Ok((row, response)),
        Err(Rejection::Invalid(violations)) => {
            let (field, description) = violations.0.into_iter().next().unwrap_or_default();
            // `response.answers[2].rating` is the column of the third answer's question.
            let at = field.split(['[', ']']).nth(1).and_then(|at| at.parse::<usize>().ok());
            let field = at.and_then(|at| asked.get(&at).cloned()).unwrap_or_default();
            Err(Left { line: row.line, field, description, skipped: false })
        }
        Err(other) => {
            Err(Left { line: row.line, field: String::new(), description: other.to_string(), skipped: false })
        }
    }
}

async fn write(runtime: &Runtime, survey: &Survey, batch: &[(Row, Response)]) -> Result<usize, Problem> {
    let tx = runtime.db.begin().await?;
    let states = surveys::hold_states(&tx, &[&survey.id]).await?;
    if states.get(&survey.id) != Some(&soundings_consultation_domain::SurveyState::Open) {
        return Err(status_mapping::survey_not_open(&survey.id, "closed"));
    }
    let keys: Vec<_> =
        batch.iter().map(|(row, response)| (row.key.as_str(), response.id.to_string())).collect();
    let claimed = imported_rows::claim(&tx, &survey.id, &keys).await?;
    let fresh: Vec<_> =
        batch.iter().filter(|(row, _)| claimed.contains(&row.key)).map(|(_, response)| response).collect();
    responses::insert(&tx, &fresh).await?;
    let events: Vec<_> = fresh
        .iter()
        .map(|response| outgoing::response_changed(response, runtime.ids.as_ref(), trace::current()))
        .collect();
    outbox::append(&tx, &events).await?;
    let moves: Vec<_> = fresh.iter().map(|response| Moves::of(survey, &[], &response.answers)).collect();
    let written = fresh.iter().zip(&moves);
    let written = written.map(|(response, moves)| Written { response, moves, trace: trace::current() });
    record_support::record(&tx, runtime, written).await?;
    survey_counts::add(&tx, &fresh, 1).await?;
    database::commit(tx).await?;
    runtime.wake.notify();
    Ok(fresh.len())
}

fn report(left: Left) -> proto::ImportRowReport {
    let line = i64::try_from(left.line).unwrap_or(i64::MAX);
    proto::ImportRowReport { line, field: left.field, description: left.description, skipped: left.skipped }
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
