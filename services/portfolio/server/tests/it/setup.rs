//! A service on port 0 with a database of its own, and clients with tokens.
use std::{sync::Arc, time::Duration};

use soundings_access::{Credentials, Grant, Role, Settings, SigningKey};
use soundings_chassis::{Clock, Lifecycle, ManualClock, SystemClock, SystemIds, grpc};
pub use soundings_harness::{Engine, until};
use soundings_mailbox::Envelope;
use soundings_portfolio::{Config, Running, build};
use soundings_portfolio_domain::{Kind, ONE, verify};
use soundings_proto::portfolio::v1::{
    self as proto, analysis_service_client::AnalysisServiceClient, gap_service_client::GapServiceClient,
    plan_service_client::PlanServiceClient, portfolio_service_client::PortfolioServiceClient,
    robustness_service_client::RobustnessServiceClient, scoring_service_client::ScoringServiceClient,
};
use tempfile::TempDir;
use tonic::{Code, Status, service::interceptor::InterceptedService, transport::Channel};
use tonic_types::StatusExt;

use crate::nats::{Nats, partnership};

/// A client with a token.
pub type Client = PortfolioServiceClient<Authorised>;
/// A channel with a token.
pub type Authorised = InterceptedService<Channel, Credentials>;

/// A client that asks revisions, with a token.
pub type Analysis = AnalysisServiceClient<InterceptedService<Channel, Credentials>>;

/// What a service needs and leaves behind.
pub struct Ground {
    pub nats: Nats,
    pub config: Config,
    pub clock: Arc<ManualClock>,
    _folder: TempDir,
}

/// A service that runs.
pub struct World {
    pub running: Running,
    pub lifecycle: Lifecycle,
    key: SigningKey,
    channel: Channel,
}

impl Ground {
    /// None: there is no server of this engine.
    pub async fn new(engine: Engine) -> Option<Ground> {
        let folder = TempDir::new().unwrap();
        let database = engine.database(folder.path(), "portfolio").await?;
        let key_file = folder.path().join("key.pem");
        SigningKey::open_or_create(&key_file).unwrap();
        let nats = Nats::start().await;
        let config = Config {
            database,
            nats: soundings_jetstream::Config::at(nats.server.url()),
            themes: "http://127.0.0.1:1".to_owned(),
            access: Settings { signing_key_file: Some(key_file), ..Settings::default() },
            ..Config::default()
        };
        let clock = Arc::new(ManualClock::at(SystemClock.now()));
        Some(Ground { nats, config, clock, _folder: folder })
    }

    /// The service, on what was left by the one before.
    pub async fn start(&self) -> World {
        let key =
            SigningKey::open_or_create(self.config.access.signing_key_file.as_deref().unwrap()).unwrap();
        let lifecycle = Lifecycle::new();
        let listener = grpc::bind("127.0.0.1:0").await.unwrap();
        let clock = self.clock.clone();
        let running = build(self.config.clone(), listener, &lifecycle, clock, Arc::new(SystemIds));
        let running = running.await.unwrap();
        let channel = Channel::from_shared(format!("http://{}", running.address)).unwrap();
        World { running, lifecycle, key, channel: channel.connect().await.unwrap() }
    }

    /// The service with the small model and its partnership, at the first revision of both rankings.
    pub async fn furnished(&self) -> World {
        let world = self.start().await;
        // Nothing is ranked before there are items: the first revision counts the whole partnership.
        self.nats.publish(&partnership()).await;
        world.taken_in(&partnership()).await;
        world.manager().apply_portfolio(model()).await.unwrap();
        world.ranked().await;
        world
    }
}

impl World {
    /// A client with a token for these roles.
    pub fn client(&self, subject: &str, roles: &[Role]) -> Client {
        PortfolioServiceClient::new(self.authorised(subject, roles))
    }

    /// A client of plans for a manager of this name.
    pub fn plans(&self, subject: &str) -> PlanServiceClient<Authorised> {
        PlanServiceClient::new(self.authorised(subject, &[Role::PortfolioManager]))
    }

    /// A client of scoring rounds.
    pub fn scoring(&self, subject: &str, role: Role) -> ScoringServiceClient<Authorised> {
        ScoringServiceClient::new(self.authorised(subject, &[role]))
    }

    /// Gaps as they stand.
    pub async fn gaps(&self, kind: Kind) -> Vec<proto::Gap> {
        let mut client = GapServiceClient::new(self.authorised("ana", &[Role::Analyst]));
        let request = proto::ListGapsRequest { kind: as_proto(kind) };
        client.list_gaps(request).await.unwrap().into_inner().gaps
    }

    /// How sure the official ranking is, once it is known of the newest revision.
    pub async fn assured(&self) -> proto::StandingRobustness {
        until("how sure the newest revision is", async || {
            let newest = self.ranking(Kind::Official, 0).await.ok()?.revision;
            let found = self.robustness().await?;
            (found.revision == newest).then_some(found)
        })
        .await
    }

    /// How sure the official ranking is, as it was last computed.
    pub async fn robustness(&self) -> Option<proto::StandingRobustness> {
        let mut client = RobustnessServiceClient::new(self.authorised("rob", &[Role::Respondent]));
        let request = proto::GetStandingRobustnessRequest::default();
        client.get_standing_robustness(request).await.ok().map(|reply| reply.into_inner())
    }

    /// A channel with a token for these roles; a respondent speaks for GLG.
    pub fn authorised(&self, subject: &str, roles: &[Role]) -> Authorised {
        let grant = Grant {
            subject: subject.to_owned(),
            roles: roles.to_vec(),
            organisation: roles.contains(&Role::Respondent).then(|| "GLG".to_owned()),
            ttl: chrono::Duration::hours(20),
        };
        InterceptedService::new(self.channel.clone(), self.credentials(&grant))
    }

    fn credentials(&self, grant: &Grant) -> Credentials {
        let token = self.key.issue(grant, self.running.runtime.clock.now()).unwrap();
        Credentials::fixed(&token).unwrap()
    }

    /// A client that asks revisions; who speaks for an organisation has it in the token.
    pub fn analysis(&self, role: Role, organisation: Option<&str>) -> Analysis {
        let grant = Grant {
            subject: "ann".to_owned(),
            roles: vec![role],
            organisation: organisation.map(str::to_owned),
            ttl: chrono::Duration::hours(20),
        };
        let token = self.credentials(&grant);
        AnalysisServiceClient::with_interceptor(self.channel.clone(), token)
    }

    pub fn manager(&self) -> Client {
        self.client("mia", &[Role::PortfolioManager])
    }

    pub fn analyst(&self) -> Client {
        self.client("ana", &[Role::Analyst])
    }

    pub fn respondent(&self) -> Client {
        self.client("rob", &[Role::Respondent])
    }

    /// Waits until these events were taken in (or newer ones of their sources), and both rankings count all that was.
    pub async fn settled(&self, events: &[Envelope]) {
        self.taken_in(events).await;
        self.ranked().await;
    }

    /// Waits until these events were taken in, or newer ones of their sources.
    pub async fn taken_in(&self, events: &[Envelope]) {
        until("events in the inbox", async || {
            for event in events {
                let row = soundings_mailbox::sql::query_one(
                    self.running.runtime.db.read(),
                    "SELECT sequence FROM inbox WHERE source = $1",
                    vec![event.source.as_str().into()],
                );
                let row = row.await.unwrap()?;
                let sequence: i64 = soundings_mailbox::sql::column(&row, "sequence").unwrap();
                if sequence < event.sequence {
                    return None;
                }
            }
            Some(())
        })
        .await;
    }

    /// Waits until both rankings are those of the inputs as they stand.
    pub async fn ranked(&self) {
        until("rankings of the newest inputs", async || {
            let (inputs, ..) = self.inputs().await;
            for kind in Kind::ALL {
                let published = self.ranking(kind, 0).await.ok()?.digest;
                if published != soundings_portfolio_domain::rank(&inputs, kind).digest() {
                    return None;
                }
            }
            Some(())
        })
        .await;
    }

    /// The inputs as they stand, and the position of the last one.
    pub async fn inputs(&self) -> (soundings_portfolio_domain::Inputs, i64, i64) {
        let db = self.running.runtime.db.read();
        soundings_portfolio::store::input_log::inputs_at(db, i64::MAX).await.unwrap()
    }

    /// A ranking at a revision; 0: the newest.
    pub async fn ranking(&self, kind: Kind, revision: i64) -> Result<proto::Ranking, Status> {
        let request = proto::GetRankingRequest { kind: as_proto(kind), revision, ..Default::default() };
        Ok(self.respondent().get_ranking(request).await?.into_inner())
    }

    /// Both newest revisions' numbers and digests.
    pub async fn stands(&self) -> Vec<(i64, String)> {
        let mut stands = Vec::new();
        for kind in Kind::ALL {
            let ranking = self.ranking(kind, 0).await.unwrap();
            stands.push((ranking.revision, ranking.digest));
        }
        stands
    }

    /// Computes every revision again from its exported inputs; returns how many there are of each ranking.
    pub async fn verify_all(&self) -> [i64; 2] {
        let mut counts = [0, 0];
        for (count, kind) in counts.iter_mut().zip(Kind::ALL) {
            *count = self.ranking(kind, 0).await.unwrap().revision;
            for revision in 1..=*count {
                let request = proto::ExportRevisionRequest { kind: as_proto(kind), revision };
                let bundle = self.analyst().export_revision(request).await.unwrap().into_inner();
                assert_eq!(verify(&bundle.inputs_json).unwrap(), bundle.digest, "{}", bundle.name);
                assert_eq!(self.ranking(kind, revision).await.unwrap().digest, bundle.digest);
            }
        }
        counts
    }

    /// Stops the service and waits for it.
    pub async fn stop(self) {
        self.lifecycle.shutdown(Duration::from_secs(10)).await.unwrap();
    }
}

/// As a message's number.
pub fn as_proto(kind: Kind) -> i32 {
    match kind {
        Kind::Official => proto::RankingKind::Official.into(),
        Kind::Provisional => proto::RankingKind::Provisional.into(),
    }
}

/// A work item, scored for fit and linked to themes of the codebook `c`.
pub fn item(id: &str, fit: i64, links: &[(&str, i32)]) -> proto::WorkItem {
    let link = |(theme, strength): &(&str, i32)| proto::ThemeLink {
        theme: format!("codebooks/c/themes/{theme}"),
        strength: *strength,
        ..Default::default()
    };
    let likely = fit * ONE;
    proto::WorkItem {
        name: format!("workItems/{id}"),
        portfolio: "portfolios/P".into(),
        title: format!("Item {id}"),
        cost_gbp: 1_000,
        scores: vec![proto::Score { criterion: "criteria/fit".into(), likely, ..Default::default() }],
        links: links.iter().map(link).collect(),
        ..Default::default()
    }
}

/// A portfolio of three items under demand and fit: A leads by fit, B answers T1, C answers T2.
pub fn model() -> proto::ApplyPortfolioRequest {
    let criterion = |id: &str, highest, swing, source: proto::ScoreSource| proto::Criterion {
        name: format!("criteria/{id}"),
        title: format!("The {id}"),
        highest,
        direction: proto::Direction::MoreIsBetter.into(),
        swing,
        source: source.into(),
        ..Default::default()
    };
    proto::ApplyPortfolioRequest {
        portfolios: vec![
            proto::Portfolio { name: "portfolios/P".into(), title: "First".into(), ..Default::default() },
            proto::Portfolio { name: "portfolios/Q".into(), title: "Second".into(), ..Default::default() },
        ],
        criteria: vec![
            criterion("demand", ONE, 100_000, proto::ScoreSource::Demand),
            criterion("fit", 100 * ONE, 50_000, proto::ScoreSource::People),
        ],
        work_items: vec![
            item("A", 80, &[]),
            item("B", 60, &[("T1", 900)]),
            proto::WorkItem { portfolio: "portfolios/Q".into(), ..item("C", 40, &[("T2", 1000)]) },
        ],
        ..Default::default()
    }
}

/// A ranking's items in order.
pub fn order(ranking: &proto::Ranking) -> Vec<&str> {
    ranking.items.iter().map(|item| item.work_item.trim_start_matches("workItems/")).collect()
}

/// The code of a refusal.
pub fn code<T: std::fmt::Debug>(result: Result<T, Status>) -> Code {
    result.unwrap_err().code()
}

/// The fields that a refusal names.
pub fn fields<T: std::fmt::Debug>(result: Result<T, Status>) -> Vec<String> {
    let status = result.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
    let details = status.get_error_details();
    details.bad_request().unwrap().field_violations.iter().map(|v| v.field.clone()).collect()
}
