use std::time::Duration;

use rstest::rstest;
use soundings_harness::until;
use soundings_jetstream::{Connection, Error, Publisher, Settings, provision};
use soundings_mailbox::{Publish, PublishError};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    time::timeout,
};

use crate::world::event;

/// Says that it is a server of this version, keeps the connection alive, and answers nothing else. It hangs up on who
/// publishes an event.
async fn serve(listener: TcpListener, version: &str) {
    let say = async |stream: TcpStream| -> std::io::Result<()> {
        let mut stream = BufReader::new(stream);
        let info = format!(
            r#"INFO {{"server_id":"S","server_name":"s","version":"{version}","go":"go","host":"127.0.0.1","#
        );
        let info = info + r#""port":4222,"headers":true,"max_payload":1048576,"proto":1,"jetstream":true}"#;
        stream.write_all(format!("{info}\r\n").as_bytes()).await?;
        let mut line = String::new();
        while stream.read_line(&mut line).await? > 0 {
            match line.trim() {
                "PING" => stream.write_all(b"PONG\r\n").await?,
                event if event.starts_with("HPUB ") => break,
                _ => {}
            }
            line.clear();
        }
        Ok(())
    };
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let _gone = say(stream).await;
    }
}

async fn connect(listener: &TcpListener) -> Connection {
    let url = format!("nats://{}", listener.local_addr().unwrap());
    Connection::connect(Settings::new("test", url)).await.unwrap()
}

#[rstest]
#[case("2.9.10")]
#[case("2.11.99")]
#[case("1.12.0")]
#[tokio::test]
async fn a_server_below_the_floor_is_refused_at_once_in_a_sentence(#[case] version: &str) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let conn = connect(&listener).await;
    assert!(conn.check_version().is_ok(), "nobody has answered yet");
    let refused = async {
        let error = conn.ready(Duration::from_secs(60)).await.unwrap_err();
        assert!(matches!(&error, Error::TooOld { found, .. } if found == version), "{error}");
        let sentence = format!("the NATS server is version {version}, but 2.12.0 or newer is needed");
        assert_eq!(error.to_string(), sentence);
        assert!(matches!(conn.check_version(), Err(Error::TooOld { .. })));
        assert!(matches!(provision(&conn).await, Err(Error::TooOld { .. })));
    };
    tokio::select! {
        () = refused => {}
        () = serve(listener, version) => {}
    }
}

#[rstest]
#[case("2.12.0")]
#[case("2.15.1")]
#[case("3.0.0")]
#[tokio::test]
async fn a_new_server_without_jetstream_is_not_ready_in_time(#[case] version: &str) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let conn = connect(&listener).await;
    let waits = async {
        until("connection", async || conn.is_connected().then_some(())).await;
        conn.check_version().unwrap();
        let error = conn.ready(Duration::from_millis(100)).await.unwrap_err();
        let sentence = error.to_string();
        assert!(matches!(error, Error::Unreachable(_)), "{sentence}");
        assert!(sentence.contains("no JetStream at nats://127.0.0.1:"), "{sentence}");
    };
    tokio::select! {
        () = waits => {}
        () = serve(listener, version) => {}
    }
}

#[tokio::test]
async fn an_acknowledgement_that_can_no_longer_come_is_not_waited_for() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let conn = connect(&listener).await;
    let publishes = async {
        until("connection", async || conn.is_connected().then_some(())).await;
        let publisher = Publisher::new(conn.clone());
        let outcomes = timeout(Duration::from_secs(3), publisher.publish(&[event("GLG", 1)])).await;
        let outcomes = outcomes.expect("the connection is gone");
        assert!(matches!(outcomes[..], [Err(PublishError::Transient(_))]), "{outcomes:?}");
    };
    tokio::select! {
        () = publishes => {}
        () = serve(listener, "2.15.1") => {}
    }
}
