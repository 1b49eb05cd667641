use std::fs;

use pretty_assertions::assert_eq;
use rstest::rstest;
use soundings_mailbox::{Database, Error, Outgoing, database::commit, outbox, sql};
use tempfile::TempDir;

use crate::world::{Engine, Postgres, Sqlite, World, event, until};

async fn pragma(conn: &impl sea_orm::ConnectionTrait, name: &str) -> String {
    let row = sql::query_one(conn, &format!("PRAGMA {name}"), vec![]).await.unwrap().unwrap();
    row.try_get_by_index::<String>(0)
        .or_else(|_| row.try_get_by_index::<i64>(0).map(|n| n.to_string()))
        .unwrap()
}

/// Why a URL is refused, in words.
async fn refusal(url: &str) -> String {
    match Database::open(url).await {
        Err(Error::Unusable(reason)) => reason,
        other => panic!("{url}: {other:?}"),
    }
}

#[tokio::test]
async fn an_sqlite_commit_is_on_the_disk_before_it_is_acknowledged() {
    let world = World::open(Sqlite).await.unwrap();
    let tx = world.db.begin().await.unwrap();
    assert_eq!(pragma(&tx, "journal_mode").await, "wal");
    assert_eq!(pragma(&tx, "synchronous").await, "2", "FULL");
    assert_eq!(pragma(&tx, "secure_delete").await, "1");
    assert_eq!(pragma(world.db.read(), "query_only").await, "1");
}

#[tokio::test]
async fn what_is_no_database_is_refused_in_a_sentence() {
    let in_memory = "the SQLite database must be a file";
    for url in ["sqlite::memory:", "sqlite://:memory:", "sqlite:", "sqlite://?mode=memory"] {
        assert_eq!(refusal(url).await, in_memory, "{url}");
    }
    let scheme = "the database URL must begin with sqlite: or postgres://, not mysql:";
    assert_eq!(refusal("mysql://root@127.0.0.1/soundings").await, scheme);

    let folder = TempDir::new().unwrap();
    let letter = folder.path().join("letter.txt");
    fs::write(&letter, "Dear Sir or Madam, ".repeat(100)).unwrap();
    let reason = refusal(&format!("sqlite:{}", letter.display())).await;
    assert!(reason.starts_with(&format!("cannot open {}: ", letter.display())), "{reason}");
    assert!(fs::read_to_string(&letter).unwrap().starts_with("Dear"), "it is left as it was");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_folder_that_takes_no_files_is_refused_in_a_sentence() {
    for path in ["/proc/self/mailbox.sqlite", "/proc/nowhere/mailbox.sqlite"] {
        let reason = refusal(&format!("sqlite:{path}")).await;
        assert!(reason.starts_with(&format!("cannot open {path}: ")), "{reason}");
    }
}

#[tokio::test]
async fn folders_on_the_way_to_the_file_are_made() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("data/consultation/mailbox.sqlite");
    let db = Database::open(&format!("sqlite://{}", path.display())).await.unwrap();
    db.ping().await.unwrap();
    db.close().await.unwrap();
    assert!(path.exists());
    assert!(!path.with_extension("sqlite-wal").exists(), "the log was folded in");
}

#[tokio::test]
async fn a_postgres_that_does_not_answer_is_unavailable() {
    let opened = Database::open("postgres://soundings@127.0.0.1:1/soundings").await;
    let error = opened.unwrap_err();
    assert!(matches!(error, Error::Unavailable(_)), "{error:?}");
    assert!(error.is_transient());
}

#[tokio::test]
async fn a_full_disk_is_unavailable_and_writing_goes_on_when_there_is_room() {
    let world = World::open(Sqlite).await.unwrap();
    let limit = async |pages: i64| {
        let tx = world.db.begin().await.unwrap();
        sql::query(&tx, &format!("PRAGMA max_page_count = {pages}"), vec![]).await.unwrap();
        commit(tx).await.unwrap();
    };
    // SQLite tells the same of a file that may not grow as of a disk without room.
    limit(1).await;
    let many: Vec<_> = (1..=500).map(|at| Outgoing::from(event("full", at))).collect();
    let tx = world.db.begin().await.unwrap();
    let error = outbox::append(&tx, &many).await.unwrap_err();
    assert!(matches!(error, Error::Unavailable(_)), "{error:?}");
    tx.rollback().await.unwrap();
    assert_eq!(world.waiting().await, []);

    limit(1_000_000).await;
    world.append_outgoing(&many).await;
    assert_eq!(world.waiting().await.len(), 500);
}

#[tokio::test]
async fn a_damaged_page_is_told_as_damage() {
    let world = World::open(Sqlite).await.unwrap();
    let many: Vec<_> = (1..=500).map(|at| event("damaged", at)).collect();
    world.append(&many).await;
    world.db.close().await.unwrap();
    let path = world.url.trim_start_matches("sqlite:");
    let mut bytes = fs::read(path).unwrap();
    // The first page holds the schema; all others are overwritten.
    bytes[4096..].fill(0xa5);
    fs::write(path, bytes).unwrap();
    let db = Database::open(&world.url).await.unwrap();
    let error = outbox::waiting(db.read(), 1_000).await.unwrap_err();
    assert!(matches!(error, Error::Corrupt(_)), "{error:?}");
    assert!(!error.is_transient());
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn work_is_committed_when_it_succeeds_and_undone_when_it_fails(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let (kept, undone) = (event("kept", 1), event("undone", 1));
    let append = async |event, outcome: Result<u8, Error>| {
        let events = [Outgoing::from(event)];
        let work = world.db.write(|tx| {
            Box::pin(async move {
                outbox::append(tx, &events).await?;
                outcome
            })
        });
        work.await
    };
    let fenced = append(undone, Err(Error::Fenced("x".to_owned()))).await;
    assert!(matches!(fenced, Err(Error::Fenced(_))));
    assert_eq!(append(kept.clone(), Ok(7)).await.unwrap(), 7);
    assert_eq!(world.waiting().await, [kept]);
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_snapshot_stays_as_it_is_while_others_commit(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let first = event("a", 1);
    world.append(std::slice::from_ref(&first)).await;
    let snapshot = world.db.snapshot().await.unwrap();
    assert_eq!(outbox::waiting(&snapshot, 10).await.unwrap().len(), 1);
    world.append(&[event("a", 2)]).await;
    assert_eq!(outbox::waiting(&snapshot, 10).await.unwrap().len(), 1);
    assert_eq!(world.waiting().await.len(), 2);
}

#[tokio::test]
async fn reads_do_not_wait_for_a_writer() {
    let world = World::open(Sqlite).await.unwrap();
    let tx = world.db.begin().await.unwrap();
    outbox::append(&tx, &[Outgoing::from(event("a", 1))]).await.unwrap();
    assert_eq!(world.waiting().await, [], "not committed yet");
    commit(tx).await.unwrap();
    assert_eq!(world.waiting().await.len(), 1);
}

#[tokio::test]
async fn a_file_that_another_process_writes_to_is_unavailable_until_it_is_done() {
    let world = World::open(Sqlite).await.unwrap();
    let other = Database::open(&world.url).await.unwrap();
    let tx = other.begin().await.unwrap();
    let error = world.db.begin().await.unwrap_err();
    assert!(matches!(error, Error::Unavailable(_)), "{error:?}");
    commit(tx).await.unwrap();
    world.append(&[event("a", 1)]).await;
    assert_eq!(world.waiting().await.len(), 1);
}

#[tokio::test]
async fn a_postgres_that_closes_every_connection_is_found_again_and_nothing_is_half_written() {
    let Some(world) = World::open(Postgres).await else { return };
    let tx = world.db.begin().await.unwrap();
    outbox::append(&tx, &[Outgoing::from(event("undone", 1))]).await.unwrap();
    let other = Database::open(&world.url).await.unwrap();
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
               WHERE datname = current_database() AND pid <> pg_backend_pid()";
    sql::query(other.read(), end, vec![]).await.unwrap();

    let error = outbox::append(&tx, &[Outgoing::from(event("undone", 2))]).await.unwrap_err();
    assert!(matches!(error, Error::Unavailable(_)), "{error:?}");
    assert!(commit(tx).await.is_err());
    let kept = event("kept", 1);
    until("another connection", async || {
        let events = [Outgoing::from(kept.clone())];
        let work = world.db.write(|tx| Box::pin(async move { outbox::append(tx, &events).await }));
        match work.await {
            Ok(()) => Some(()),
            Err(error) => {
                assert!(matches!(error, Error::Unavailable(_)), "{error:?}");
                None
            }
        }
    })
    .await;
    assert_eq!(world.waiting().await, [kept]);
}
