use std::{path::PathBuf, time::Duration};

use soundings_harness::{NatsServer, until};
use soundings_jetstream::{Connection, Credentials, Error, Publisher, Settings, provision};
use soundings_mailbox::Publish;
use soundings_proto::subjects::CONSULTATION;
use tokio::time::timeout;

use crate::world::{World, connect, event};

#[tokio::test]
async fn a_server_that_comes_later_is_waited_for() {
    let mut nats = NatsServer::start().await;
    nats.kill();
    let conn = Connection::connect(Settings::new("test", nats.url())).await.unwrap();
    assert!(!conn.is_connected());
    let error = conn.ready(Duration::from_millis(50)).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable(_)), "{error}");
    nats.restart().await;
    conn.ready(Duration::from_secs(20)).await.unwrap();
    assert!(conn.is_connected());
    provision(&conn).await.unwrap();
}

#[tokio::test]
async fn settings_that_cannot_be_used_are_named() {
    let missing = PathBuf::from("/nowhere/service.nk");
    for credentials in [Credentials::NkeyFile(missing.clone()), Credentials::File(missing)] {
        let settings = Settings { credentials, ..Settings::new("test", "nats://127.0.0.1:1") };
        let error = Connection::connect(settings).await.unwrap_err();
        assert!(
            matches!(&error, Error::Settings(reason) if reason.contains("/nowhere/service.nk")),
            "{error}"
        );
    }
    let error = Connection::connect(Settings::new("test", "not a url")).await.unwrap_err();
    assert!(matches!(error, Error::Settings(_)), "{error}");
}

#[tokio::test]
async fn draining_waits_until_all_is_sent_and_the_connection_is_closed() {
    let world = World::start().await;
    let conn = connect(&world.nats).await;
    let publisher = Publisher::new(conn.clone());
    let event = event("GLG", 1);
    assert!(publisher.publish(std::slice::from_ref(&event)).await[0].is_ok());
    timeout(Duration::from_secs(10), conn.drain(Duration::from_secs(60))).await.expect("it is closed");
    let after = timeout(Duration::from_secs(2), publisher.publish(std::slice::from_ref(&event))).await;
    assert!(after.expect("an answer at once")[0].is_err());
    assert_eq!(world.stored(CONSULTATION).await, [event]);
}

#[tokio::test]
async fn draining_without_a_server_ends_when_patience_does() {
    let mut world = World::start().await;
    world.kill().await;
    timeout(Duration::from_secs(10), world.conn.drain(Duration::from_millis(50))).await.expect("the end");
}

#[tokio::test]
async fn a_lost_server_is_found_again() {
    let mut world = World::start().await;
    for _ in 0..3 {
        world.kill().await;
        world.nats.restart().await;
        until("connection", async || world.conn.is_connected().then_some(())).await;
    }
}
