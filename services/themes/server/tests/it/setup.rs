//! A service without a network: a real database, the real model, and responses that the test writes.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use prost::Message;
use sha2::{Digest, Sha256};
use soundings_access::{Principal, Role};
use soundings_chassis::page_token::PageTokens;
use soundings_chassis::{Ids, SystemIds};
use soundings_harness::Engine;
use soundings_jetstream::{Delivery, Disposition, Handle, Stats};
use soundings_mailbox::{Database, Envelope, Wake, outbox};
use soundings_proto::consultation::v1 as consultation;
use soundings_proto::subjects::{EventKind, RESPONSE_REVISED, RESPONSE_SUBMITTED, RESPONSE_WITHDRAWN};
use soundings_proto::themes::v1 as proto;
use soundings_proto::themes::v1::theme_campaigns_service_server::ThemeCampaignsService;
use soundings_proto::themes::v1::themes_service_server::ThemesService;
use soundings_themes::application::discoveries::Discoveries;
use soundings_themes::application::discovery_settings::DiscoverySettings;
use soundings_themes::application::ready_codebooks::ReadyCodebooks;
use soundings_themes::application::{
    BatchRead, Questions, ReadAnswer, ReadResponse, ResponseSource, Runtime, SourceError, reassign_codebooks,
};
use soundings_themes::events::on_response::OnResponse;
use soundings_themes::rpc::campaigns_service::CampaignsRpc;
use soundings_themes::rpc::codebook_service::CodebookRpc;
use soundings_themes::rpc::emerging_service::EmergingRpc;
use soundings_themes::rpc::evidence_service::EvidenceRpc;
use soundings_themes::rpc::learning_service::LearningRpc;
use soundings_themes::rpc::review_service::ReviewRpc;
use soundings_themes::rpc::stances_service::StancesRpc;
use soundings_themes::rpc::themes_service::ThemesRpc;
use soundings_themes::rpc::views_service::ViewsRpc;
use soundings_themes::store::migrations::Migrator;
use soundings_themes_engine::Thresholds;
use soundings_themes_model::Model;
use tempfile::TempDir;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Status};

mod decisions;
pub mod emerging;
mod views;

/// What is asked.
pub const PROMPT: &str = "What should the councils do together?";
/// A codebook of two themes fed by survey `s`.
pub const CODEBOOK: &str = "
id: cb
title: Two themes
surveys: [surveys/s]
themes:
  - id: cost
    title: Cost optimisation
    description: Saving money on contracts, licences and procurement.
    exemplars: ['Buying together would save money for every council.', 'We all pay for the same licences.']
  - id: remote
    title: Supporting staff whilst they work remotely
    description: Equipment, connectivity and wellbeing of staff who work from home.
    exemplars: ['Staff need laptops and broadband to work from home.']
    state: proposed
";
/// A statement about cost.
pub const COST: &str = "Buying licences together would save money for every council.";
/// A statement about remote work.
pub const REMOTE: &str = "Our staff need laptops and broadband to work from home.";
/// A statement about neither.
pub const NEITHER: &str = "The swimming pool is always cold on Sundays.";

/// Consultation's responses, as the test wrote them and as a service reads them: with digests and counts of words.
#[derive(Default)]
pub struct Responses {
    by_name: Mutex<BTreeMap<String, ReadResponse>>,
    away: AtomicBool,
    stalled: watch::Sender<bool>,
}

/// Reads of more responses wait while consultation is stalled.
const SMALL_READ: usize = 20;

#[async_trait]
impl ResponseSource for Responses {
    async fn batch_get(&self, names: &[String]) -> Result<BatchRead, SourceError> {
        if self.away.load(Ordering::SeqCst) {
            return Err(SourceError::Unavailable("away".into()));
        }
        if names.len() > SMALL_READ {
            self.stalled.subscribe().wait_for(|stalled| !stalled).await.unwrap();
        }
        let held = self.by_name.lock().unwrap();
        let mut read = BatchRead::default();
        for name in names {
            match held.get(name) {
                Some(response) => read.responses.push(response.clone()),
                None => read.missing.push(name.clone()),
            }
        }
        Ok(read)
    }

    async fn questions(&self, _survey: &str) -> Result<Arc<Questions>, SourceError> {
        if self.away.load(Ordering::SeqCst) {
            return Err(SourceError::Unavailable("away".into()));
        }
        Ok(Arc::new([("q".to_owned(), "What would help your council?".into())].into()))
    }

    async fn list(&self, survey: &str, page_token: &str) -> Result<(Vec<ReadResponse>, String), SourceError> {
        let held = self.by_name.lock().unwrap();
        let from: usize = page_token.parse().unwrap_or(0);
        let mut rest = held.values().filter(|r| r.survey == survey).skip(from);
        let page: Vec<_> = rest.by_ref().take(7).cloned().collect();
        let next = rest.next().map(|_| (from + 7).to_string()).unwrap_or_default();
        Ok((page, next))
    }
}

/// The service and what feeds it.
pub struct Bench {
    pub runtime: Runtime,
    pub responses: Arc<Responses>,
    pub codebooks: CodebookRpc,
    pub reviews: ReviewRpc,
    pub evidence: EvidenceRpc,
    pub views: ViewsRpc,
    pub discoveries: Discoveries,
    pub emerging: EmergingRpc,
    pub stances: StancesRpc,
    pub learning: LearningRpc,
    handler: OnResponse,
    rpc: ThemesRpc,
    _folder: TempDir,
}

/// One bench on each engine that there is a server of.
pub async fn benches() -> Vec<Bench> {
    let mut benches = Vec::new();
    for engine in [Engine::Sqlite, Engine::Postgres] {
        benches.extend(bench(engine).await);
    }
    benches
}

/// A bench on a new SQLite file.
pub async fn sqlite() -> Bench {
    bench(Engine::Sqlite).await.unwrap()
}

async fn bench(engine: Engine) -> Option<Bench> {
    let folder = TempDir::new().unwrap();
    let db = Database::open(&engine.database(folder.path(), "themes").await?).await.unwrap();
    db.migrate::<Migrator>().await.unwrap();
    let responses = Arc::new(Responses::default());
    let runtime = Runtime {
        db,
        codebooks: Arc::new(ReadyCodebooks::new(Model::embedded().unwrap(), Thresholds::default())),
        source: responses.clone(),
        now: Arc::new(|| DateTime::<Utc>::UNIX_EPOCH),
        new_id: Arc::new(|| SystemIds.next()),
        wake: Wake::default(),
        reassign: Arc::new(Notify::new()),
        moved: Arc::new(watch::Sender::new(())),
    };
    let handler = OnResponse::new(runtime.clone(), Stats::default());
    let rpc = ThemesRpc::new(runtime.clone(), PageTokens::new("key"));
    let codebooks = CodebookRpc::new(runtime.clone(), PageTokens::new("key"), CancellationToken::new());
    let reviews = ReviewRpc::new(runtime.clone());
    let evidence = EvidenceRpc::new(runtime.clone(), PageTokens::new("key"));
    let views = ViewsRpc::new(runtime.clone(), PageTokens::new("key"));
    let discoveries = Discoveries::new(runtime.clone(), discovery_settings());
    let emerging = EmergingRpc::new(discoveries.clone(), runtime.clone(), PageTokens::new("key"));
    let learning = LearningRpc::new(runtime.clone());
    let stances = StancesRpc::new(runtime.clone(), PageTokens::new("key"));
    Some(Bench {
        learning,
        stances,
        runtime,
        responses,
        codebooks,
        reviews,
        evidence,
        views,
        discoveries,
        emerging,
        handler,
        rpc,
        _folder: folder,
    })
}

/// Discovery as tests run it: whenever ten statements are new.
pub fn discovery_settings() -> DiscoverySettings {
    DiscoverySettings { least_new: 10, every_s: 0, ..DiscoverySettings::default() }
}

/// A response's answers to the question `q`; none: withdrawn.
pub fn event(response: &str, organisation: &str, revision: i64, withdrawn: bool) -> Envelope {
    let name = format!("surveys/s/responses/{response}");
    let organisation = format!("organisations/{organisation}");
    let closed_answers = Vec::new();
    let (kind, data): (EventKind, Vec<u8>) = match (revision, withdrawn) {
        (_, true) => {
            let body = consultation::ResponseWithdrawn { response: name.clone(), organisation, revision };
            (RESPONSE_WITHDRAWN, body.encode_to_vec())
        }
        (1, false) => {
            let body = consultation::ResponseSubmitted {
                response: name.clone(),
                organisation,
                revision,
                closed_answers,
            };
            (RESPONSE_SUBMITTED, body.encode_to_vec())
        }
        _ => {
            let body = consultation::ResponseRevised {
                response: name.clone(),
                organisation,
                revision,
                closed_answers,
            };
            (RESPONSE_REVISED, body.encode_to_vec())
        }
    };
    Envelope {
        id: SystemIds.next(),
        source: format!("//soundings/consultation/{name}"),
        ty: kind.ty(),
        subject: kind.subject(response),
        aggregate_id: response.to_owned(),
        sequence: revision,
        time: DateTime::<Utc>::UNIX_EPOCH,
        data,
        dataschema: kind.message.to_owned(),
        correlation_id: None,
        causation_id: None,
        traceparent: None,
        tracestate: None,
    }
}

impl Bench {
    /// Writes a response at its next revision and returns the event that tells of it. No text: withdrawn.
    pub fn write(&self, response: &str, organisation: &str, text: Option<&str>) -> Envelope {
        let name = format!("surveys/s/responses/{response}");
        let mut held = self.responses.by_name.lock().unwrap();
        let revision = held.get(&name).map_or(1, |r| r.revision + 1);
        let answers = text.map(|text| ReadAnswer {
            question: "q".into(),
            prompt: PROMPT.into(),
            text: text.into(),
            digest: Sha256::digest(text.to_lowercase()).iter().map(|b| format!("{b:02x}")).collect(),
            words: text.split_whitespace().count() as i64,
        });
        let written = ReadResponse {
            survey: "s".into(),
            response: response.into(),
            organisation: organisation.into(),
            revision,
            time: DateTime::<Utc>::UNIX_EPOCH,
            answers: answers.into_iter().collect(),
            closed: Vec::new(),
        };
        held.insert(name, written);
        event(response, organisation, revision, text.is_none())
    }

    /// Keeps consultation from answering reads of many responses, or lets it again.
    pub fn consultation_stalls(&self, stalled: bool) {
        self.responses.stalled.send_replace(stalled);
    }

    /// Makes consultation unreachable, or reachable again.
    pub fn consultation_away(&self, away: bool) {
        self.responses.away.store(away, Ordering::SeqCst);
    }

    /// Delivers events in one batch.
    pub async fn deliver(&self, events: &[Envelope]) -> Vec<Disposition> {
        let deliveries = events
            .iter()
            .map(|event| Delivery { event: event.clone(), stream_sequence: 1, attempt: 1 })
            .collect();
        self.handler.handle(deliveries).await
    }

    /// Writes a response and delivers its event.
    pub async fn say(&self, response: &str, organisation: &str, text: Option<&str>) {
        let event = self.write(response, organisation, text);
        assert_eq!(self.deliver(&[event]).await, [Disposition::Ack]);
    }

    /// A request by an analyst of the shared office.
    pub fn by_analyst<T>(message: T) -> Request<T> {
        Self::by_analyst_of(None, message)
    }

    /// A request by an analyst bound to this organisation.
    pub fn by_analyst_of<T>(organisation: Option<&str>, message: T) -> Request<T> {
        Self::by("ana", organisation, message)
    }

    /// A request by an analyst of this name, bound to this organisation.
    pub fn by<T>(subject: &str, organisation: Option<&str>, message: T) -> Request<T> {
        let mut request = Request::new(message);
        let organisation = organisation.map(str::to_owned);
        let principal = Principal { subject: subject.into(), roles: vec![Role::Analyst], organisation };
        request.extensions_mut().insert(principal);
        request
    }

    /// The service started again with other thresholds on what it left.
    pub fn with(mut self, thresholds: Thresholds) -> Self {
        self.runtime.codebooks = Arc::new(ReadyCodebooks::new(Model::embedded().unwrap(), thresholds));
        self.handler = OnResponse::new(self.runtime.clone(), Stats::default());
        self.rpc = ThemesRpc::new(self.runtime.clone(), PageTokens::new("key"));
        self.learning = LearningRpc::new(self.runtime.clone());
        self.reviews = ReviewRpc::new(self.runtime.clone());
        self.codebooks =
            CodebookRpc::new(self.runtime.clone(), PageTokens::new("key"), CancellationToken::new());
        self
    }

    /// Loads a codebook and assigns what is to be assigned anew.
    pub async fn load(&self, yaml: &str) -> Result<proto::Codebook, Status> {
        let message = proto::LoadCodebookRequest { yaml: yaml.into(), ..Default::default() };
        let loaded = self.rpc.load_codebook(Self::by_analyst(message)).await?.into_inner();
        self.reassign().await;
        Ok(loaded)
    }

    /// Assigns what is to be assigned anew.
    pub async fn reassign(&self) {
        reassign_codebooks::reassign_all(&self.runtime, &CancellationToken::new()).await.unwrap();
    }

    /// Approves a theme.
    pub async fn approve(&self, theme: &str, etag: &str, request_id: &str) -> Result<proto::Theme, Status> {
        let (name, reason) = (format!("codebooks/cb/themes/{theme}"), "because".to_owned());
        let message =
            proto::ApproveThemeRequest { name, etag: etag.into(), reason, request_id: request_id.into() };
        Ok(self.rpc.approve_theme(Self::by_analyst(message)).await?.into_inner())
    }

    /// Approves a theme for this reason.
    pub async fn decide_because(&self, theme: &str, reason: &str) -> Result<proto::Theme, Status> {
        let (name, reason) = (format!("codebooks/cb/themes/{theme}"), reason.to_owned());
        let message = proto::ApproveThemeRequest { name, reason, ..Default::default() };
        Ok(self.rpc.approve_theme(Self::by_analyst(message)).await?.into_inner())
    }

    /// Retires a theme.
    pub async fn retire(&self, theme: &str, etag: &str) -> Result<proto::Theme, Status> {
        let (name, reason) = (format!("codebooks/cb/themes/{theme}"), "because".to_owned());
        let message =
            proto::RetireThemeRequest { name, etag: etag.into(), reason, request_id: String::new() };
        let retired = self.rpc.retire_theme(Self::by_analyst(message)).await?.into_inner();
        self.reassign().await;
        Ok(retired)
    }

    /// The themes with their counts.
    pub async fn themes(&self) -> proto::ListThemesResponse {
        let message = proto::ListThemesRequest { parent: "codebooks/cb".into(), show_retired: true };
        self.rpc.list_themes(Self::by_analyst(message)).await.unwrap().into_inner()
    }

    /// Texts that were sent so often at least, as the office or an analyst of an organisation sees them.
    pub async fn campaigns(
        &self,
        least_responses: i32,
        organisation: Option<&str>,
    ) -> Result<Vec<proto::Campaign>, Status> {
        let message = proto::ListCampaignsRequest {
            parent: "codebooks/cb".into(),
            least_responses,
            ..Default::default()
        };
        let campaigns = CampaignsRpc::new(self.runtime.clone());
        let reply = campaigns.list_campaigns(Self::by("analyst", organisation, message)).await?;
        Ok(reply.into_inner().campaigns)
    }

    /// A page of mentions.
    pub async fn mentions(
        &self,
        message: proto::ListMentionsRequest,
    ) -> Result<proto::ListMentionsResponse, Status> {
        self.mentions_for(None, message).await
    }

    /// A page of mentions, for an analyst bound to this organisation.
    pub async fn mentions_for(
        &self,
        organisation: Option<&str>,
        message: proto::ListMentionsRequest,
    ) -> Result<proto::ListMentionsResponse, Status> {
        let message = proto::ListMentionsRequest { parent: "codebooks/cb".into(), ..message };
        Ok(self.rpc.list_mentions(Self::by_analyst_of(organisation, message)).await?.into_inner())
    }

    /// The signals of organisations with a respondent, in full but for their sequences.
    pub async fn tallies(&self) -> Vec<proto::Signal> {
        let message = proto::ListSignalsRequest { parent: "codebooks/cb".into() };
        let listed = self.rpc.list_signals(Self::by_analyst(message)).await.unwrap().into_inner().signals;
        let answered = listed.into_iter().filter(|signal| signal.respondents > 0);
        answered.map(|signal| proto::Signal { sequence: 0, ..signal }).collect()
    }

    /// (respondents, responses, theme → (respondents, responses)) by organisation, without sequences.
    pub async fn signals(&self) -> BTreeMap<String, (i64, i64, BTreeMap<String, (i64, i64)>)> {
        self.signals_for(None).await
    }

    /// The same, for an analyst bound to this organisation.
    pub async fn signals_for(
        &self,
        organisation: Option<&str>,
    ) -> BTreeMap<String, (i64, i64, BTreeMap<String, (i64, i64)>)> {
        let message = proto::ListSignalsRequest { parent: "codebooks/cb".into() };
        let request = Self::by_analyst_of(organisation, message);
        let signals = self.rpc.list_signals(request).await.unwrap().into_inner().signals;
        let last = |name: &str| name.rsplit('/').next().unwrap().to_owned();
        let themes = |signal: &proto::Signal| {
            signal.themes.iter().map(|t| (last(&t.theme), (t.respondents, t.responses))).collect()
        };
        signals.iter().map(|s| (last(&s.organisation), (s.respondents, s.responses, themes(s)))).collect()
    }

    /// Everything in the outbox.
    pub async fn outbox(&self) -> Vec<Envelope> {
        outbox::waiting(self.runtime.db.read(), 100_000).await.unwrap().into_iter().map(|w| w.event).collect()
    }

    /// The last signal told of each aggregate, having checked that their numbers have no gap.
    pub async fn told(&self) -> HashMap<String, proto::SignalRecorded> {
        let mut last: HashMap<String, (i64, proto::SignalRecorded)> = HashMap::new();
        for event in self.outbox().await.into_iter().filter(|e| e.ty.contains("signal")) {
            let body = proto::SignalRecorded::decode(event.data.as_slice()).unwrap();
            let before = last.get(&event.aggregate_id).map_or(0, |(sequence, _)| *sequence);
            assert_eq!(event.sequence, before + 1, "{}", event.subject);
            last.insert(event.aggregate_id, (event.sequence, body));
        }
        last.into_iter().map(|(id, (_, body))| (id, body)).collect()
    }
}
