//! Follows `ranking.changed` as a downstream service in Rust would: durable, resuming where it stopped.
//!
//! usage: subscribe [NATS-URL] [COUNT]
//!
//! Prints the standing ranking first, then one line per change; stops after COUNT changes, if given.
#![expect(clippy::print_stdout, reason = "it prints what it hears")]
use async_nats::jetstream::{self, consumer::pull};
use futures::StreamExt;
use prost::Message;
use soundings_proto::{
    portfolio::v1::{RankingChanged, RankingCurrent},
    subjects,
};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().unwrap_or_else(|| "nats://127.0.0.1:7100".to_owned());
    let count: usize = arguments.next().map_or(Ok(usize::MAX), |n| n.parse())?;
    let jetstream = jetstream::new(async_nats::connect(url).await?);

    let standing = jetstream.get_stream(subjects::PORTFOLIO_CURRENT.name).await?;
    match standing.direct_get_last_for_subject(subjects::ranking_current("official")).await {
        Ok(message) => {
            let ranking = RankingCurrent::decode(message.payload)?.ranking.unwrap_or_default();
            println!("standing revision {}: {} items", ranking.revision, ranking.items.len());
        }
        Err(error) => println!("no ranking yet ({error})"),
    }

    let stream = jetstream.get_stream(subjects::PORTFOLIO.name).await?;
    let durable = pull::Config {
        durable_name: Some("example-subscriber-rust".to_owned()),
        filter_subject: subjects::RANKING_CHANGED.subject("official"),
        ..pull::Config::default()
    };
    let consumer = stream.get_or_create_consumer("example-subscriber-rust", durable).await?;
    let mut messages = consumer.messages().await?.take(count);
    while let Some(message) = messages.next().await {
        let message = message?;
        let change = RankingChanged::decode(message.payload.clone())?.change.unwrap_or_default();
        println!("revision {}: {} moved", change.revision, change.size.unwrap_or_default().moved);
        for mover in change.movers.iter().take(3) {
            println!("  {:>2} -> {:>2}  {}", mover.rank_before, mover.rank_after, mover.title);
        }
        message.double_ack().await.map_err(|error| anyhow::anyhow!(error))?;
    }
    Ok(())
}
