//! What the services tell of themselves, as an OTLP collector hears it.
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use opentelemetry_proto::tonic::{
    collector::{
        metrics::v1::{
            ExportMetricsServiceRequest, ExportMetricsServiceResponse,
            metrics_service_server::{MetricsService, MetricsServiceServer},
        },
        trace::v1::{
            ExportTraceServiceRequest, ExportTraceServiceResponse,
            trace_service_server::{TraceService, TraceServiceServer},
        },
    },
    resource::v1::Resource,
    trace::v1::Span,
};
use soundings_integration_tests::{
    Engine, Processes, Service,
    model::{self, CODEBOOK, COST},
    until,
};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status, transport::Server};

/// A collector that keeps what it hears; clones share it.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Heard>>);

#[derive(Default)]
struct Heard {
    /// (service, span)
    spans: Vec<(String, Span)>,
    /// (service, metric)
    metrics: BTreeSet<(String, String)>,
}

fn service(resource: Option<&Resource>) -> String {
    let attributes = resource.map(|resource| resource.attributes.as_slice()).unwrap_or_default();
    let name = attributes.iter().find(|attribute| attribute.key == "service.name");
    format!("{:?}", name.and_then(|name| name.value.clone()))
}

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let mut heard = self.0.lock().unwrap();
        for of_service in request.into_inner().resource_spans {
            let service = service(of_service.resource.as_ref());
            let spans = of_service.scope_spans.into_iter().flat_map(|scope| scope.spans);
            heard.spans.extend(spans.map(|span| (service.clone(), span)));
        }
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

#[tonic::async_trait]
impl MetricsService for Collector {
    async fn export(
        &self,
        request: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        let mut heard = self.0.lock().unwrap();
        for of_service in request.into_inner().resource_metrics {
            let service = service(of_service.resource.as_ref());
            let metrics = of_service.scope_metrics.into_iter().flat_map(|scope| scope.metrics);
            heard.metrics.extend(metrics.map(|metric| (service.clone(), metric.name)));
        }
        Ok(Response::new(ExportMetricsServiceResponse::default()))
    }
}

impl Collector {
    /// Listens on loopback; where.
    async fn listen(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = Server::builder()
            .add_service(TraceServiceServer::new(self.clone()))
            .add_service(MetricsServiceServer::new(self.clone()))
            .serve_with_incoming(TcpListenerStream::new(listener));
        #[expect(clippy::disallowed_methods, reason = "it ends with the test")]
        tokio::task::spawn(server);
        format!("http://{address}")
    }

    /// Whether a service sent a span of this name within a trace.
    fn has(&self, trace: &[u8], of: &str, name: &str) -> bool {
        let heard = self.0.lock().unwrap();
        heard.spans.iter().any(|(service, span)| {
            span.trace_id == trace && service.contains(of) && span.name.ends_with(name)
        })
    }

    /// Whether some span within one trace is linked to another.
    fn has_link(&self, from: &[u8], to: &[u8]) -> bool {
        let heard = self.0.lock().unwrap();
        let links = |span: &Span| span.links.iter().any(|link| link.trace_id == to);
        heard.spans.iter().any(|(_, span)| span.trace_id == from && links(span))
    }
}

fn traced(n: u8) -> (Vec<u8>, Request<soundings_proto::consultation::v1::SubmitResponseRequest>) {
    let trace = [n; 16];
    let id = format!("01890000-0000-7000-8000-00000000000{n}");
    let council = model::COUNCILS[usize::from(n) % 3];
    let mut request = Request::new(model::response(council, &format!("{COST} Number {n}."), &id));
    let hex: String = trace.iter().map(|byte| format!("{byte:02x}")).collect();
    request.metadata_mut().insert("traceparent", format!("00-{hex}-00f067aa0ba902b7-01").parse().unwrap());
    (trace.to_vec(), request)
}

#[tokio::test]
async fn one_trace_runs_from_a_submitted_response_to_the_ranking_that_counts_it() {
    let collector = Collector::default();
    let endpoint = collector.listen().await;
    let mut processes = Processes::observed(Engine::Sqlite, &endpoint).await.unwrap();
    let clients = processes.clients();
    model::load(&clients).await;

    let (trace, request) = traced(1);
    clients.consultation().submit_response(request).await.unwrap();
    clients.settled(CODEBOOK, 1).await;
    let expected = [
        ("consultation", "ConsultationService/SubmitResponse"),
        ("consultation", "publish"),
        ("themes", "process themes-responses"),
        ("consultation", "ConsultationService/BatchGetResponses"),
        ("themes", "publish"),
        ("portfolio", "process portfolio-signals"),
        ("portfolio", "rank"),
        ("portfolio", "publish"),
    ];
    for (service, name) in expected {
        let what = format!("span {name} of {service}");
        until(&what, async || collector.has(&trace, service, name).then_some(())).await;
    }

    // Two responses that are handled together: the span goes on from one and is linked to the other.
    processes.kill(Service::Themes);
    let ((first, one), (second, two)) = (traced(2), traced(3));
    clients.consultation().submit_response(one).await.unwrap();
    clients.consultation().submit_response(two).await.unwrap();
    processes.restart(Service::Themes).await;
    clients.settled(CODEBOOK, 3).await;
    until("a link between the traces", async || {
        (collector.has_link(&first, &second) || collector.has_link(&second, &first)).then_some(())
    })
    .await;
}

#[tokio::test]
async fn requests_queues_and_freshness_are_measured() {
    let collector = Collector::default();
    let endpoint = collector.listen().await;
    let processes = Processes::observed(Engine::Sqlite, &endpoint).await.unwrap();
    let clients = processes.clients();
    model::load(&clients).await;
    let (_, request) = traced(1);
    clients.consultation().submit_response(request).await.unwrap();
    clients.settled(CODEBOOK, 1).await;
    let everywhere = ["rpc.duration", "outbox.waiting", "outbox.oldest_age", "outbox.parked", "dead_letters"];
    let of_consumers =
        ["inbox.duplicates", "inbox.gaps", "consumer.lag", "consumer.delivered", "consumer.retried"];
    let mut expected = vec![("portfolio", "freshness")];
    for service in ["consultation", "themes", "portfolio"] {
        expected.extend(everywhere.map(|name| (service, name)));
    }
    for service in ["themes", "portfolio"] {
        expected.extend(of_consumers.map(|name| (service, name)));
    }
    for (service, name) in expected {
        until(&format!("metric {name} of {service}"), async || {
            let heard = collector.0.lock().unwrap();
            let found = heard
                .metrics
                .iter()
                .any(|(by, metric)| by.contains(service) && *metric == format!("soundings.{name}"));
            found.then_some(())
        })
        .await;
    }
}
