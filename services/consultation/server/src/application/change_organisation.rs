//! Registers and changes organisations.
use soundings_chassis::Problem;
use soundings_consultation_domain::Organisation;
use soundings_mailbox::{Error, outbox};
use soundings_proto::consultation::v1 as proto;

use super::{Runtime, mutation::Mutation};
use crate::{
    events::outgoing,
    rpc::{messages, status_mapping},
    store::organisations,
};

/// Registers an organisation. The same content again is no error.
pub async fn create(
    runtime: &Runtime,
    request: Mutation,
    organisation: Organisation,
) -> Result<proto::Organisation, Problem> {
    organisation.check().map_err(|r| status_mapping::rejection(r, "organisation", &organisation.id))?;
    let ids = runtime.ids.clone();
    runtime
        .once(&request, move |tx, now| {
            Box::pin(async move {
                if let Some(there) = organisations::find(tx, &organisation.id).await? {
                    let same = Organisation { version: there.version, ..organisation.clone() } == there;
                    let text = "an organisation of this id exists with other content: use UpdateOrganisation";
                    return if same {
                        Ok(messages::organisation(&there))
                    } else {
                        Err(Problem::already_exists("organisation", &organisation.id, text))
                    };
                }
                match organisations::insert(tx, &organisation).await {
                    Err(Error::UniqueViolation(_)) => {
                        let text = "it was registered by somebody else just now: read it again";
                        return Err(Problem::aborted("CONCURRENT_CHANGE", text));
                    }
                    other => other?,
                }
                let event = outgoing::organisation_changed(&organisation, ids.as_ref(), now);
                outbox::append(tx, &[event]).await?;
                Ok(messages::organisation(&organisation))
            })
        })
        .await
}

/// Replaces an organisation's fields.
pub async fn update(
    runtime: &Runtime,
    request: Mutation,
    organisation: Organisation,
    etag: String,
) -> Result<proto::Organisation, Problem> {
    organisation.check().map_err(|r| status_mapping::rejection(r, "organisation", &organisation.id))?;
    let ids = runtime.ids.clone();
    runtime
        .once(&request, move |tx, now| {
            Box::pin(async move {
                let there = organisations::find(tx, &organisation.id).await?;
                let there = there.ok_or_else(|| Problem::not_found("organisation", &organisation.id))?;
                messages::check_etag(&etag, there.version)?;
                let organisation = Organisation { version: there.version + 1, ..organisation };
                if !organisations::replace(tx, &organisation).await? {
                    return Err(messages::stale(there.version));
                }
                let event = outgoing::organisation_changed(&organisation, ids.as_ref(), now);
                outbox::append(tx, &[event]).await?;
                Ok(messages::organisation(&organisation))
            })
        })
        .await
}
