//! How many requests there are, how they end and how long they take.
use std::{collections::HashSet, sync::Arc};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use opentelemetry::metrics::Histogram;
use prost::Message;
use prost_types::FileDescriptorSet;
use tokio::time::Instant;
use tonic::{Code, Status};

use crate::{Metrics, metrics::SECONDS};

/// Measures requests, by method and status.
#[derive(Clone)]
pub struct Measured {
    metrics: Metrics,
    duration: Histogram<f64>,
    /// Paths of the contract's methods: others are counted together, or anyone could make labels without end.
    methods: Arc<HashSet<String>>,
}

impl Measured {
    /// For the methods of these compiled `.proto` files.
    pub fn of(metrics: &Metrics, descriptors: &[u8]) -> anyhow::Result<Self> {
        let duration = metrics.meter().f64_histogram("soundings.rpc.duration").with_unit("s");
        let duration = duration.with_description("From a request to the start of its reply");
        let mut methods = HashSet::new();
        for file in FileDescriptorSet::decode(descriptors)?.file {
            for service in &file.service {
                let name = format!("/{}.{}", file.package(), service.name());
                methods.extend(service.method.iter().map(|method| format!("{name}/{}", method.name())));
            }
        }
        Ok(Measured {
            metrics: metrics.clone(),
            duration: duration.with_boundaries(SECONDS.to_vec()).build(),
            methods: Arc::new(methods),
        })
    }

    fn method(&self, path: &str) -> String {
        let known = self.methods.contains(path).then(|| path.rsplit('/').next()).flatten();
        known.unwrap_or("other").to_owned()
    }
}

/// The layer.
pub async fn measured(State(measured): State<Measured>, request: Request, next: Next) -> Response {
    let (method, started) = (measured.method(request.uri().path()), Instant::now());
    let response = next.run(request).await;
    // A reply that fails is headers alone; one that begins well is counted as such.
    let code = Status::from_header_map(response.headers()).map_or(Code::Ok, |status| status.code());
    let labels = measured.metrics.labels([("method", method), ("code", format!("{code:?}"))]);
    measured.duration.record(started.elapsed().as_secs_f64(), &labels);
    response
}
