//! How long it takes from an accepted response to the `ranking.changed` that counts it, at a subscriber.
//!
//! A response belongs to the first `ranking.changed` that counts it. Every council sends one response after the other,
//! so a signal whose tallies hold k responses holds its first k; and a `ranking.changed` names the signals that it
//! counts by their sequence. The k-th response of a council is thus counted by the first `ranking.changed` that names a
//! signal of that council no older than the first one that holds k responses. Time runs from the `submit_time` that the
//! service gave the response, before its commit.
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures::{StreamExt, future};
use prost::Message;
use soundings_access::Credentials;
use soundings_chassis::{Clock, SystemClock};
use soundings_integration_tests::{Clients, Engine, until};
use soundings_proto::{
    consultation::v1::consultation_service_client::ConsultationServiceClient, portfolio::v1::RankingChanged,
    subjects, themes::v1::SignalRecorded,
};
use tonic::transport::Endpoint;

use crate::{
    reference_case::{self, COUNCILS, Requests},
    report::{Figure, Report, percentile, sorted},
    subscriber::subscribe,
};

/// Responses a second, of all councils together.
const RATE: f64 = 200.0;
/// The percentiles are those of each of so many parts of the time, one after the other.
const PARTS: usize = 5;

/// Measures it on both engines.
pub async fn measure(report: &mut Report) -> anyhow::Result<()> {
    for (engine, prefix) in [(Engine::Sqlite, "freshness"), (Engine::Postgres, "freshness.postgres")] {
        let (p50, p99) = (format!("{prefix}.p50_ms"), format!("{prefix}.p99_ms"));
        if !(report.wants(&p50) || report.wants(&p99)) || (report.quick && engine == Engine::Postgres) {
            continue;
        }
        let seconds = if report.quick { 8 } else { 25 };
        let Some(waits) = waits(engine, seconds).await? else { continue };
        let parts: Vec<Vec<f64>> = waits.chunks(waits.len().div_ceil(PARTS)).map(sorted).collect();
        let of = |share: f64| parts.iter().map(|part| percentile(part, share)).collect::<Vec<_>>();
        let note = format!(
            "{} responses in {seconds} s, all on this machine; over all of them p50 {:.0} ms, p99 {:.0} ms",
            waits.len(),
            percentile(&sorted(&waits), 0.5),
            percentile(&sorted(&waits), 0.99),
        );
        report.write(Figure::of(&p50, "ms", &of(0.5)).noting(&note))?;
        report.write(Figure::of(&p99, "ms", &of(0.99)).noting(&note))?;
    }
    Ok(())
}

/// Times in microseconds since 1970.
type Micros = i64;

/// What the subscriber heard.
#[derive(Default)]
struct Heard {
    /// By council: a signal's sequence and the responses that it holds.
    signals: BTreeMap<String, Vec<(i64, usize)>>,
    /// When a ranking came, and the newest signal of each council that it counts.
    rankings: Vec<(Micros, BTreeMap<String, i64>)>,
}

impl Heard {
    /// When the ranking came that counts a council's `nth` response first.
    fn counted(&self, council: &str, nth: usize) -> Option<Micros> {
        let signal = self.signals.get(council)?.iter().find(|(_, responses)| *responses >= nth)?.0;
        let counts = |ranking: &&(Micros, BTreeMap<String, i64>)| {
            ranking.1.get(council).is_some_and(|sequence| *sequence >= signal)
        };
        Some(self.rankings.iter().find(counts)?.0)
    }
}

/// Milliseconds from each response to its ranking, in the order in which they were accepted.
async fn waits(engine: Engine, seconds: u64) -> anyhow::Result<Option<Vec<f64>>> {
    let Some(mut partnership) = reference_case::partnership(engine).await? else { return Ok(None) };
    let heard = Arc::new(Mutex::new(Heard::default()));
    let url = partnership.nats.url();
    let signals = subscribe(&url, subjects::THEMES, &subjects::SIGNAL_RECORDED.filter()).await?;
    let of_rankings = subjects::RANKING_CHANGED.subject("official");
    let rankings = subscribe(&url, subjects::PORTFOLIO, &of_rankings).await?;
    let listening = future::join(
        signals.for_each(async |body| {
            if let Ok(Some(signal)) = SignalRecorded::decode(body).map(|event| event.signal) {
                let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
                let responses = usize::try_from(signal.responses).unwrap_or(0);
                heard.signals.entry(signal.organisation).or_default().push((signal.sequence, responses));
            }
        }),
        rankings.for_each(async |body| {
            let came = SystemClock.now().timestamp_micros();
            if let Ok(Some(change)) = RankingChanged::decode(body).map(|event| event.change) {
                let counts = change.signals.into_iter().map(|s| (s.organisation, s.sequence)).collect();
                heard.lock().unwrap_or_else(PoisonError::into_inner).rankings.push((came, counts));
            }
        }),
    );
    let measuring = async {
        // What comes in the last second makes sure that there is a ranking after everything that counts.
        let accepted = councils(partnership.clients(), Duration::from_secs(seconds + 1)).await?;
        let first = accepted.values().flatten().min().copied().unwrap_or_default();
        let end = first + i64::try_from(seconds)? * 1_000_000;
        let mut waits: Vec<(Micros, f64)> = Vec::new();
        for (council, times) in &accepted {
            for (at, time) in times.iter().enumerate().filter(|(_, time)| **time < end) {
                let counted = until("ranking.changed that counts a response", async || {
                    heard.lock().unwrap_or_else(PoisonError::into_inner).counted(council, at + 1)
                })
                .await;
                waits.push((*time, (counted - time) as f64 / 1000.0));
            }
        }
        waits.sort_by_key(|(time, _)| *time);
        anyhow::Ok(waits.into_iter().map(|(_, wait)| wait).collect())
    };
    let waits = tokio::select! {
        waits = measuring => waits?,
        _ = listening => anyhow::bail!("the subscription ended"),
    };
    partnership.stop().await;
    Ok(Some(waits))
}

/// Submits at the rate, from a thread of its own; returns when each council's responses were accepted, in their order.
async fn councils(clients: &Clients, time: Duration) -> anyhow::Result<BTreeMap<String, Vec<Micros>>> {
    let (address, token) = (clients.addresses().consultation.clone(), clients.office_token());
    let mut names = Vec::new();
    let mut requests = Requests::new()?;
    while names.len() < COUNCILS {
        let name = requests.next().response.unwrap_or_default().organisation;
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let sending = async move {
        let channel = Endpoint::from_shared(address)?.tcp_nodelay(true).connect().await?;
        let client = ConsultationServiceClient::with_interceptor(channel, Credentials::fixed(&token)?);
        let (began, requests) = (tokio::time::Instant::now(), Mutex::new(Requests::new()?));
        let council = async |at: usize, name: String| {
            let mut client = client.clone();
            let first = began + Duration::from_secs_f64(at as f64 / RATE);
            let mut turns = tokio::time::interval_at(first, Duration::from_secs_f64(COUNCILS as f64 / RATE));
            let mut accepted = Vec::new();
            while turns.tick().await < began + time {
                let request = requests.lock().unwrap_or_else(PoisonError::into_inner).of(&name);
                let reply = client.submit_response(request).await?.into_inner();
                let time = reply.submit_time.unwrap_or_default();
                accepted.push(time.seconds * 1_000_000 + i64::from(time.nanos) / 1_000);
            }
            anyhow::Ok((name, accepted))
        };
        let councils = names.into_iter().enumerate().map(|(at, name)| council(at, name));
        anyhow::Ok(future::try_join_all(councils).await?.into_iter().collect())
    };
    tokio::task::spawn_blocking(move || {
        tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(sending)
    })
    .await?
}
