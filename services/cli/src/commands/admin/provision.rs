//! Makes what the services need on the NATS server and, where one is named, on the database server.
use std::{path::PathBuf, time::Duration};

use clap::Args;
use soundings_jetstream::{self as jetstream, Credentials, Settings, users::Permissions};
use soundings_mailbox::{self as mailbox, Database, create_database};
use soundings_proto::subjects;

use crate::{
    connection::Service,
    failure::{Failure, Kind, Outcome},
    output,
    secrets::{self, Secrets},
};

/// Where to provision.
#[derive(Debug, Args)]
pub struct Options {
    /// The NATS server.
    #[arg(long, env = "SOUNDINGS_NATS_URL", default_value = "nats://127.0.0.1:7100")]
    nats: String,
    /// An NKey seed file of a user that may; without one, the one in the folder of secrets, if that is given.
    #[arg(long, value_name = "FILE")]
    nkey_file: Option<PathBuf>,
    /// Copies of each stream: 1, or 3 on three servers.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=5))]
    replicas: u8,
    /// The folder that `soundings admin init` has filled.
    #[arg(long, value_name = "FOLDER", env = "SOUNDINGS_SECRETS")]
    folder: Option<PathBuf>,
    /// A PostgreSQL server to make each service's role and database on: postgres://superuser@host:port/postgres. The
    /// passwords are those in the folder of secrets.
    #[arg(long, value_name = "URL", requires = "folder")]
    postgres: Option<String>,
    /// How long to wait for the servers, in seconds.
    #[arg(long, default_value_t = 5)]
    patience: u64,
}

/// Carries it out.
pub async fn run(options: Options) -> Outcome {
    let secrets = options.folder.as_deref().map(Secrets::below);
    if let (Some(server), Some(secrets)) = (&options.postgres, &secrets) {
        databases(server, secrets).await?;
    }
    streams(&options, secrets.as_ref()).await
}

async fn databases(url: &str, secrets: &Secrets) -> Outcome {
    let server = Database::open_with(url, Some(&secrets.superuser_password())).await.map_err(of_database)?;
    for service in Service::ALL {
        let file = secrets.database_password(service);
        let password = secrets::read(&file)?.filter(|password| !password.is_empty());
        let missing =
            || format!("there is no password in {}: run `soundings admin init` first", file.display());
        let password = password.ok_or_else(|| Failure::new(Kind::NotFound, missing()))?;
        create_database(&server, service.name(), &password).await.map_err(of_database)?;
        output::text(&format!("database {0} belongs to the role {0}\n", service.name()))?;
    }
    server.close().await.map_err(of_database)
}

fn of_database(error: mailbox::Error) -> Failure {
    let kind = if error.is_transient() { Kind::Unavailable } else { Kind::Other };
    Failure::new(kind, format!("the database server: {error}"))
}

async fn streams(options: &Options, secrets: Option<&Secrets>) -> Outcome {
    let name = Permissions::provisioner().name;
    let file = options.nkey_file.clone().or_else(|| secrets.map(|secrets| secrets.nkey(&name)));
    let settings = Settings {
        replicas: usize::from(options.replicas),
        credentials: file.map_or(Credentials::None, Credentials::NkeyFile),
        ..Settings::new(name, options.nats.clone())
    };
    let failed = |error: jetstream::Error| {
        let kind = match error {
            jetstream::Error::Unreachable(_) => Kind::Unavailable,
            _ => Kind::Other,
        };
        Failure::new(kind, error.to_string())
    };
    let connection = jetstream::Connection::connect(settings).await.map_err(failed)?;
    connection.ready(Duration::from_secs(options.patience)).await.map_err(failed)?;
    jetstream::provision(&connection).await.map_err(failed)?;
    for stream in subjects::STREAMS {
        output::text(&format!("stream {} takes {}\n", stream.name, stream.subjects))?;
    }
    for durable in subjects::DURABLES {
        output::text(&format!("consumer {} reads {}\n", durable.name, durable.stream.name))?;
    }
    connection.drain(Duration::from_secs(2)).await;
    Ok(())
}
