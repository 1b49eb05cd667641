//! Every stream, subject and event type, once.
//!
//! A subject is `soundings.<context>.v1.<entity>.<event>.<aggregate id>`; the CloudEvents type is
//! `soundings.<context>.<entity>.<event>.v1`.

/// A kind of event that some service publishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventKind {
    /// The service that publishes it: `consultation`, `themes` or `portfolio`.
    pub context: &'static str,
    /// What it tells of.
    pub entity: &'static str,
    /// What happened, in the past tense.
    pub event: &'static str,
    /// Full name of the protobuf message in the body.
    pub message: &'static str,
}

impl EventKind {
    /// The CloudEvents type.
    pub fn ty(&self) -> String {
        format!("soundings.{}.{}.{}.v1", self.context, self.entity, self.event)
    }

    /// The subject for one aggregate. `aggregate_id` must hold no space, dot, `*` or `>`; see [`token`].
    pub fn subject(&self, aggregate_id: &str) -> String {
        format!("soundings.{}.v1.{}.{}.{}", self.context, self.entity, self.event, token(aggregate_id))
    }

    /// The subject filter that catches every aggregate.
    pub fn filter(&self) -> String {
        format!("soundings.{}.v1.{}.{}.*", self.context, self.entity, self.event)
    }
}

/// An id as one subject token: what a subject may not hold (space, dot, `*`, `>`, control characters, `%`) is
/// percent-encoded, so that distinct ids have distinct tokens.
pub fn token(id: &str) -> String {
    let mut token = String::with_capacity(id.len());
    for byte in id.bytes() {
        match byte {
            b'.' | b'*' | b'>' | b'%' | 0..=b' ' | 0x7f.. => token.push_str(&format!("%{byte:02X}")),
            _ => token.push(char::from(byte)),
        }
    }
    token
}

const fn kind(
    context: &'static str,
    entity: &'static str,
    event: &'static str,
    message: &'static str,
) -> EventKind {
    EventKind { context, entity, event, message }
}

/// A partner was registered or changed.
pub const ORGANISATION_CHANGED: EventKind =
    kind("consultation", "organisation", "changed", "soundings.consultation.v1.OrganisationChanged");
/// A survey was opened or closed.
pub const SURVEY_CHANGED: EventKind =
    kind("consultation", "survey", "changed", "soundings.consultation.v1.SurveyChanged");
/// A response was accepted.
pub const RESPONSE_SUBMITTED: EventKind =
    kind("consultation", "response", "submitted", "soundings.consultation.v1.ResponseSubmitted");
/// A response's answers were replaced.
pub const RESPONSE_REVISED: EventKind =
    kind("consultation", "response", "revised", "soundings.consultation.v1.ResponseRevised");
/// A response no longer counts.
pub const RESPONSE_WITHDRAWN: EventKind =
    kind("consultation", "response", "withdrawn", "soundings.consultation.v1.ResponseWithdrawn");
/// An organisation's answers to the bound questions of a survey changed.
pub const SUPPORT_RECORDED: EventKind =
    kind("consultation", "support", "recorded", "soundings.consultation.v1.SupportRecorded");
/// An organisation's tallies under a codebook changed.
pub const SIGNAL_RECORDED: EventKind =
    kind("themes", "signal", "recorded", "soundings.themes.v1.SignalRecorded");
/// A theme was made, re-worded, approved or retired.
pub const THEME_CHANGED: EventKind = kind("themes", "theme", "changed", "soundings.themes.v1.ThemeChanged");
/// Evidence was added to a theme, or removed from it.
pub const EVIDENCE_CHANGED: EventKind =
    kind("themes", "evidence", "changed", "soundings.themes.v1.EvidenceChanged");
/// A new ranking revision was made.
pub const RANKING_CHANGED: EventKind =
    kind("portfolio", "ranking", "changed", "soundings.portfolio.v1.RankingChanged");
/// It was computed how sure a revision is, and which moves may be announced.
pub const RANKING_ASSURED: EventKind =
    kind("portfolio", "ranking", "assured", "soundings.portfolio.v1.RankingAssured");
/// A work item was made, changed or removed.
pub const ITEM_CHANGED: EventKind =
    kind("portfolio", "item", "changed", "soundings.portfolio.v1.WorkItemChanged");
/// A plan came into force.
pub const PLAN_PUBLISHED: EventKind =
    kind("portfolio", "plan", "published", "soundings.portfolio.v1.PlanPublished");
/// The live ranking drifted from the plan in force, or came back.
pub const PLAN_DRIFTED: EventKind =
    kind("portfolio", "plan", "drifted", "soundings.portfolio.v1.PlanDrifted");
/// Demand and work do not meet, or meet again.
pub const GAP_FOUND: EventKind = kind("portfolio", "gap", "found", "soundings.portfolio.v1.GapFound");
/// Several councils could buy together.
pub const OPPORTUNITY_FOUND: EventKind =
    kind("portfolio", "opportunity", "found", "soundings.portfolio.v1.OpportunityFound");

/// Every event, in the order of the reference.
pub const EVENTS: &[EventKind] = &[
    ORGANISATION_CHANGED,
    SURVEY_CHANGED,
    RESPONSE_SUBMITTED,
    RESPONSE_REVISED,
    RESPONSE_WITHDRAWN,
    SUPPORT_RECORDED,
    SIGNAL_RECORDED,
    THEME_CHANGED,
    EVIDENCE_CHANGED,
    RANKING_CHANGED,
    RANKING_ASSURED,
    ITEM_CHANGED,
    PLAN_PUBLISHED,
    PLAN_DRIFTED,
    GAP_FOUND,
    OPPORTUNITY_FOUND,
];

/// What stands in [`PORTFOLIO_CURRENT`] for those who join late: of each subject the newest message alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StandingKind {
    /// What it tells of.
    pub entity: &'static str,
    /// Full name of the protobuf message in the body.
    pub message: &'static str,
}

impl StandingKind {
    /// The CloudEvents type.
    pub fn ty(&self) -> String {
        format!("soundings.portfolio.{}.current.v1", self.entity)
    }

    /// The subject of one: of a ranking's kind (`official` or `provisional`), or `published`.
    pub fn subject(&self, of: &str) -> String {
        format!("soundings.current.v1.portfolio.{}.{}", self.entity, token(of))
    }

    /// The subject filter that catches every one.
    pub fn filter(&self) -> String {
        format!("soundings.current.v1.portfolio.{}.*", self.entity)
    }
}

/// The standing ranking of a kind.
pub const RANKING_CURRENT: StandingKind =
    StandingKind { entity: "ranking", message: "soundings.portfolio.v1.RankingCurrent" };
/// How sure the standing ranking of a kind is.
pub const ROBUSTNESS_CURRENT: StandingKind =
    StandingKind { entity: "robustness", message: "soundings.portfolio.v1.RobustnessCurrent" };
/// The plan in force.
pub const PLAN_CURRENT: StandingKind =
    StandingKind { entity: "plan", message: "soundings.portfolio.v1.PlanCurrent" };
/// The open gaps by a kind of ranking.
pub const GAPS_CURRENT: StandingKind =
    StandingKind { entity: "gaps", message: "soundings.portfolio.v1.GapsCurrent" };

/// Everything that stands, in the order of the reference.
pub const STANDING: &[StandingKind] = &[RANKING_CURRENT, ROBUSTNESS_CURRENT, PLAN_CURRENT, GAPS_CURRENT];

/// The subject that holds the standing ranking of a kind (`official` or `provisional`).
pub fn ranking_current(kind: &str) -> String {
    RANKING_CURRENT.subject(kind)
}

/// A JetStream stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stream {
    /// Its name.
    pub name: &'static str,
    /// What it takes.
    pub subjects: &'static str,
}

/// What consultation publishes.
pub const CONSULTATION: Stream = Stream { name: "SND_CONSULTATION", subjects: "soundings.consultation.v1.>" };
/// What themes publishes.
pub const THEMES: Stream = Stream { name: "SND_THEMES", subjects: "soundings.themes.v1.>" };
/// What portfolio publishes.
pub const PORTFOLIO: Stream = Stream { name: "SND_PORTFOLIO", subjects: "soundings.portfolio.v1.>" };
/// What stands: one message a subject, never expiring.
pub const PORTFOLIO_CURRENT: Stream =
    Stream { name: "SND_PORTFOLIO_CURRENT", subjects: "soundings.current.v1.>" };
/// Messages that could not be applied.
pub const DEAD_LETTERS: Stream = Stream { name: "SND_DLQ", subjects: "soundings.dlq.v1.>" };

/// Every stream.
pub const STREAMS: [Stream; 5] = [CONSULTATION, THEMES, PORTFOLIO, PORTFOLIO_CURRENT, DEAD_LETTERS];

/// The subject of a dead letter's event.
pub fn dead_letter(consumer: &str) -> String {
    format!("soundings.dlq.v1.message.parked.{}", token(consumer))
}

/// A durable consumer of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Durable {
    /// Its name, and the inbox's consumer name.
    pub name: &'static str,
    /// The stream that it reads.
    pub stream: Stream,
    /// The events that it reads.
    pub events: &'static [EventKind],
}

/// Themes reads responses.
pub const THEMES_RESPONSES: Durable = Durable {
    name: "themes-responses",
    stream: CONSULTATION,
    events: &[RESPONSE_SUBMITTED, RESPONSE_REVISED, RESPONSE_WITHDRAWN],
};
/// Portfolio reads organisations.
pub const PORTFOLIO_ORGANISATIONS: Durable =
    Durable { name: "portfolio-organisations", stream: CONSULTATION, events: &[ORGANISATION_CHANGED] };
/// Portfolio reads answers to bound questions.
pub const PORTFOLIO_SUPPORT: Durable =
    Durable { name: "portfolio-support", stream: CONSULTATION, events: &[SUPPORT_RECORDED] };
/// Portfolio reads signals, themes and the evidence for them.
pub const PORTFOLIO_SIGNALS: Durable = Durable {
    name: "portfolio-signals",
    stream: THEMES,
    events: &[SIGNAL_RECORDED, THEME_CHANGED, EVIDENCE_CHANGED],
};

/// Every durable consumer.
pub const DURABLES: [Durable; 4] =
    [THEMES_RESPONSES, PORTFOLIO_ORGANISATIONS, PORTFOLIO_SUPPORT, PORTFOLIO_SIGNALS];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn distinct_ids_have_distinct_tokens_without_separators() {
        let ids = ["a.b", "a b", "a%2Eb", "a*", "a>", "é", "refresh-2020:GLG"];
        let tokens: HashSet<_> = ids.iter().map(|id| token(id)).collect();
        assert_eq!(tokens.len(), ids.len());
        assert!(tokens.iter().all(|t| !t.contains(['.', ' ', '*', '>'])));
        assert_eq!(token("refresh-2020:GLG"), "refresh-2020:GLG");
    }

    #[test]
    fn every_subject_lies_in_its_contexts_stream_and_every_message_exists() {
        for standing in STANDING {
            assert!(standing.filter().starts_with(PORTFOLIO_CURRENT.subjects.trim_end_matches('>')));
        }
        let named = EVENTS.iter().map(|e| e.message).chain(STANDING.iter().map(|s| s.message));
        for message in named {
            let name = message.rsplit('.').next().unwrap_or_default();
            assert!(
                crate::DESCRIPTORS.windows(name.len()).any(|w| w == name.as_bytes()),
                "{name} is not in the proto files"
            );
        }
        for event in EVENTS {
            let stream =
                STREAMS.iter().find(|s| event.subject("x").starts_with(s.subjects.trim_end_matches('>')));
            assert!(stream.is_some(), "{event:?}");
        }
    }
}
