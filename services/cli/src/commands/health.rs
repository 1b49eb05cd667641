//! Whether every service is well.
use std::time::Duration;

use serde_json::json;
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

use crate::{
    connection::{Connection, Service},
    failure::{Failure, Kind, Outcome},
    output::{self, Format},
};

const PATIENCE: Duration = Duration::from_secs(5);

/// Asks every service; one that does not serve is a failure.
pub async fn run(to: &Connection<'_>, format: Format) -> Outcome {
    let mut unwell = Vec::new();
    let mut answers = Vec::new();
    for service in Service::ALL {
        let state = ask(to, service).await?;
        if state != "serving" {
            unwell.push(service.name());
        }
        answers.push((service, state));
    }
    if format.is_table() {
        for (service, state) in answers {
            output::text(&format!("{:<13} {state:<12} {}\n", service.name(), to.url(service)))?;
        }
    } else {
        let answers = answers.iter().map(
            |(service, state)| json!({ "service": service.name(), "state": state, "url": to.url(*service) }),
        );
        output::value(format, &answers.collect())?;
    }
    if unwell.is_empty() {
        return Ok(());
    }
    Err(Failure::new(Kind::Unavailable, format!("not serving: {}", unwell.join(", "))))
}

async fn ask(to: &Connection<'_>, service: Service) -> Outcome<&'static str> {
    let request = HealthCheckRequest { service: service.full_name().to_owned() };
    let mut client = HealthClient::new(to.channel(service)?);
    Ok(match tokio::time::timeout(PATIENCE, client.check(request)).await {
        Ok(Ok(reply)) if reply.get_ref().status() == ServingStatus::Serving => "serving",
        Ok(Ok(_)) => "not serving",
        Ok(Err(_)) => "unreachable",
        Err(_) => "silent",
    })
}
