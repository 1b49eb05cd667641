//! A subscriber of a stream, as a downstream service is one.
use async_nats::jetstream::{self, consumer::DeliverPolicy, consumer::pull};
use futures::{Stream, StreamExt};
use soundings_proto::subjects;

/// The bodies of what comes from now on under a subject.
pub async fn subscribe(
    url: &str,
    stream: subjects::Stream,
    subject: &str,
) -> anyhow::Result<impl Stream<Item = bytes::Bytes> + use<>> {
    let stream = jetstream::new(async_nats::connect(url).await?).get_stream(stream.name).await?;
    let config = pull::OrderedConfig {
        filter_subject: subject.to_owned(),
        deliver_policy: DeliverPolicy::New,
        ..Default::default()
    };
    let messages = stream.create_consumer(config).await?.messages().await?;
    Ok(messages.filter_map(async |message| Some(message.ok()?.payload.clone())))
}
