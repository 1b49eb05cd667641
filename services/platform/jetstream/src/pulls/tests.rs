use async_nats::jetstream::AckKind;
use async_nats::jetstream::consumer::PullConsumer;
use futures::FutureExt;
use soundings_harness::NatsServer;
use soundings_proto::subjects::{ORGANISATION_CHANGED, PORTFOLIO_ORGANISATIONS};

use super::*;
use crate::{Settings, provision};

const PACE: Pace =
    Pace { size: 2, expires: Duration::from_millis(500), heartbeat: Duration::from_millis(200) };

async fn start() -> (NatsServer, Connection) {
    let nats = NatsServer::start().await;
    let conn = Connection::connect(Settings::new("test", nats.url())).await.unwrap();
    conn.ready(Duration::from_secs(20)).await.unwrap();
    provision(&conn).await.unwrap();
    (nats, conn)
}

async fn open(conn: &Connection) -> Pulls {
    Pulls::open(conn, &PORTFOLIO_ORGANISATIONS, PACE, 0).await.unwrap()
}

async fn publish(conn: &Connection, body: &'static str) {
    let stored = conn.jetstream.publish(ORGANISATION_CHANGED.subject("GLG"), body.into()).await.unwrap();
    stored.await.unwrap();
}

async fn next(pulls: &mut Pulls) -> String {
    let message = pulls.next().await.unwrap();
    String::from_utf8(message.payload.to_vec()).unwrap()
}

#[tokio::test]
async fn one_pull_follows_another() {
    let (_nats, conn) = start().await;
    let bodies = ["a", "b", "c", "d", "e"];
    for body in bodies {
        publish(&conn, body).await;
    }
    let mut pulls = open(&conn).await;
    for body in bodies {
        assert_eq!(next(&mut pulls).await, body);
    }
    let quiet = timeout(4 * PACE.expires, pulls.next()).await;
    assert!(quiet.is_err(), "a pull that expires is no failure: {quiet:?}");
    publish(&conn, "f").await;
    assert_eq!(next(&mut pulls).await, "f");
}

#[tokio::test]
async fn a_pull_that_the_server_does_not_know_of_is_noticed() {
    let (_nats, conn) = start().await;
    let mut pulls = open(&conn).await;
    pulls.wanted = 1;
    let error = pulls.next().await.unwrap_err();
    assert_eq!(error.to_string(), "JetStream: the server's heartbeat is missing");
}

#[tokio::test]
async fn what_came_before_the_end_is_handed_over() {
    let (_nats, conn) = start().await;
    let mut pulls = open(&conn).await;
    for body in ["a", "b", "c"] {
        publish(&conn, body).await;
    }
    assert_eq!(next(&mut pulls).await, "a");
    let left = pulls.end().await;
    assert_eq!(left.len(), 1, "the rest of its pull");
    left[0].ack_with(AckKind::Nak(None)).await.unwrap();

    // It went back: nothing waits for the acknowledgement of what nobody reads.
    let mut pulls = open(&conn).await;
    let mut came = [next(&mut pulls).await, next(&mut pulls).await];
    came.sort_unstable();
    assert_eq!(came, ["b", "c"]);
}

#[tokio::test]
async fn nothing_that_is_on_its_way_at_the_end_is_left_unread() {
    let (_nats, conn) = start().await;
    let pace = Pace { size: 400, ..PACE };
    let stored = (0..20 * pace.size).map(|_| {
        let subject = ORGANISATION_CHANGED.subject("GLG");
        async { conn.jetstream.publish(subject, "a".into()).await.unwrap().await.unwrap() }
    });
    futures::future::join_all(stored).await;
    let durable = (PORTFOLIO_ORGANISATIONS.name, PORTFOLIO_ORGANISATIONS.stream.name);
    let consumer: PullConsumer = conn.jetstream.get_consumer_from_stream(durable.0, durable.1).await.unwrap();
    for turn in 0..20 {
        let waiting = consumer.get_info().await.unwrap().num_pending;
        let mut pulls = Pulls::open(&conn, &PORTFOLIO_ORGANISATIONS, pace, waiting).await.unwrap();
        // Every other time nothing has come yet of what was asked for.
        let first = match turn % 2 {
            0 => Some(pulls.next().await.unwrap()),
            _ => pulls.next().now_or_never().transpose().unwrap(),
        };
        let left = pulls.end().await;
        let came = left.len() + usize::from(first.is_some());
        assert_eq!(came, pace.size, "the whole of what was asked for");
        assert_eq!(consumer.get_info().await.unwrap().num_ack_pending, came);
        for message in left.iter().chain(&first) {
            message.double_ack_with(AckKind::Ack).await.unwrap();
        }
    }
}
