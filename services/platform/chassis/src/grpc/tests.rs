use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient, health_server};

use super::*;

struct Slow;

#[tonic::async_trait]
impl health_server::Health for Slow {
    async fn check(
        &self,
        request: tonic::Request<HealthCheckRequest>,
    ) -> Result<tonic::Response<tonic_health::pb::HealthCheckResponse>, Status> {
        if request.into_inner().service == "slow" {
            std::future::pending::<()>().await;
        }
        Ok(tonic::Response::new(tonic_health::pb::HealthCheckResponse { status: 1 }))
    }

    type WatchStream = tokio_stream::Empty<Result<tonic_health::pb::HealthCheckResponse, Status>>;

    async fn watch(
        &self,
        _: tonic::Request<HealthCheckRequest>,
    ) -> Result<tonic::Response<Self::WatchStream>, Status> {
        Ok(tonic::Response::new(tokio_stream::empty()))
    }
}

struct Named(&'static str);

impl Gate for Named {
    fn admit(&self, path: &str, headers: &HeaderMap, _: &mut Extensions) -> Result<(), Problem> {
        match headers.get("who").map(HeaderValue::as_bytes) {
            Some(who) if who == self.0.as_bytes() => Ok(()),
            _ => Err(Problem::unauthenticated(format!("{path} is not for you"))),
        }
    }
}

/// A stand-in service beside the real health service: the guarded routes of a server.
async fn start(lifecycle: &Lifecycle) -> String {
    let routes = Routes::new(health_server::HealthServer::new(Slow).max_decoding_message_size(1024));
    let moved = axum::Router::new().nest_service("/guarded", routes.into_axum_router());
    let serving = Serving {
        service: "soundings.test",
        routes: Routes::from(moved),
        descriptors: tonic_health::pb::FILE_DESCRIPTOR_SET,
        unhurried: &[],
        gate: Arc::new(Named("me")),
        limits: Limits { deadline_ms: 50, ..Limits::default() },
        metrics: Metrics::new(&Default::default(), "test").unwrap(),
    };
    let listener = bind("127.0.0.1:0").await.unwrap();
    let address = serve(serving, listener, lifecycle).await.unwrap();
    format!("http://{address}")
}

fn request(service: String, who: &'static str) -> tonic::Request<HealthCheckRequest> {
    let mut request = tonic::Request::new(HealthCheckRequest { service });
    request.metadata_mut().insert("who", who.parse().unwrap());
    request
}

async fn client(url: &str, path: &str) -> HealthClient<tonic::transport::Channel> {
    let origin = format!("{url}{path}").parse().unwrap();
    let channel = tonic::transport::Channel::from_shared(url.to_owned()).unwrap().connect().await.unwrap();
    HealthClient::with_origin(channel, origin)
}

#[tokio::test]
async fn the_gate_the_deadline_and_the_limits_answer_with_their_codes() {
    let lifecycle = Lifecycle::new();
    let url = start(&lifecycle).await;
    let mut guarded = client(&url, "/guarded").await;

    assert!(guarded.check(request("quick".into(), "me")).await.is_ok());
    let refused = guarded.check(request("quick".into(), "you")).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);
    let late = guarded.check(request("slow".into(), "me")).await.unwrap_err();
    assert_eq!(late.code(), Code::DeadlineExceeded);
    let large = guarded.check(request("x".repeat(2000), "me")).await.unwrap_err();
    assert_eq!(large.code(), Code::ResourceExhausted, "{large:?}");

    lifecycle.shutdown(Duration::from_secs(5)).await.unwrap();
}

#[tokio::test]
async fn health_is_open_to_all_and_unknown_methods_are_not() {
    let lifecycle = Lifecycle::new();
    let url = start(&lifecycle).await;
    let mut health = client(&url, "").await;
    let status = health.check(request("soundings.test".into(), "you")).await.unwrap().into_inner().status;
    assert_eq!(status, 1);
    let refused = client(&url, "/elsewhere").await.check(request(String::new(), "you")).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);
    lifecycle.shutdown(Duration::from_secs(5)).await.unwrap();
}

#[tokio::test]
async fn a_port_in_use_is_told_in_a_sentence() {
    let first = bind("127.0.0.1:0").await.unwrap();
    let address = first.local_addr().unwrap().to_string();
    let error = bind(&address).await.unwrap_err().to_string();
    assert!(error.contains("is in use by another program"), "{error}");
}

#[tokio::test]
async fn who_watches_health_hears_the_end_and_does_not_hold_it_up() {
    let lifecycle = Lifecycle::new();
    let url = start(&lifecycle).await;
    let mut watches = Vec::new();
    for service in ["soundings.test", ""] {
        let request = HealthCheckRequest { service: service.to_owned() };
        let mut watch = client(&url, "").await.watch(request).await.unwrap().into_inner();
        assert_eq!(watch.message().await.unwrap().unwrap().status, 1);
        watches.push(watch);
    }
    lifecycle.shutdown(Duration::from_secs(10)).await.unwrap();
    for watch in &mut watches {
        assert_eq!(watch.message().await.unwrap().unwrap().status, 2, "not serving");
    }
}

#[tokio::test]
async fn replies_are_not_held_back_until_the_caller_acknowledges() {
    let listener = bind("127.0.0.1:0").await.unwrap();
    let _caller = tokio::net::TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let accepted = tokio_stream::StreamExt::next(&mut incoming(listener)).await.unwrap().unwrap();
    assert!(accepted.nodelay().unwrap());
}
