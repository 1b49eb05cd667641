use pretty_assertions::assert_eq;
use soundings_mailbox::{Database, Error, create_database, sql};
use tempfile::TempDir;

use crate::world::{Engine, Postgres, Sqlite};

/// A database's URL on the test server, and a name that is free there.
async fn server() -> Option<(String, String)> {
    let folder = TempDir::new().unwrap();
    let url = Engine::database(Postgres, folder.path(), "mailbox").await?;
    // Hexadecimal digits as letters.
    let letter = |digit: char| char::from(b'a' + u8::try_from(digit.to_digit(16).unwrap()).unwrap());
    let name = url.rsplit('_').next().unwrap().chars().map(letter).collect();
    Some((url, name))
}

fn url_of(server: &str, user: &str, database: &str) -> String {
    let host = server.split('@').nth(1).unwrap().split('/').next().unwrap();
    format!("postgres://{user}@{host}/{database}")
}

#[tokio::test]
async fn a_role_owns_its_database_and_others_stay_out() {
    let Some((url, name)) = server().await else { return };
    let other = format!("{name}other");
    let admin = Database::open(&url).await.unwrap();
    create_database(&admin, &name, "it's secret").await.unwrap();
    create_database(&admin, &other, "another").await.unwrap();

    let own = Database::open(&url_of(&url, &name, &name)).await.unwrap();
    let tx = own.begin().await.unwrap();
    sql::execute(&tx, "CREATE TABLE kept (n BIGINT)", vec![]).await.unwrap();
    tx.commit().await.unwrap();
    let refused = Database::open(&url_of(&url, &other, &name)).await.unwrap_err();
    assert!(matches!(refused, Error::Database(_) | Error::Unusable(_)), "{refused:?}");

    let verifier = async || {
        let row = sql::query_one(
            admin.read(),
            "SELECT rolpassword FROM pg_authid WHERE rolname = $1",
            vec![name.as_str().into()],
        );
        sql::column::<String>(&row.await.unwrap().unwrap(), "rolpassword").unwrap()
    };
    let before = verifier().await;
    assert!(before.starts_with("SCRAM-SHA-256$"), "{before}");
    create_database(&admin, &name, "new").await.unwrap();
    assert_ne!(verifier().await, before);
    let kept = sql::query(own.read(), "SELECT n FROM kept", vec![]).await.unwrap();
    assert_eq!(kept.len(), 0, "what is there stays");
}

#[tokio::test]
async fn a_name_that_would_have_to_be_quoted_and_another_engine_are_refused() {
    let folder = TempDir::new().unwrap();
    let url = Engine::database(Sqlite, folder.path(), "mailbox").await.unwrap();
    let file = Database::open(&url).await.unwrap();
    assert!(matches!(create_database(&file, "themes", "p").await, Err(Error::Unusable(_))));
    let Some((url, _)) = server().await else { return };
    let admin = Database::open(&url).await.unwrap();
    for name in ["", "Themes", "a b", "x; DROP DATABASE y", "ü"] {
        assert!(matches!(create_database(&admin, name, "p").await, Err(Error::Unusable(_))), "{name}");
    }
}

#[tokio::test]
async fn a_password_comes_from_a_file_that_holds_one() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("password");
    let database = Engine::database(Sqlite, folder.path(), "mailbox").await.unwrap();
    let refusal = async || match Database::open_with(&database, Some(&file)).await {
        Err(Error::Unusable(reason)) => reason,
        other => panic!("{other:?}"),
    };
    let start = format!("the file {} of the database's password: ", file.display());
    assert_eq!(refusal().await, format!("{start}No such file or directory (os error 2)"));
    std::fs::write(&file, "\n").unwrap();
    assert_eq!(refusal().await, format!("{start}it is empty"));
}
