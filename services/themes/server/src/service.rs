//! Puts the service together.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use soundings_chassis::grpc::{self, Serving};
use soundings_chassis::page_token::PageTokens;
use soundings_chassis::process::Settings;
use soundings_chassis::{Clock, Ids, Lifecycle, Metrics};
use soundings_jetstream::{Connection, Handle, Publisher, Stats, consumer};
use soundings_mailbox::{Database, Relay, Wake};
use soundings_proto::subjects::THEMES_RESPONSES;
use soundings_proto::themes::v1::codebook_service_server::CodebookServiceServer;
use soundings_proto::themes::v1::emerging_themes_service_server::EmergingThemesServiceServer;
use soundings_proto::themes::v1::review_service_server::ReviewServiceServer;
use soundings_proto::themes::v1::theme_campaigns_service_server::ThemeCampaignsServiceServer;
use soundings_proto::themes::v1::theme_evaluation_service_server::ThemeEvaluationServiceServer;
use soundings_proto::themes::v1::theme_evidence_service_server::ThemeEvidenceServiceServer;
use soundings_proto::themes::v1::theme_learning_service_server::ThemeLearningServiceServer;
use soundings_proto::themes::v1::theme_matching_service_server::ThemeMatchingServiceServer;
use soundings_proto::themes::v1::theme_splits_service_server::ThemeSplitsServiceServer;
use soundings_proto::themes::v1::theme_stances_service_server::ThemeStancesServiceServer;
use soundings_proto::themes::v1::theme_views_service_server::ThemeViewsServiceServer;
use soundings_proto::themes::v1::themes_service_server::ThemesServiceServer;
use soundings_themes_engine::Thresholds;
use soundings_themes_model::Model;
use soundings_upkeep::{self as upkeep, DeadLetterRpc};
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};
use tonic::service::Routes;
use tonic::transport::Endpoint;

use crate::application::check_model::check_model;
use crate::application::discoveries::Discoveries;
use crate::application::ready_codebooks::ReadyCodebooks;
use crate::application::{Runtime, learn, reassign_codebooks};
use crate::config::Config;
use crate::events::on_response::OnResponse;
use crate::rpc::campaigns_service::CampaignsRpc;
use crate::rpc::codebook_service::CodebookRpc;
use crate::rpc::consultation_client::ConsultationClient;
use crate::rpc::emerging_service::EmergingRpc;
use crate::rpc::evaluation_service::EvaluationRpc;
use crate::rpc::evidence_service::EvidenceRpc;
use crate::rpc::learning_service::LearningRpc;
use crate::rpc::matching_service::MatchingRpc;
use crate::rpc::review_service::ReviewRpc;
use crate::rpc::splits_service::SplitsRpc;
use crate::rpc::stances_service::StancesRpc;
use crate::rpc::themes_service::ThemesRpc;
use crate::rpc::views_service::ViewsRpc;
use crate::store::migrations::Migrator;

/// The texts of one match: 200 of 10,000 characters, each of up to four bytes; or labelled answers together.
const LARGEST_TEXTS: usize = 8 * 1024 * 1024;
/// The largest codebook file and some room.
const LARGEST_REQUEST: usize = 1024 * 1024;

/// A service that runs.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// What its parts work with; for tests and operators' commands.
    pub runtime: Runtime,
    /// Counts of its consumer.
    pub stats: Stats,
}

/// Starts the service on a listener; it runs until the lifecycle stops. NATS and consultation may come later.
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
    let gate = config.access.gate(clock.clone())?;
    let metrics = Metrics::new(&config.telemetry, "themes")?;
    let credentials = config.access.credentials("themes", clock.clone())?;
    let password = config.database_password_file.as_deref();
    let db = Database::open_with(&config.database, password).await.context("the themes database")?;
    db.migrate::<Migrator>().await.context("the themes database")?;
    let model = match &config.model {
        Some(folder) => Model::from_folder(folder).context("model")?,
        None => Model::embedded()?,
    };
    check_model(&db, model.version(), &config.accept_model).await?;
    let Config { floor, margin, reach, clear, .. } = config;
    let thresholds = Thresholds { floor, margin, reach, clear };
    let channel = Endpoint::from_shared(config.consultation.clone())
        .with_context(|| format!("consultation: {:?} is no address", config.consultation))?
        .connect_lazy();
    let (wake, now_clock, id_source) = (Wake::default(), clock.clone(), ids.clone());
    let runtime = Runtime {
        db: db.clone(),
        codebooks: Arc::new(ReadyCodebooks::new(model, thresholds)),
        source: Arc::new(ConsultationClient::new(channel, credentials)),
        now: Arc::new(move || now_clock.now()),
        new_id: Arc::new(move || id_source.next()),
        wake: wake.clone(),
        reassign: Arc::new(Notify::new()),
        moved: Arc::new(watch::Sender::new(())),
    };

    let nats = Connection::connect(config.nats.settings("themes")).await?;
    let relay = Relay::new(
        db.clone(),
        Arc::new(Publisher::new(nats.clone())),
        runtime.now.clone(),
        wake,
        ids.next().to_string(),
    );
    let stats = Stats::default();
    let handler = Arc::new(OnResponse::new(runtime.clone(), stats.clone()));
    let consumers: Vec<(&'static str, Arc<dyn Handle>)> = vec![(THEMES_RESPONSES.name, handler.clone())];
    let consume = consumer::run(nats.clone(), &THEMES_RESPONSES, handler, stats.clone(), lifecycle.soft());
    let reassign = reassign_codebooks::run(runtime.clone(), lifecycle.soft());
    let relay = relay.run(lifecycle.soft());
    let discoveries = Discoveries::new(runtime.clone(), config.discovery.clone()).measured(&metrics);
    let discover = discoveries.clone().run(lifecycle.soft());
    lifecycle.spawn("themes-discovery", async move {
        discover.await;
        Ok(())
    });
    lifecycle.spawn("themes-reassign", async move {
        reassign.await;
        Ok(())
    });
    let learn = learn::run(runtime.clone(), i64::from(config.learn_after), lifecycle.soft());
    lifecycle.spawn("themes-learning", async move {
        learn.await;
        Ok(())
    });
    lifecycle.spawn("themes-events", async move {
        // The relay flushes what the consumer's last batch left before the connection goes.
        tokio::join!(consume, relay);
        nats.drain(std::time::Duration::from_secs(2)).await;
        Ok(())
    });

    let measured = vec![(THEMES_RESPONSES.name, stats.clone())];
    lifecycle.spawn(
        "themes-metrics",
        upkeep::measure(db, clock.clone(), metrics.clone(), measured, lifecycle.soft()),
    );

    let tokens = PageTokens::new(config.page_key.clone());
    let letters = DeadLetterRpc::new(runtime.db.clone(), clock, tokens.clone(), consumers);
    let codebooks = CodebookRpc::new(runtime.clone(), tokens.clone(), lifecycle.soft());
    let codebooks = CodebookServiceServer::new(codebooks).max_decoding_message_size(LARGEST_REQUEST);
    let reviews = ReviewServiceServer::new(ReviewRpc::new(runtime.clone()));
    let evidence = ThemeEvidenceServiceServer::new(EvidenceRpc::new(runtime.clone(), tokens.clone()));
    let matching = ThemeMatchingServiceServer::new(MatchingRpc::new(runtime.clone()));
    let matching = matching.max_decoding_message_size(LARGEST_TEXTS);
    let evaluation = ThemeEvaluationServiceServer::new(EvaluationRpc::new(runtime.clone()));
    let evaluation = evaluation.max_decoding_message_size(LARGEST_TEXTS);
    let splits = ThemeSplitsServiceServer::new(SplitsRpc::new(discoveries.clone(), runtime.clone()));
    let emerging = EmergingRpc::new(discoveries, runtime.clone(), tokens.clone());
    let emerging = EmergingThemesServiceServer::new(emerging);
    let views = ThemeViewsServiceServer::new(ViewsRpc::new(runtime.clone(), tokens.clone()));
    let campaigns = ThemeCampaignsServiceServer::new(CampaignsRpc::new(runtime.clone()));
    let stances = ThemeStancesServiceServer::new(StancesRpc::new(runtime.clone(), tokens.clone()));
    let learning = ThemeLearningServiceServer::new(LearningRpc::new(runtime.clone()));
    let rpc = ThemesRpc::new(runtime.clone(), tokens);
    let server = ThemesServiceServer::new(rpc).max_decoding_message_size(LARGEST_REQUEST);
    let serving = Serving {
        service: Config::SERVICE,
        routes: Routes::new(server)
            .add_service(codebooks)
            .add_service(reviews)
            .add_service(evidence)
            .add_service(views)
            .add_service(matching)
            .add_service(emerging)
            .add_service(stances)
            .add_service(campaigns)
            .add_service(learning)
            .add_service(evaluation)
            .add_service(splits)
            .add_service(letters.into_server()),
        descriptors: soundings_proto::DESCRIPTORS,
        unhurried: &[
            "/soundings.themes.v1.CodebookService/PreviewReassignment",
            "/soundings.themes.v1.ThemeViewsService/SearchStatements",
            "/soundings.themes.v1.ThemeMatchingService/MatchThemes",
            "/soundings.themes.v1.EmergingThemesService/RunDiscovery",
            "/soundings.themes.v1.ThemeSplitsService/ProposeSplit",
            "/soundings.themes.v1.ThemeEvaluationService/EvaluateCodebook",
            "/soundings.themes.v1.ThemeLearningService/TrainNow",
        ],
        gate: Arc::new(gate),
        limits: config.limits,
        metrics: metrics.clone(),
    };
    let address = grpc::serve(serving, listener, lifecycle).await?;
    Ok(Running { address, runtime, stats })
}
