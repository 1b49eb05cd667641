//! Puts the service together.
use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context;
use soundings_chassis::{
    Clock, Ids, Lifecycle, Metrics,
    grpc::{self, MAX_MESSAGE, Serving},
    page_token::PageTokens,
    process::Settings,
};
use soundings_jetstream::{Connection, Handle, Publisher, Stats, consumer};
use soundings_mailbox::{Database, Relay, Wake};
use soundings_proto::{
    portfolio::v1::{
        analysis_service_server::AnalysisServiceServer, benefits_service_server::BenefitsServiceServer,
        documents_service_server::DocumentsServiceServer, gap_service_server::GapServiceServer,
        link_suggestion_service_server::LinkSuggestionServiceServer, plan_service_server::PlanServiceServer,
        portfolio_check_service_server::PortfolioCheckServiceServer,
        portfolio_service_server::PortfolioServiceServer,
        procurement_service_server::ProcurementServiceServer,
        robustness_service_server::RobustnessServiceServer, scoring_service_server::ScoringServiceServer,
    },
    subjects::{Durable, PORTFOLIO_ORGANISATIONS, PORTFOLIO_SIGNALS, PORTFOLIO_SUPPORT},
};
use soundings_upkeep::{self as upkeep, DeadLetterRpc};
use tokio::{
    net::TcpListener,
    sync::{Notify, watch},
};
use tonic::{service::Routes, transport::Endpoint};

use crate::{
    application::{
        Runtime, assure_rankings, change_plan::Policy, find_opportunities, freshness::Freshness,
        make_revisions,
    },
    config::Config,
    events::on_input::OnInput,
    rpc::{
        analysis_service::AnalysisRpc, benefits_service::BenefitsRpc, campaigns::Campaigns,
        check_service::CheckRpc, documents_service::DocumentsRpc, external_evidence::ExternalEvidence,
        gap_service::GapRpc, known_themes::KnownThemes, plan_service::PlanRpc,
        portfolio_service::PortfolioRpc, procurement_service::ProcurementRpc, quotes::Quotes,
        robustness_service::RobustnessRpc, scoring_service::ScoringRpc, suggestion_service::SuggestionRpc,
        theme_matches::ThemeMatches,
    },
    store::migrations::Migrator,
};

/// Methods that take as long as a file is long, or as a search: these have bounds of their own.
const UNHURRIED: &[&str] = &[
    "/soundings.portfolio.v1.ProcurementService/ImportContracts",
    "/soundings.portfolio.v1.LinkSuggestionService/SuggestLinks",
    "/soundings.portfolio.v1.AnalysisService/SelectWork",
    "/soundings.portfolio.v1.AnalysisService/GetFrontier",
    "/soundings.portfolio.v1.AnalysisService/GetRobustness",
    "/soundings.portfolio.v1.AnalysisService/GetInfluence",
];

/// A service that runs.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// What its parts work with; for tests and operators' commands.
    pub runtime: Runtime,
}

/// Starts the service on a listener; it runs until the lifecycle stops. NATS and themes may come later.
///
/// # Errors
/// When the database cannot be opened or migrated, or a setting cannot be used.
pub async fn build(
    config: Config,
    listener: TcpListener,
    lifecycle: &Lifecycle,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
) -> anyhow::Result<Running> {
    let announcing = assure_rankings::Policy::of(&config)?;
    let gate = config.access.gate(clock.clone())?;
    let metrics = Metrics::new(&config.telemetry, "portfolio")?;
    let credentials = config.access.credentials("portfolio", clock.clone())?;
    let password = config.database_password_file.as_deref();
    let db = Database::open_with(&config.database, password).await.context("the portfolio database")?;
    db.migrate::<Migrator>().await.context("the portfolio database")?;
    let channel = Endpoint::from_shared(config.themes.clone())
        .with_context(|| format!("themes: {:?} is no address", config.themes))?
        .connect_lazy();
    let wake = Wake::default();
    let holder = ids.next().to_string();
    let runtime = Runtime {
        db: db.clone(),
        clock: clock.clone(),
        ids,
        wake: wake.clone(),
        inputs_changed: Arc::new(Notify::new()),
        policy: Policy { approvers: config.plan_approvers, drift_ppm: config.plan_drift_ppm },
        revised: watch::Sender::new(0),
        assured: watch::Sender::new(0),
    };

    let nats = Connection::connect(config.nats.settings("portfolio")).await?;
    let now: soundings_mailbox::Now = Arc::new(move || clock.now());
    let relay = Relay::new(db.clone(), Arc::new(Publisher::new(nats.clone())), now, wake, holder)
        .run(lifecycle.soft());
    let mut consumers: Vec<(&'static str, Arc<dyn Handle>)> = Vec::new();
    let mut measured = Vec::new();
    let mut consume = |durable: &'static Durable| {
        let stats = Stats::default();
        let handler = Arc::new(OnInput::new(runtime.clone(), durable.name, stats.clone()));
        consumers.push((durable.name, handler.clone()));
        measured.push((durable.name, stats.clone()));
        consumer::run(nats.clone(), durable, handler, stats, lifecycle.soft())
    };
    let (organisations, signals) = (consume(&PORTFOLIO_ORGANISATIONS), consume(&PORTFOLIO_SIGNALS));
    let support = consume(&PORTFOLIO_SUPPORT);
    let coalesce = Duration::from_millis(config.coalesce_ms);
    let ranker = make_revisions::run(runtime.clone(), coalesce, Freshness::new(&metrics), lifecycle.soft());
    let assurer = assure_rankings::run(runtime.clone(), announcing, lifecycle.soft());
    let found = find_opportunities::catch_up(runtime.clone(), lifecycle.soft());
    lifecycle.spawn("portfolio-events", async move {
        // The relay flushes what the others' last work left before the connection goes.
        tokio::join!(organisations, signals, support, ranker, assurer, relay, found);
        nats.drain(Duration::from_secs(2)).await;
        Ok(())
    });

    lifecycle.spawn(
        "portfolio-metrics",
        upkeep::measure(db, runtime.clock.clone(), metrics.clone(), measured, lifecycle.soft()),
    );

    let tokens = PageTokens::new(config.page_key.clone());
    let letters = DeadLetterRpc::new(runtime.db.clone(), runtime.clock.clone(), tokens.clone(), consumers);
    let evidence = ExternalEvidence::new(channel.clone(), credentials.clone());
    let matches = ThemeMatches::new(channel.clone(), credentials.clone());
    let suggestions = SuggestionRpc::new(runtime.clone(), tokens.clone(), matches);
    let campaigns = Campaigns::new(channel.clone(), credentials.clone());
    let themes = KnownThemes::new(channel.clone(), credentials.clone());
    let quotes = Quotes::new(channel, credentials);
    let plans = PlanServiceServer::new(PlanRpc::new(runtime.clone(), tokens.clone()));
    let gaps = GapServiceServer::new(GapRpc::new(runtime.clone()));
    let rounds = ScoringServiceServer::new(ScoringRpc::new(runtime.clone(), tokens.clone()));
    let benefits = BenefitsRpc::new(runtime.clone(), tokens.clone());
    let procurement = ProcurementRpc::new(runtime.clone(), tokens.clone());
    let documents = DocumentsRpc::new(runtime.clone(), quotes.clone(), evidence);
    let robustness = RobustnessServiceServer::new(RobustnessRpc::new(runtime.clone(), lifecycle.soft()));
    let check = PortfolioCheckServiceServer::new(CheckRpc::new(runtime.clone(), themes.clone()));
    let analysis = AnalysisRpc::new(runtime.clone(), campaigns);
    let rpc = PortfolioRpc::new(runtime.clone(), tokens, (quotes, themes), lifecycle.soft());
    let serving = Serving {
        service: Config::SERVICE,
        routes: Routes::new(PortfolioServiceServer::new(rpc).max_decoding_message_size(4 * MAX_MESSAGE))
            .add_service(check.max_decoding_message_size(4 * MAX_MESSAGE))
            .add_service(plans)
            .add_service(gaps)
            .add_service(rounds)
            .add_service(robustness)
            .add_service(LinkSuggestionServiceServer::new(suggestions))
            .add_service(BenefitsServiceServer::new(benefits).max_decoding_message_size(4 * MAX_MESSAGE))
            .add_service(DocumentsServiceServer::new(documents))
            .add_service(ProcurementServiceServer::new(procurement).max_decoding_message_size(MAX_MESSAGE))
            .add_service(AnalysisServiceServer::new(analysis).max_decoding_message_size(4 * MAX_MESSAGE))
            .add_service(letters.into_server()),
        descriptors: soundings_proto::DESCRIPTORS,
        unhurried: UNHURRIED,
        gate: Arc::new(gate),
        limits: config.limits,
        metrics: metrics.clone(),
    };
    let address = grpc::serve(serving, listener, lifecycle).await?;
    Ok(Running { address, runtime })
}
