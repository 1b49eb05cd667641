//! Makes a deployment's secrets.
use std::path::{Path, PathBuf};

use chrono::{DateTime, Duration, Utc};
use clap::Args;
use soundings_access::{Grant, LOCAL_ISSUER, Role, SigningKey, Verifier};
use soundings_chassis::{Clock, SystemClock};
use soundings_jetstream::users::{self, Permissions};

use crate::{
    connection::Service,
    failure::{Failure, Kind, Outcome},
    output,
    secrets::{self, Readers, Secrets},
};

/// How long a service's token holds. It is renewed whenever this runs in the second half of its life.
const SERVICE_TOKEN_DAYS: i64 = 730;
/// How long the first operator's token holds; renewed likewise.
const OPERATOR_TOKEN_DAYS: i64 = 90;

/// What to make.
#[derive(Debug, Args)]
pub struct Options {
    /// The folder that is given its secrets.
    #[arg(long, value_name = "FOLDER", env = "SOUNDINGS_SECRETS")]
    folder: PathBuf,
    /// A downstream service that may read rankings over NATS: a name of its own. May be given again.
    #[arg(long = "subscriber", value_name = "NAME", value_delimiter = ',', value_parser = subscriber)]
    subscribers: Vec<String>,
}

/// A name as it stands in subjects, in the server's configuration and in a file's name.
fn subscriber(name: &str) -> Result<String, String> {
    let taken =
        Service::ALL.iter().any(|service| service.name() == name) || name == Permissions::provisioner().name;
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    match (!name.is_empty() && name.bytes().all(plain), taken) {
        (true, false) => Ok(name.to_owned()),
        (true, true) => Err("that name is taken".to_owned()),
        (false, _) => Err("use lowercase letters, digits and hyphens".to_owned()),
    }
}

/// Carries it out. Run again, it makes what is missing and renews what ages; no key and no password is overwritten.
pub fn run(options: &Options) -> Outcome {
    let to = Secrets::below(&options.folder);
    let now = SystemClock.now();
    let key = SigningKey::open_or_create(&to.signing_key()).map_err(|error| {
        Failure::new(Kind::Other, format!("cannot make {}: {error:#}", to.signing_key().display()))
    })?;
    let key_set = key.jwks().to_string();

    let mut allowed = Vec::new();
    let mut admit = |path: PathBuf, permissions: Permissions| -> Outcome {
        let seed = secrets::keep(&path, Readers::Owner, || users::new_seed().map_err(unusable))?;
        let public = users::public_key(&seed).map_err(unusable);
        allowed.push((public.map_err(|failure| failure.about(path.display()))?, permissions));
        Ok(())
    };
    for service in Service::ALL {
        admit(to.service_nkey(service), Permissions::service(service.name()))?;
        secrets::put(&to.key_set(service), Readers::Owner, &key_set)?;
        secrets::keep(&to.database_password(service), Readers::Owner, password)?;
        let subject = format!("service:{}", service.name());
        let ttl = Duration::days(SERVICE_TOKEN_DAYS);
        let grant = Grant { subject, roles: vec![Role::Service], organisation: None, ttl };
        token(&to.service_token(service), &key, &grant, now)?;
    }
    let provisioner = Permissions::provisioner();
    admit(to.nkey(&provisioner.name), provisioner)?;
    for name in &options.subscribers {
        admit(to.nkey(name), Permissions::subscriber(name))?;
    }
    let listed = users::authorization(allowed.iter().map(|(key, user)| (key.as_str(), user)));
    secrets::put(&to.nats_users(), Readers::Owner, &listed)?;
    // The database server runs as a user of its own.
    secrets::keep(&to.superuser_password(), Readers::Group, password)?;
    let grant = Grant {
        subject: "operator".to_owned(),
        roles: vec![Role::Operator, Role::Analyst, Role::PortfolioManager],
        organisation: None,
        ttl: Duration::days(OPERATOR_TOKEN_DAYS),
    };
    token(&to.operator_token(), &key, &grant, now)?;
    output::note(format!("the secrets are in {}", options.folder.display()));
    Ok(())
}

/// A token that this key has signed and that has half its life before it stays.
fn token(path: &Path, key: &SigningKey, grant: &Grant, now: DateTime<Utc>) -> Outcome {
    let verifier = Verifier::from_jwks(&key.jwks().to_string(), LOCAL_ISSUER)?;
    let holds = secrets::read(path)?.is_some_and(|kept| verifier.verify(&kept, now + grant.ttl / 2).is_ok());
    if holds { Ok(()) } else { secrets::put(path, Readers::Owner, &key.issue(grant, now)?) }
}

fn password() -> Outcome<String> {
    // An NKey seed is 32 random bytes as letters and digits: as good a password as any.
    users::new_seed().map_err(unusable)
}

fn unusable(error: soundings_jetstream::Error) -> Failure {
    Failure::new(Kind::Other, error.to_string())
}
