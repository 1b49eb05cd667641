use pretty_assertions::assert_eq;
use rstest::rstest;
use sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, MigratorTrait, SchemaManager, async_trait};
use soundings_mailbox::{Database, Error, migrations, outbox, sql};
use tempfile::TempDir;

use crate::world::{Engine, Postgres, Sqlite, World, event};

/// What a release knows whose only own migration does not work.
struct Broken;

impl MigratorTrait for Broken {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let mut all = migrations::all();
        all.push(Box::new(Broken));
        all
    }
}

impl MigrationName for Broken {
    fn name(&self) -> &str {
        "m20270101_000001_broken"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Broken {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let conn = manager.get_connection();
        conn.execute_unprepared("CREATE TABLE half (id BIGINT)").await?;
        conn.execute_unprepared("CREATE TABLE half (id BIGINT)").await?;
        Ok(())
    }
}

async fn empty(engine: Engine) -> Option<(Database, TempDir)> {
    let folder = TempDir::new().unwrap();
    let url = engine.database(folder.path(), "empty").await?;
    Some((Database::open(&url).await.unwrap(), folder))
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn migrating_again_changes_nothing(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    world.append(&[event("a", 1)]).await;
    world.db.migrate::<migrations::Migrator>().await.unwrap();
    assert_eq!(world.waiting().await.len(), 1);
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn replicas_that_start_together_migrate_once(#[case] engine: Engine) {
    let folder = TempDir::new().unwrap();
    let Some(url) = engine.database(folder.path(), "shared").await else { return };
    let start = async || {
        let db = Database::open(&url).await.unwrap();
        db.migrate::<migrations::Migrator>().await.unwrap();
        db
    };
    let replicas = futures::future::join_all((0..4).map(|_| start())).await;
    for db in replicas {
        assert_eq!(outbox::depth(db.read()).await.unwrap().waiting, 0);
    }
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_database_of_a_newer_release_is_refused_in_a_sentence(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let insert = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m29990101_000001_later', 0)";
    let tx = world.db.begin().await.unwrap();
    sql::execute(&tx, insert, vec![]).await.unwrap();
    tx.commit().await.unwrap();

    let error = world.db.migrate::<migrations::Migrator>().await.unwrap_err();
    assert!(matches!(&error, Error::NewerSchema(version) if version == "m29990101_000001_later"));
    let sentence = "the database was written by a newer version of this program (it has the unknown migration \
                    m29990101_000001_later)";
    assert_eq!(error.to_string(), sentence);
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_migration_that_fails_leaves_nothing_behind(#[case] engine: Engine) {
    let Some((db, _folder)) = empty(engine).await else { return };
    db.migrate::<Broken>().await.unwrap_err();
    assert!(outbox::depth(db.read()).await.is_err(), "the tables before it are undone too");
    db.migrate::<migrations::Migrator>().await.unwrap();
    assert_eq!(outbox::depth(db.read()).await.unwrap().waiting, 0);
}
