//! The gRPC server: limits, deadlines, reflection, health, gRPC-Web, and a gate in front of every method.
use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::{Request, State},
    middleware::{Next, from_fn, from_fn_with_state},
    response::Response,
};
use http::{Extensions, HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tonic::{
    Code, Status,
    service::Routes,
    transport::{Server, server::TcpIncoming},
};
use tonic_web::GrpcWebLayer;
use tower_http::cors::{AllowOrigin, CorsLayer};
use tracing::Instrument;

use crate::{Lifecycle, Metrics, Problem, trace, trace::TraceContext};

mod measured;

use measured::Measured;

/// Open to everyone: health and reflection, which tell nothing that the contract does not.
const OPEN: [&str; 3] = [
    "/grpc.health.v1.Health/",
    "/grpc.reflection.v1.ServerReflection/",
    "/grpc.reflection.v1alpha.ServerReflection/",
];

/// How long those who watch health have to hear that it ends.
const TELLS_WATCHERS: Duration = Duration::from_millis(200);

/// Largest message that a method for respondents takes, in bytes. Services set it on their server types.
pub const MAX_MESSAGE: usize = 1024 * 1024;

/// Decides whether a call may go on, and may leave what it learnt (such as the caller) in the extensions.
pub trait Gate: Send + Sync + 'static {
    /// `path` is the full method path, such as `/soundings.themes.v1.ThemesService/ListThemes`.
    fn admit(&self, path: &str, headers: &HeaderMap, extensions: &mut Extensions) -> Result<(), Problem>;
}

/// A service's limits.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Longest time to the start of a reply, in milliseconds; a shorter deadline of the caller holds.
    pub deadline_ms: u64,
    /// Streams at once on one connection.
    pub streams: u32,
    /// Origins whose pages may call by gRPC-Web, such as `https://survey.example`.
    pub web_origins: Vec<String>,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { deadline_ms: 10_000, streams: 128, web_origins: Vec::new() }
    }
}

/// What is served.
pub struct Serving {
    /// The service's full name, for health.
    pub service: &'static str,
    /// Its methods.
    pub routes: Routes,
    /// The compiled `.proto` files, for reflection.
    pub descriptors: &'static [u8],
    /// Methods that may take as long as they need, such as uploads: full paths.
    pub unhurried: &'static [&'static str],
    /// Who may come in.
    pub gate: Arc<dyn Gate>,
    /// Limits.
    pub limits: Limits,
    /// Where requests are counted.
    pub metrics: Metrics,
}

/// Binds an address; the error is a plain sentence.
pub async fn bind(address: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            anyhow::anyhow!("{address} is in use by another program: stop it or choose another port")
        }
        _ => anyhow::anyhow!("cannot listen on {address}: {error}"),
    })
}

/// Serves until the lifecycle stops; returns at once with the address.
pub async fn serve(
    serving: Serving,
    listener: TcpListener,
    lifecycle: &Lifecycle,
) -> anyhow::Result<SocketAddr> {
    let address = listener.local_addr()?;
    let (mut reporter, health) = tonic_health::server::health_reporter();
    reporter.set_service_status(serving.service, tonic_health::ServingStatus::Serving).await;
    let reflection = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(serving.descriptors)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
    };
    let router = serving
        .routes
        .add_service(health)
        .add_service(reflection().build_v1()?)
        .add_service(reflection().build_v1alpha()?)
        .into_axum_router()
        .layer(from_fn_with_state(serving.gate, gate))
        .layer(from_fn_with_state(Deadlines::of(&serving.limits, serving.unhurried), deadline))
        .layer(from_fn(plain_status))
        .layer(from_fn_with_state(Measured::of(&serving.metrics, serving.descriptors)?, measured::measured))
        .layer(from_fn(traced));

    let stop = lifecycle.soft();
    let server = Server::builder()
        .accept_http1(true)
        .max_concurrent_streams(serving.limits.streams)
        .http2_max_header_list_size(16 * 1024)
        .http2_keepalive_interval(Some(Duration::from_secs(30)))
        .http2_keepalive_timeout(Some(Duration::from_secs(10)))
        .max_connection_age(Duration::from_secs(30 * 60))
        .layer(cors(&serving.limits.web_origins)?)
        .layer(GrpcWebLayer::new())
        .add_routes(Routes::from(router))
        .serve_with_incoming_shutdown(incoming(listener), stop.clone().cancelled_owned());
    let service = serving.service;
    lifecycle.spawn("grpc", async move { Ok(server.await?) });
    lifecycle.spawn("health", async move {
        stop.cancelled().await;
        // Both the service and the server as a whole (""); then whoever watches is let go, or the server would wait.
        for name in [service, ""] {
            reporter.set_service_status(name, tonic_health::ServingStatus::NotServing).await;
        }
        tokio::time::sleep(TELLS_WATCHERS).await;
        for name in [service, ""] {
            reporter.clear_service_status(name).await;
        }
        Ok(())
    });
    Ok(address)
}

/// Connections that send at once. The server's own setting does not reach a listener that was handed in, and replies
/// would wait for the caller's delayed acknowledgement, 40 ms each.
fn incoming(listener: TcpListener) -> TcpIncoming {
    TcpIncoming::from(listener).with_nodelay(Some(true))
}

fn cors(origins: &[String]) -> anyhow::Result<CorsLayer> {
    let origins = origins
        .iter()
        .map(|o| {
            HeaderValue::from_str(o).map_err(|_| anyhow::anyhow!("limits.web_origins: {o:?} is no origin"))
        })
        .collect::<anyhow::Result<Vec<_>>>()?;
    let exposed = ["grpc-status", "grpc-message", "grpc-status-details-bin"].map(HeaderName::from_static);
    Ok(CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([http::Method::POST])
        .allow_headers(tower_http::cors::AllowHeaders::mirror_request())
        .expose_headers(exposed)
        .max_age(Duration::from_secs(86_400)))
}

fn refuse(problem: Problem) -> Response {
    Status::from(problem).into_http::<Body>()
}

async fn gate(State(gate): State<Arc<dyn Gate>>, mut request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    if OPEN.iter().any(|open| path.starts_with(open)) {
        return next.run(request).await;
    }
    let headers = request.headers().clone();
    match gate.admit(&path, &headers, request.extensions_mut()) {
        Ok(()) => next.run(request).await,
        Err(problem) => refuse(problem),
    }
}

#[derive(Clone, Copy)]
struct Deadlines {
    usual: Duration,
    unhurried: &'static [&'static str],
}

impl Deadlines {
    fn of(limits: &Limits, unhurried: &'static [&'static str]) -> Self {
        Deadlines { usual: Duration::from_millis(limits.deadline_ms), unhurried }
    }
}

async fn deadline(State(deadlines): State<Deadlines>, request: Request, next: Next) -> Response {
    if deadlines.unhurried.contains(&request.uri().path()) {
        return next.run(request).await;
    }
    // A little less than the caller allows, so that the caller hears of it before giving up.
    let asked = grpc_timeout(request.headers()).map(|asked| asked.mul_f64(0.95));
    let allowed = asked.map_or(deadlines.usual, |asked| asked.min(deadlines.usual));
    match tokio::time::timeout(allowed, next.run(request)).await {
        Ok(response) => response,
        Err(_) => refuse(Problem::deadline_exceeded()),
    }
}

/// The caller's `grpc-timeout`: up to eight digits and a unit.
fn grpc_timeout(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get("grpc-timeout")?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let amount: u64 = digits.parse().ok().filter(|_| digits.len() <= 8)?;
    match unit {
        "H" => Some(Duration::from_secs(amount * 3600)),
        "M" => Some(Duration::from_secs(amount * 60)),
        "S" => Some(Duration::from_secs(amount)),
        "m" => Some(Duration::from_millis(amount)),
        "u" => Some(Duration::from_micros(amount)),
        "n" => Some(Duration::from_nanos(amount)),
        _ => None,
    }
}

/// Oversize messages answer OUT_OF_RANGE in tonic; callers are promised RESOURCE_EXHAUSTED.
async fn plain_status(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    match Status::from_header_map(response.headers()) {
        Some(status) if status.code() == Code::OutOfRange => {
            refuse(Problem::resource_exhausted("message", status.message().to_owned()))
        }
        _ => response,
    }
}

async fn traced(request: Request, next: Next) -> Response {
    let parent: Option<TraceContext> =
        request.headers().get("traceparent").and_then(|value| value.to_str().ok()?.parse().ok());
    let method = request.uri().path();
    let span = tracing::info_span!(
        "rpc",
        otel.name = method.trim_start_matches('/'),
        otel.kind = "server",
        rpc.system = "grpc",
        method,
        trace_id = tracing::field::Empty
    );
    let context = TraceContext::of(&span, parent, &[]);
    span.record("trace_id", context.trace_id());
    trace::scope(context, next.run(request)).instrument(span).await
}

#[cfg(test)]
mod tests;
