//! Creates, edits, opens and closes surveys.
use chrono::{DateTime, Utc};
use soundings_chassis::Problem;
use soundings_consultation_domain::{Question, Rejection, Survey};
use soundings_mailbox::{Error, outbox};
use soundings_proto::consultation::v1 as proto;

use super::{Runtime, mutation::Mutation};
use crate::{
    events::outgoing,
    rpc::{messages, status_mapping},
    store::{survey_counts, surveys},
};

/// Creates a draft. An id that is taken is refused; a repeat of the request is not.
pub async fn create(runtime: &Runtime, request: Mutation, survey: Survey) -> Result<proto::Survey, Problem> {
    survey.check().map_err(|r| status_mapping::rejection(r, "survey", &survey.id))?;
    runtime
        .once(&request, move |tx, _| {
            Box::pin(async move {
                let taken = || {
                    let text =
                        "a survey of this id exists: choose another id, or edit that one while it is a draft";
                    Problem::already_exists("survey", &survey.id, text)
                };
                if surveys::find(tx, &survey.id).await?.is_some() {
                    return Err(taken());
                }
                match surveys::insert(tx, &survey).await {
                    Err(Error::UniqueViolation(_)) => Err(taken()),
                    other => other.map(|()| messages::survey(&survey, 0)).map_err(Problem::from),
                }
            })
        })
        .await
}

/// What to do with a survey.
pub enum Change {
    /// Replace a draft's words.
    Edit {
        /// Its title.
        title: String,
        /// Its questions.
        questions: Vec<Question>,
    },
    /// Draft → open.
    Open,
    /// Open → closed.
    Close,
}

impl Change {
    fn apply(self, survey: Survey, now: DateTime<Utc>) -> Result<Survey, Rejection> {
        match self {
            Change::Edit { title, questions } => survey.edit(title, questions),
            Change::Open => survey.open(now),
            Change::Close => survey.close(now),
        }
    }
}

/// Changes a survey, if it still is as it was read.
pub async fn change(
    runtime: &Runtime,
    request: Mutation,
    id: String,
    etag: String,
    change: Change,
) -> Result<proto::Survey, Problem> {
    let ids = runtime.ids.clone();
    let told = !matches!(change, Change::Edit { .. });
    let survey = id.clone();
    let changed = runtime
        .once(&request, move |tx, now| {
            Box::pin(async move {
                let there = surveys::find(tx, &id).await?;
                let there = there.ok_or_else(|| Problem::not_found("survey", &id))?;
                messages::check_etag(&etag, there.version)?;
                let version = there.version;
                let survey =
                    change.apply(there, now).map_err(|r| status_mapping::rejection(r, "survey", &id))?;
                if !surveys::replace(tx, &survey).await? {
                    return Err(messages::stale(version));
                }
                if told {
                    let source = outgoing::survey_source(&id);
                    let sequence = outbox::allocate(tx, &source).await?;
                    let event = outgoing::survey_changed(&survey, sequence, ids.as_ref(), now);
                    outbox::append(tx, &[event]).await?;
                }
                let count = survey_counts::of(tx, &id).await?;
                Ok(messages::survey(&survey, count))
            })
        })
        .await?;
    runtime.forget_survey(&survey);
    Ok(changed)
}
