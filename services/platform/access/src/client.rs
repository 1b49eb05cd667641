//! What a caller sends along: its token and its trace.
use std::{
    fs,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, Utc};
use soundings_chassis::{Clock, trace};
use tonic::{
    Request, Status,
    metadata::{Ascii, MetadataValue},
    service::Interceptor,
};

use crate::{Grant, SigningKey};

const READ_AGAIN: chrono::Duration = chrono::Duration::seconds(30);

/// An interceptor that adds a token, renewed in time, and the current trace to every call.
#[derive(Clone)]
pub struct Credentials(Arc<Source>);

enum Source {
    Fixed(MetadataValue<Ascii>),
    File { path: PathBuf, clock: Arc<dyn Clock>, held: Mutex<Held> },
    Signed { key: Box<SigningKey>, grant: Grant, clock: Arc<dyn Clock>, held: Mutex<Option<Held>> },
}

struct Held {
    value: MetadataValue<Ascii>,
    renew_at: DateTime<Utc>,
}

impl Credentials {
    /// A token that is kept as it is.
    pub fn fixed(token: &str) -> anyhow::Result<Self> {
        Ok(Credentials(Arc::new(Source::Fixed(bearer(token)?))))
    }

    /// The token in a file, which is read again every half minute: it may be renewed under a service that runs.
    pub fn from_file(path: PathBuf, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        let value = bearer(fs::read_to_string(&path)?.trim())?;
        let held = Held { value, renew_at: clock.now() + READ_AGAIN };
        Ok(Credentials(Arc::new(Source::File { path, clock, held: Mutex::new(held) })))
    }

    /// Tokens signed here, each used for half its life.
    pub fn signed(key: SigningKey, grant: Grant, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        Ok(Credentials(Arc::new(Source::Signed { key: Box::new(key), grant, clock, held: Mutex::default() })))
    }

    fn token(&self) -> anyhow::Result<MetadataValue<Ascii>> {
        match self.0.as_ref() {
            Source::Fixed(value) => Ok(value.clone()),
            Source::File { path, clock, held } => {
                let now = clock.now();
                let mut held = held.lock().unwrap_or_else(PoisonError::into_inner);
                if now >= held.renew_at {
                    held.renew_at = now + READ_AGAIN;
                    match fs::read_to_string(path)
                        .map_err(anyhow::Error::from)
                        .and_then(|text| bearer(text.trim()))
                    {
                        Ok(value) => held.value = value,
                        Err(error) => {
                            tracing::warn!(file = %path.display(), %error, "the token cannot be read; the last one is used");
                        }
                    }
                }
                Ok(held.value.clone())
            }
            Source::Signed { key, grant, clock, held } => {
                let now = clock.now();
                let mut held = held.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(held) = held.as_ref().filter(|held| now < held.renew_at) {
                    return Ok(held.value.clone());
                }
                let value = bearer(&key.issue(grant, now)?)?;
                *held = Some(Held { value: value.clone(), renew_at: now + grant.ttl / 2 });
                Ok(value)
            }
        }
    }
}

fn bearer(token: &str) -> anyhow::Result<MetadataValue<Ascii>> {
    let mut value: MetadataValue<Ascii> = format!("Bearer {token}")
        .parse()
        .map_err(|_| anyhow::anyhow!("the token holds characters that none has"))?;
    value.set_sensitive(true);
    Ok(value)
}

impl Interceptor for Credentials {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        let token =
            self.token().map_err(|error| Status::internal(format!("no token to call with: {error}")))?;
        request.metadata_mut().insert("authorization", token);
        if let Some(context) = trace::current()
            && let Ok(value) = context.to_string().parse()
        {
            request.metadata_mut().insert("traceparent", value);
        }
        Ok(request)
    }
}
