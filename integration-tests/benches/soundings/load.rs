//! Submits responses with many calls in flight, from a thread of its own, whose cost is measured.
use std::{
    cell::RefCell,
    time::{Duration, Instant},
};

use futures::future;
use rustix::time::{ClockId, clock_gettime};
use soundings_access::Credentials;
use soundings_proto::consultation::v1::consultation_service_client::ConsultationServiceClient;
use tonic::transport::Endpoint;

use crate::reference_case::Requests;

/// Calls that are under way at once.
pub const IN_FLIGHT: usize = 64;
/// Connections that they share.
const CONNECTIONS: usize = 4;

/// When to stop.
#[derive(Debug, Clone, Copy)]
pub enum Until {
    /// After so long.
    Passed(Duration),
    /// After so many.
    Accepted(usize),
}

/// What was done.
pub struct Run {
    /// Responses that were accepted.
    pub accepted: usize,
    /// From the first call to the last reply.
    pub elapsed: Duration,
    /// Of every call, in milliseconds, in no order.
    pub latencies: Vec<f64>,
    /// Processor time of the caller's own side per response, in microseconds.
    pub own_cost: f64,
}

impl Run {
    /// Responses a second.
    pub fn rate(&self) -> f64 {
        self.accepted as f64 / self.elapsed.as_secs_f64()
    }
}

/// Submits to the service at this address; the next call follows each reply at once.
pub async fn submit(address: &str, token: &str, requests: &Requests, until: Until) -> anyhow::Result<Run> {
    let (address, token, requests) = (address.to_owned(), token.to_owned(), requests.clone());
    tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(callers(&address, &token, requests, until))
    })
    .await?
}

async fn callers(address: &str, token: &str, requests: Requests, until: Until) -> anyhow::Result<Run> {
    let mut clients = Vec::new();
    for _ in 0..CONNECTIONS {
        let channel = Endpoint::from_shared(address.to_owned())?.tcp_nodelay(true).connect().await?;
        clients.push(ConsultationServiceClient::with_interceptor(channel, Credentials::fixed(token)?));
    }
    let (requests, mut made) = (RefCell::new(requests), RefCell::new(0_usize));
    let (began, cost) = (Instant::now(), own_time());
    let next = || {
        let more = match until {
            Until::Passed(time) => began.elapsed() < time,
            Until::Accepted(count) => *made.borrow() < count,
        };
        more.then(|| {
            *made.borrow_mut() += 1;
            requests.borrow_mut().next()
        })
    };
    let caller = async |at: usize| {
        let (mut client, mut latencies) = (clients[at % CONNECTIONS].clone(), Vec::new());
        while let Some(request) = next() {
            let called = Instant::now();
            client.submit_response(request).await?;
            latencies.push(called.elapsed().as_secs_f64() * 1000.0);
        }
        anyhow::Ok(latencies)
    };
    let latencies = future::try_join_all((0..IN_FLIGHT).map(caller)).await?.concat();
    let (elapsed, cost) = (began.elapsed(), own_time() - cost);
    let accepted = *made.get_mut();
    let own_cost = cost.as_secs_f64() * 1e6 / accepted as f64;
    Ok(Run { accepted, elapsed, latencies, own_cost })
}

/// Processor time of this thread.
fn own_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}
