//! Asking a service on this machine whether it is well, as a container engine does.
use std::{net::SocketAddr, time::Duration};

use anyhow::Context;
use tonic::transport::Endpoint;
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

/// How long it may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks the service that listens there; one that listens on every address is asked on loopback.
///
/// # Errors
/// When it does not serve, in a sentence.
pub async fn ask(listen: &str, service: &str) -> anyhow::Result<()> {
    let address = reachable(listen);
    let endpoint = Endpoint::from_shared(format!("http://{address}"))?.connect_timeout(PATIENCE);
    let answer = async {
        let channel = endpoint.connect().await.with_context(|| format!("{address} does not answer"))?;
        let request = HealthCheckRequest { service: service.to_owned() };
        Ok::<_, anyhow::Error>(HealthClient::new(channel).check(request).await?.into_inner().status())
    };
    let status = tokio::time::timeout(PATIENCE, answer).await;
    match status.with_context(|| format!("{address} does not answer in time"))?? {
        ServingStatus::Serving => Ok(()),
        _ => anyhow::bail!("{service} is not serving"),
    }
}

fn reachable(listen: &str) -> String {
    match listen.parse::<SocketAddr>() {
        Ok(SocketAddr::V4(address)) if address.ip().is_unspecified() => {
            format!("127.0.0.1:{}", address.port())
        }
        Ok(SocketAddr::V6(address)) if address.ip().is_unspecified() => format!("[::1]:{}", address.port()),
        _ => listen.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_service_is_asked_where_it_listens_and_by_its_name() {
        let (reporter, health) = tonic_health::server::health_reporter();
        reporter.set_service_status("well", tonic_health::ServingStatus::Serving).await;
        reporter.set_service_status("unwell", tonic_health::ServingStatus::NotServing).await;
        let listener = crate::grpc::bind("0.0.0.0:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let incoming = tokio_stream::wrappers::TcpListenerStream::new(listener);
        let server = tonic::transport::Server::builder().add_service(health).serve_with_incoming(incoming);
        let asks = async {
            let everywhere = format!("0.0.0.0:{port}");
            ask(&everywhere, "well").await.unwrap();
            let unwell = ask(&format!("localhost:{port}"), "unwell").await.unwrap_err();
            assert_eq!(unwell.to_string(), "unwell is not serving");
            assert!(ask(&everywhere, "unknown").await.is_err());
        };
        tokio::select! {
            () = asks => {}
            ended = server => panic!("{ended:?}"),
        }
        let away = ask(&format!("0.0.0.0:{port}"), "well").await.unwrap_err();
        assert_eq!(away.to_string(), format!("127.0.0.1:{port} does not answer"));
    }
}
