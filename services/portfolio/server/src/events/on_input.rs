//! What organisations, themes, signals and evidence say of themselves becomes an entry of the log of inputs.
use std::{collections::BTreeMap, time::Duration};

use async_trait::async_trait;
use chrono::DateTime;
use prost::Message;
use soundings_jetstream::{Delivery, Disposition, Handle, Stats};
use soundings_mailbox::{Envelope, Error, database, dead_letters, inbox};
use soundings_portfolio_domain::{
    Need, Organisation, OrganisationKind, Signal, Support, Theme, ThemeState,
    check::{check_evidence, check_signal, check_support},
    evidence::Piece,
};
use soundings_proto::{consultation::v1 as consultation, subjects, themes::v1 as themes};

use crate::{
    application::Runtime,
    store::input_log::{self, Entry, Origin},
};

/// Takes the events of one durable consumer.
pub struct OnInput {
    runtime: Runtime,
    consumer: &'static str,
    stats: Stats,
}

impl OnInput {
    /// A handler for a durable consumer of this name.
    pub fn new(runtime: Runtime, consumer: &'static str, stats: Stats) -> Self {
        OnInput { runtime, consumer, stats }
    }

    async fn apply(&self, events: &[(&Envelope, (Entry, Origin))]) -> Result<(), Error> {
        if events.is_empty() {
            return Ok(());
        }
        let tx = self.runtime.db.begin().await?;
        let told: Vec<_> = events.iter().map(|(event, _)| (event.source.as_str(), event.sequence)).collect();
        let admissions = inbox::admit_many(&tx, self.consumer, &told).await?;
        let admitted = events.iter().zip(&admissions).filter(|(_, admission)| admission.applies());
        let entries: Vec<_> = admitted.map(|((_, input), _)| input.clone()).collect();
        input_log::append(&tx, &entries, self.runtime.clock.now()).await?;
        database::commit(tx).await?;
        self.stats.count(&admissions);
        self.runtime.inputs_changed.notify_one();
        Ok(())
    }

    async fn park(&self, event: &Envelope) -> Disposition {
        let reason = "the event's body cannot be read, or its numbers cannot be true";
        let parked = async {
            let tx = self.runtime.db.begin().await?;
            let (id, now) = (self.runtime.ids.next(), self.runtime.clock.now());
            dead_letters::park(&tx, id, self.consumer, event, reason, now).await?;
            database::commit(tx).await
        };
        match parked.await {
            Ok(()) => {
                self.runtime.wake.notify();
                Disposition::Dead(reason.to_owned())
            }
            Err(_) => Disposition::Retry(Duration::from_secs(1)),
        }
    }
}

#[async_trait]
impl Handle for OnInput {
    async fn handle(&self, batch: Vec<Delivery>) -> Vec<Disposition> {
        let mut dispositions = vec![Disposition::Ack; batch.len()];
        let mut events = Vec::with_capacity(batch.len());
        for (at, delivery) in batch.iter().enumerate() {
            match input(&delivery.event) {
                Some(input) => events.push((&delivery.event, input)),
                None => dispositions[at] = self.park(&delivery.event).await,
            }
        }
        if let Err(error) = self.apply(&events).await {
            tracing::warn!(%error, "inputs could not be written; trying again");
            let attempt = batch.iter().map(|delivery| delivery.attempt).max().unwrap_or(1);
            let doublings = u32::try_from(attempt.clamp(1, 8) - 1).unwrap_or(0);
            let delay = Duration::from_millis((50_u64 << doublings).min(5_000));
            for disposition in dispositions.iter_mut().filter(|d| matches!(d, Disposition::Ack)) {
                *disposition = Disposition::Retry(delay);
            }
        }
        dispositions
    }
}

/// What an event says and where it comes from; None when it cannot be read.
fn input(event: &Envelope) -> Option<(Entry, Origin)> {
    let trace = event.traceparent.as_deref().and_then(|text| text.parse().ok());
    let mut origin = Origin { trace, ..Origin::default() };
    let entry = entry(event, &mut origin)?;
    Some((entry, origin))
}

fn entry(event: &Envelope, origin: &mut Origin) -> Option<Entry> {
    let data = event.data.as_slice();
    if event.ty == subjects::ORGANISATION_CHANGED.ty() {
        let body = consultation::OrganisationChanged::decode(data).ok()?;
        let id = body.organisation.strip_prefix("organisations/")?.to_owned();
        let kind = match body.kind() {
            consultation::OrganisationKind::Council => OrganisationKind::Council,
            consultation::OrganisationKind::PublicBody => OrganisationKind::PublicBody,
            consultation::OrganisationKind::Voluntary => OrganisationKind::Voluntary,
            consultation::OrganisationKind::Other | consultation::OrganisationKind::Unspecified => {
                OrganisationKind::Other
            }
        };
        let organisation =
            Organisation { display_name: body.display_name, population: body.population, kind };
        Some(Entry::Organisation(id, organisation))
    } else if event.ty == subjects::THEME_CHANGED.ty() {
        let body = themes::ThemeChanged::decode(data).ok()?;
        let state = match body.state() {
            themes::ThemeState::Emerging => ThemeState::Emerging,
            themes::ThemeState::Proposed => ThemeState::Proposed,
            themes::ThemeState::Approved => ThemeState::Approved,
            themes::ThemeState::Retired => ThemeState::Retired,
            themes::ThemeState::Unspecified => return None,
        };
        let need = match body.need() {
            themes::NeedStatus::Unspecified | themes::NeedStatus::Unmet => Need::Unmet,
            themes::NeedStatus::PartlyMet => Need::PartlyMet,
            themes::NeedStatus::Met => Need::Met,
        };
        let out_of_scope = body.scope() == themes::Scope::Out;
        let merged_into = Some(body.merged_into).filter(|into| !into.is_empty());
        let theme = Theme { title: body.title, state, merged_into, need, out_of_scope };
        Some(Entry::Theme(body.theme, theme))
    } else if event.ty == subjects::EVIDENCE_CHANGED.ty() {
        let body = themes::EvidenceChanged::decode(data).ok()?;
        let piece = |piece: themes::EvidencePiece| {
            (piece.evidence, Piece { strength: piece.strength.into(), date: piece.date })
        };
        let pieces: BTreeMap<_, _> = body.pieces.into_iter().map(piece).collect();
        check_evidence(&pieces).is_none().then_some(Entry::Evidence(body.theme, pieces))
    } else if event.ty == subjects::SIGNAL_RECORDED.ty() {
        let body = themes::SignalRecorded::decode(data).ok()?;
        origin.accepted_at = body.response_time.and_then(time);
        let signal = body.signal?;
        let codebook = signal.codebook.strip_prefix("codebooks/")?.to_owned();
        let organisation = signal.organisation.strip_prefix("organisations/")?.to_owned();
        let mut content =
            Signal { sequence: signal.sequence, respondents: signal.respondents, ..Signal::default() };
        for tally in signal.themes {
            if tally.against_respondents != 0 {
                content.against.insert(tally.theme.clone(), tally.against_respondents);
            }
            content.themes.insert(tally.theme, tally.respondents);
        }
        check_signal(&content).is_none().then_some(Entry::Signal(codebook, organisation, content))
    } else if event.ty == subjects::SUPPORT_RECORDED.ty() {
        let body = consultation::SupportRecorded::decode(data).ok()?;
        origin.accepted_at = body.response_time.and_then(time);
        let support = body.support?;
        let survey = support.survey.strip_prefix("surveys/")?.to_owned();
        let organisation = support.organisation.strip_prefix("organisations/")?.to_owned();
        let content = read_support(&support)?;
        check_support(&content).is_none().then_some(Entry::Support(survey, organisation, content))
    } else {
        None
    }
}

fn time(time: prost_types::Timestamp) -> Option<DateTime<chrono::Utc>> {
    DateTime::from_timestamp(time.seconds, u32::try_from(time.nanos).ok()?)
}

/// Questions that are bound to the same theme or item are taken together; None when their sums cannot be held.
fn read_support(message: &consultation::Support) -> Option<Support> {
    let (sequence, respondents) = (message.sequence, message.respondents);
    let mut support = Support { sequence, respondents, ..Support::default() };
    for tally in &message.tallies {
        let rated = support.targets.entry(tally.target.clone()).or_default();
        rated.answers = rated.answers.checked_add(tally.respondents)?;
        rated.support_ppm = rated.support_ppm.checked_add(tally.support_ppm)?;
    }
    Some(support)
}
