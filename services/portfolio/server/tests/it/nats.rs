//! A nats-server of a test's own, and events as other services publish them.
use std::time::Duration;

use chrono::{DateTime, Utc};
use prost::Message;
use soundings_chassis::{Ids, SystemIds};
use soundings_harness::NatsServer;
use soundings_jetstream::{Connection, Publisher, Settings, lookup, provision};
use soundings_mailbox::{Envelope, Publish};
use soundings_proto::{
    consultation::v1 as consultation, portfolio::v1 as proto, subjects, themes::v1 as themes,
};

/// A nats-server of its own, with a connection to it.
pub struct Nats {
    pub server: NatsServer,
    pub connection: Connection,
}

impl Nats {
    pub async fn start() -> Nats {
        let server = NatsServer::start().await;
        let connection = Connection::connect(Settings::new("test", server.url())).await.unwrap();
        connection.ready(Duration::from_secs(20)).await.unwrap();
        provision(&connection).await.unwrap();
        Nats { server, connection }
    }

    /// Publishes events as their services do.
    pub async fn publish(&self, events: &[Envelope]) {
        for outcome in Publisher::new(self.connection.clone()).publish(events).await {
            outcome.unwrap();
        }
    }

    /// The newest change of a ranking that was published.
    pub async fn changed(&self, ranking: &str) -> Option<(Envelope, proto::RankingChange)> {
        let subject = subjects::RANKING_CHANGED.subject(ranking);
        let event =
            lookup::last_for_subject(&self.connection, subjects::PORTFOLIO, &subject).await.ok()??;
        let body = proto::RankingChanged::decode(event.data.as_slice()).unwrap();
        Some((event, body.change.unwrap()))
    }

    /// The newest event of a kind on an aggregate, with its body.
    pub async fn newest<M: Message + Default>(
        &self,
        kind: subjects::EventKind,
        aggregate: &str,
    ) -> Option<(Envelope, M)> {
        let subject = kind.subject(aggregate);
        let found = lookup::last_for_subject(&self.connection, subjects::PORTFOLIO, &subject).await;
        let event = found.ok()??;
        let body = M::decode(event.data.as_slice()).unwrap();
        Some((event, body))
    }

    /// The newest change of a work item that was published.
    pub async fn item_changed(&self, item: &str) -> Option<(Envelope, proto::WorkItemChanged)> {
        self.newest(subjects::ITEM_CHANGED, item).await
    }

    /// The standing ranking, as who joins late finds it.
    pub async fn current(&self, ranking: &str) -> Option<proto::Ranking> {
        let subject = subjects::ranking_current(ranking);
        let found = lookup::last_for_subject(&self.connection, subjects::PORTFOLIO_CURRENT, &subject).await;
        let body = proto::RankingCurrent::decode(found.ok()??.data.as_slice()).unwrap();
        body.ranking
    }

    /// What stands of a kind, as who joins late finds it.
    pub async fn standing<M: Message + Default>(&self, kind: subjects::StandingKind, of: &str) -> Option<M> {
        let subject = kind.subject(of);
        let found = lookup::last_for_subject(&self.connection, subjects::PORTFOLIO_CURRENT, &subject).await;
        let event = found.ok()??;
        assert_eq!((event.ty, event.dataschema.as_str()), (kind.ty(), kind.message));
        Some(M::decode(event.data.as_slice()).unwrap())
    }
}

/// An event under a new id: the same number of the same source may come again.
fn event(
    kind: subjects::EventKind,
    source: String,
    aggregate: &str,
    sequence: i64,
    body: &impl Message,
) -> Envelope {
    Envelope::of(kind, SystemIds.next(), source, aggregate, sequence, DateTime::<Utc>::UNIX_EPOCH, body)
}

/// The same event, sent once more.
pub fn again(event: &Envelope) -> Envelope {
    Envelope { id: SystemIds.next(), ..event.clone() }
}

/// An organisation was registered.
pub fn organisation(id: &str) -> Envelope {
    let body = consultation::OrganisationChanged {
        organisation: format!("organisations/{id}"),
        display_name: format!("{id} Council"),
        kind: consultation::OrganisationKind::Council.into(),
        population: 1_000,
    };
    let source = format!("//soundings/consultation/organisations/{id}");
    event(subjects::ORGANISATION_CHANGED, source, id, 1, &body)
}

/// A theme of the codebook `c` as it stands after its change number `sequence`.
pub fn theme(id: &str, sequence: i64, state: themes::ThemeState) -> Envelope {
    theme_with(id, sequence, state, |_| {})
}

/// The same, with something else about it.
pub fn theme_with(
    id: &str,
    sequence: i64,
    state: themes::ThemeState,
    decide: impl FnOnce(&mut themes::ThemeChanged),
) -> Envelope {
    let theme = format!("codebooks/c/themes/{id}");
    let mut body = themes::ThemeChanged {
        theme: theme.clone(),
        title: format!("Theme {id}"),
        state: state.into(),
        codebook_version: sequence,
        ..Default::default()
    };
    decide(&mut body);
    event(subjects::THEME_CHANGED, format!("//soundings/themes/{theme}"), &format!("c:{id}"), sequence, &body)
}

/// An organisation's tallies under the codebook `c`.
pub fn signal(organisation: &str, sequence: i64, respondents: i64, raised: &[(&str, i64)]) -> Envelope {
    let raised: Vec<_> = raised.iter().map(|(id, raised)| (*id, *raised, 0)).collect();
    stances(organisation, sequence, respondents, &raised)
}

/// The same, with how many of those who raise a theme speak against it.
pub fn stances(organisation: &str, sequence: i64, respondents: i64, raised: &[(&str, i64, i64)]) -> Envelope {
    let tally = |(id, respondents, against): &(&str, i64, i64)| themes::ThemeTally {
        theme: format!("codebooks/c/themes/{id}"),
        respondents: *respondents,
        responses: *respondents,
        against_respondents: *against,
    };
    let signal = themes::Signal {
        codebook: "codebooks/c".into(),
        organisation: format!("organisations/{organisation}"),
        sequence,
        respondents,
        responses: respondents,
        themes: raised.iter().map(tally).collect(),
    };
    let body = themes::SignalRecorded {
        signal: Some(signal),
        codebook_version: 1,
        model_version: "m".into(),
        response_time: None,
    };
    let source = format!("//soundings/themes/codebooks/c/organisations/{organisation}");
    event(subjects::SIGNAL_RECORDED, source, &format!("c:{organisation}"), sequence, &body)
}

/// The evidence for a theme of the codebook `c`, pieces with their strengths, as it stands after its change `sequence`.
pub fn evidence(theme: &str, sequence: i64, pieces: &[(&str, i32)]) -> Envelope {
    let piece = |(id, strength): &(&str, i32)| themes::EvidencePiece {
        evidence: format!("codebooks/c/evidence/{id}"),
        strength: *strength,
        date: "2020-10-14".into(),
    };
    let name = format!("codebooks/c/themes/{theme}");
    let pieces = pieces.iter().map(piece).collect();
    let body = themes::EvidenceChanged { theme: name.clone(), pieces };
    let source = format!("//soundings/themes/{name}/evidence");
    event(subjects::EVIDENCE_CHANGED, source, &format!("c:{theme}"), sequence, &body)
}

/// An organisation's tallies of the bound questions of the survey `s`: (target, answers, support in millionths), each of
/// its own question.
pub fn support(organisation: &str, sequence: i64, respondents: i64, given: &[(&str, i64, i64)]) -> Envelope {
    let tally = |(at, (target, respondents, support_ppm)): (usize, &(&str, i64, i64))| {
        let (question, target) = (format!("q{at}"), (*target).to_owned());
        consultation::SupportTally { question, target, respondents: *respondents, support_ppm: *support_ppm }
    };
    let support = consultation::Support {
        survey: "surveys/s".into(),
        organisation: format!("organisations/{organisation}"),
        sequence,
        respondents,
        tallies: given.iter().enumerate().map(tally).collect(),
    };
    let body = consultation::SupportRecorded { support: Some(support), response_time: None };
    let source = format!("//soundings/consultation/surveys/s/organisations/{organisation}");
    event(subjects::SUPPORT_RECORDED, source, &format!("s:{organisation}"), sequence, &body)
}

/// Three organisations, an approved theme T1 and a proposed one, T2.
pub fn partnership() -> Vec<Envelope> {
    let mut events: Vec<Envelope> = ["EDH", "GLG", "ORK"].map(organisation).into();
    events.push(theme("T1", 1, themes::ThemeState::Approved));
    events.push(theme("T2", 1, themes::ThemeState::Proposed));
    events
}
