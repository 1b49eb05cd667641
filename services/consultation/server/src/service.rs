//! Puts the service together.
use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context;
use soundings_chassis::{
    Clock, Ids, Lifecycle, Metrics,
    grpc::{self, MAX_MESSAGE, Serving},
    page_token::PageTokens,
    process::Settings,
};
use soundings_jetstream::{Connection, Publisher};
use soundings_mailbox::{Database, Relay, Wake};
use soundings_proto::consultation::v1::consultation_service_server::ConsultationServiceServer;
use soundings_upkeep::{self as upkeep, DeadLetterRpc};
use tokio::net::TcpListener;
use tonic::service::Routes;

use crate::{
    application::{Runtime, submit_responses},
    config::Config,
    rpc::consultation_service::ConsultationRpc,
    store::migrations::Migrator,
};

/// A service that runs.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// What its parts work with; for tests and operators' commands.
    pub runtime: Runtime,
}

/// Uploads take as long as they need.
const UNHURRIED: &[&str] = &["/soundings.consultation.v1.ConsultationService/ImportResponses"];

/// Starts the service on a listener; it runs until the lifecycle stops. NATS may come later: what is accepted waits in
/// the outbox.
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
    let metrics = Metrics::new(&config.telemetry, "consultation")?;
    let password = config.database_password_file.as_deref();
    let db = Database::open_with(&config.database, password).await.context("the consultation database")?;
    db.migrate::<Migrator>().await.context("the consultation database")?;
    let wake = Wake::default();
    let holder = ids.next().to_string();
    let runtime = Runtime::new(db.clone(), clock.clone(), ids, wake.clone());

    let nats = Connection::connect(config.nats.settings("consultation")).await?;
    let now: soundings_mailbox::Now = Arc::new(move || clock.now());
    let relay = Relay::new(db.clone(), Arc::new(Publisher::new(nats.clone())), now, wake, holder)
        .run(lifecycle.soft());
    lifecycle.spawn("consultation-events", async move {
        relay.await;
        if nats.is_connected() {
            nats.drain(Duration::from_secs(2)).await;
        }
        Ok(())
    });

    let measure = upkeep::measure(db, runtime.clock.clone(), metrics.clone(), Vec::new(), lifecycle.soft());
    lifecycle.spawn("consultation-metrics", measure);
    let submissions = submit_responses::start(&runtime, lifecycle);
    let tokens = PageTokens::new(config.page_key.clone());
    let letters = DeadLetterRpc::new(runtime.db.clone(), runtime.clock.clone(), tokens.clone(), Vec::new());
    let rpc = ConsultationRpc::new(runtime.clone(), submissions, tokens);
    let serving = Serving {
        service: Config::SERVICE,
        routes: Routes::new(ConsultationServiceServer::new(rpc).max_decoding_message_size(MAX_MESSAGE))
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
