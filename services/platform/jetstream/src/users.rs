//! Who may do what on the NATS server: a user for each service, one that provisions, and any number of subscribers.
//!
//! Whatever is not listed is denied. The lists follow from the tables of streams and durable consumers, so that a new
//! event needs none of its own.

use std::fmt::Write as _;

use nkeys::KeyPair;
use soundings_proto::subjects::{
    DURABLES, Durable, PORTFOLIO, PORTFOLIO_CURRENT, RANKING_ASSURED, RANKING_CHANGED, STREAMS, Stream,
    dead_letter,
};

use crate::Error;

/// What a user may publish and subscribe to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permissions {
    /// Whose they are; also the name that the user connects under, which its inboxes carry.
    pub name: String,
    /// Subjects that it may publish to.
    pub publish: Vec<String>,
    /// Subjects that it may subscribe to.
    pub subscribe: Vec<String>,
}

impl Permissions {
    /// A service's: it publishes its own events and the dead letters of its consumers, and reads those consumers.
    pub fn service(context: &str) -> Self {
        let consumers: Vec<_> =
            DURABLES.iter().filter(|durable| durable.name.starts_with(&format!("{context}-"))).collect();
        let mut publish = vec![
            format!("soundings.{context}.v1.>"),
            format!("soundings.current.v1.{context}.>"),
            stream_info("SND_DLQ"),
        ];
        publish.extend(STREAMS.iter().filter(|stream| is_of(stream, context)).map(|s| stream_info(s.name)));
        publish.extend(consumers.iter().map(|durable| dead_letter(durable.name)));
        publish.extend(consumers.iter().flat_map(|durable| reading(durable.stream.name, durable.name)));
        Self::of(context, publish)
    }

    /// The one that makes streams and durable consumers. It can neither delete them nor read a message.
    pub fn provisioner() -> Self {
        let streams = STREAMS.iter().flat_map(|stream| {
            ["INFO", "CREATE", "UPDATE"].map(|verb| format!("$JS.API.STREAM.{verb}.{}", stream.name))
        });
        let durables = DURABLES.iter().flat_map(|Durable { name, stream, .. }| {
            ["INFO", "CREATE"].map(|verb| format!("$JS.API.CONSUMER.{verb}.{}.{name}", stream.name))
        });
        Self::of("provision", streams.chain(durables).collect())
    }

    /// A downstream service's: it reads rankings, through one durable consumer of its own that bears its name.
    pub fn subscriber(name: &str) -> Self {
        let (changes, standing) = (PORTFOLIO.name, PORTFOLIO_CURRENT.name);
        let mut publish = vec![
            stream_info(changes),
            stream_info(standing),
            format!("$JS.API.STREAM.MSG.GET.{standing}"),
            format!("$JS.API.DIRECT.GET.{standing}"),
            format!("$JS.API.DIRECT.GET.{standing}.>"),
            // A filter is part of the subject; without one it would still read nothing but what portfolio tells.
            format!("$JS.API.CONSUMER.CREATE.{changes}.{name}"),
            format!("$JS.API.CONSUMER.CREATE.{changes}.{name}.{}", RANKING_CHANGED.filter()),
            format!("$JS.API.CONSUMER.CREATE.{changes}.{name}.{}", RANKING_ASSURED.filter()),
        ];
        publish.extend(reading(changes, name));
        Self::of(name, publish)
    }

    fn of(name: &str, mut publish: Vec<String>) -> Self {
        publish.push("$JS.API.INFO".to_owned());
        Permissions { name: name.to_owned(), publish, subscribe: vec![format!("_INBOX_{name}.>")] }
    }
}

/// Whether a stream takes what a service publishes.
fn is_of(stream: &Stream, context: &str) -> bool {
    let standing = *stream == PORTFOLIO_CURRENT && context == RANKING_CHANGED.context;
    standing || stream.subjects == format!("soundings.{context}.v1.>")
}

fn stream_info(stream: &str) -> String {
    format!("$JS.API.STREAM.INFO.{stream}")
}

/// To pull from a consumer and to acknowledge. An acknowledgement's subject begins in one of two ways: the longer one
/// also names a domain and an account.
fn reading(stream: &str, consumer: &str) -> [String; 4] {
    [
        format!("$JS.API.CONSUMER.INFO.{stream}.{consumer}"),
        format!("$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}"),
        format!("$JS.ACK.{stream}.{consumer}.>"),
        format!("$JS.ACK.*.*.{stream}.{consumer}.>"),
    ]
}

/// A new user's secret, as an NKey seed.
///
/// # Errors
/// [`Error::Settings`] when none can be made.
pub fn new_seed() -> Result<String, Error> {
    KeyPair::new_user().seed().map_err(|error| Error::Settings(format!("no new NKey: {error}")))
}

/// What the server knows a seed's owner by.
///
/// # Errors
/// [`Error::Settings`] when it is no seed.
pub fn public_key(seed: &str) -> Result<String, Error> {
    let pair = KeyPair::from_seed(seed.trim());
    pair.map(|pair| pair.public_key()).map_err(|error| Error::Settings(format!("not an NKey seed: {error}")))
}

/// The part of the server's configuration that lets these users in, each by its public key, and nobody else.
pub fn authorization<'a>(users: impl IntoIterator<Item = (&'a str, &'a Permissions)>) -> String {
    let mut text = String::from("authorization {\n  users: [\n");
    for (key, user) in users {
        let list =
            |subjects: &[String]| subjects.iter().map(|s| format!("\n        \"{s}\"")).collect::<String>();
        _ = write!(
            text,
            "    # {}\n    {{ nkey: {key}, permissions: {{\n      publish: [{}\n      ]\n      subscribe: [{}\n      ]\n    }} }}\n",
            user.name,
            list(&user.publish),
            list(&user.subscribe),
        );
    }
    text.push_str("  ]\n}\n");
    text
}
