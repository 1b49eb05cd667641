//! What happened, as others are told: references and closed answers, never words.
use chrono::{DateTime, Utc};
use soundings_chassis::{Ids, trace::TraceContext};
use soundings_consultation_domain::{Answer, AnswerValue, Organisation, Response, Survey};
use soundings_mailbox::{Envelope, Outgoing};
use soundings_proto::{consultation::v1 as proto, subjects};

use crate::{
    rpc::{messages, names},
    store::support_tallies::{Pair, Tallies, Tally},
};

/// A partner was registered or changed.
pub fn organisation_changed(
    organisation: &Organisation,
    ids: &dyn Ids,
    now: chrono::DateTime<chrono::Utc>,
) -> Outgoing {
    let name = names::organisation(&organisation.id);
    let body = proto::OrganisationChanged {
        organisation: name.clone(),
        display_name: organisation.display_name.clone(),
        kind: messages::organisation_kind(organisation.kind).into(),
        population: organisation.population,
    };
    let source = format!("//soundings/consultation/{name}");
    let kind = subjects::ORGANISATION_CHANGED;
    Envelope::of(kind, ids.next(), source, &organisation.id, organisation.version, now, &body).into()
}

/// A survey was opened or closed; `sequence` numbers these events.
pub fn survey_changed(
    survey: &Survey,
    sequence: i64,
    ids: &dyn Ids,
    now: chrono::DateTime<chrono::Utc>,
) -> Outgoing {
    let name = names::survey(&survey.id);
    let body = proto::SurveyChanged { survey: name, state: messages::survey_state(survey.state).into() };
    let source = survey_source(&survey.id);
    Envelope::of(subjects::SURVEY_CHANGED, ids.next(), source, &survey.id, sequence, now, &body).into()
}

/// The aggregate of a survey's events.
pub fn survey_source(survey: &str) -> String {
    format!("//soundings/consultation/{}", names::survey(survey))
}

/// The aggregate of an organisation's answers to a survey's bound questions.
pub fn support_source((survey, organisation): &Pair) -> String {
    format!("{}/{}", survey_source(survey), names::organisation(organisation))
}

/// An organisation's answers to a survey's bound questions changed; `sequence` numbers these events, `newest` is when the
/// newest of the responses was accepted and what trace it came in.
pub fn support_recorded(
    pair: &Pair,
    tallies: &Tallies,
    sequence: i64,
    ids: &dyn Ids,
    (now, newest): (DateTime<Utc>, (DateTime<Utc>, Option<TraceContext>)),
) -> Outgoing {
    let (survey, organisation) = pair;
    let tally = |tally: &Tally| proto::SupportTally {
        question: tally.question.clone(),
        target: tally.target.clone(),
        respondents: tally.respondents,
        support_ppm: tally.support_ppm,
    };
    let support = proto::Support {
        survey: names::survey(survey),
        organisation: names::organisation(organisation),
        sequence,
        respondents: tallies.respondents,
        tallies: tallies.questions.iter().map(tally).collect(),
    };
    let body =
        proto::SupportRecorded { support: Some(support), response_time: Some(messages::timestamp(newest.0)) };
    let (kind, aggregate) = (subjects::SUPPORT_RECORDED, format!("{survey}:{organisation}"));
    let source = support_source(pair);
    let mut envelope = Envelope::of(kind, ids.next(), source, &aggregate, sequence, now, &body);
    envelope.traceparent = newest.1.map(|context| context.to_string());
    envelope.into()
}

/// A response was submitted, revised or withdrawn.
pub fn response_changed(response: &Response, ids: &dyn Ids, trace: Option<TraceContext>) -> Outgoing {
    let name = names::response(&response.survey, response.id);
    let organisation = names::organisation(&response.organisation);
    let (source, revision) = (format!("//soundings/consultation/{name}"), response.revision);
    let (aggregate, now) = (response.id.to_string(), response.updated_at);
    let closed_answers: Vec<_> = response.answers.iter().filter_map(closed_answer).collect();
    let mut envelope = if response.withdrawn {
        let body = proto::ResponseWithdrawn { response: name, organisation, revision };
        Envelope::of(subjects::RESPONSE_WITHDRAWN, ids.next(), source, &aggregate, revision, now, &body)
    } else if revision == 1 {
        let body = proto::ResponseSubmitted { response: name, organisation, revision, closed_answers };
        Envelope::of(subjects::RESPONSE_SUBMITTED, ids.next(), source, &aggregate, revision, now, &body)
    } else {
        let body = proto::ResponseRevised { response: name, organisation, revision, closed_answers };
        Envelope::of(subjects::RESPONSE_REVISED, ids.next(), source, &aggregate, revision, now, &body)
    };
    envelope.traceparent = trace.map(|context| context.to_string());
    envelope.into()
}

fn closed_answer(answer: &Answer) -> Option<proto::ClosedAnswer> {
    let question = answer.question.clone();
    match &answer.value {
        AnswerValue::Text(_) => None,
        AnswerValue::Choice(id) => {
            Some(proto::ClosedAnswer { question, choices: vec![id.clone()], rating: None })
        }
        AnswerValue::Choices(ids) => {
            Some(proto::ClosedAnswer { question, choices: ids.clone(), rating: None })
        }
        AnswerValue::Rating(rating) => {
            Some(proto::ClosedAnswer { question, choices: Vec::new(), rating: Some(*rating) })
        }
    }
}
