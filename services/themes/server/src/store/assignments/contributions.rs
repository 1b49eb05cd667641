//! What every response contributes to the tallies of its codebook.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, QueryResult};
use soundings_mailbox::Error;
use soundings_themes_domain::{Contribution, VoiceKey};

use crate::store::sql::{self, column};

/// A response with what it contributes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contributed {
    /// The response's id.
    pub response: String,
    /// The organisation's id.
    pub organisation: String,
    /// The revision that contributes it.
    pub revision: i64,
    /// What it contributes.
    pub contribution: Contribution,
}

/// What a row of `responses` contributes; none: it speaks with no voice.
pub(super) fn of_row(row: &QueryResult) -> Result<Option<Contribution>, Error> {
    let voice: Option<String> = column(row, "voice")?;
    let ids = |name: &str| -> Result<BTreeSet<String>, Error> {
        Ok(column::<String>(row, name)?.split_whitespace().map(str::to_owned).collect())
    };
    let (themes, against) = (ids("themes")?, ids("against")?);
    Ok(voice.map(|voice| Contribution { voice: VoiceKey::from_stored(voice), themes, against }))
}

/// All that contribute, as they stood at one moment.
pub async fn contributions<C: ConnectionTrait>(conn: &C, codebook: &str) -> Result<Vec<Contributed>, Error> {
    let select = "SELECT response, organisation, revision, voice, themes, against FROM responses \
                  WHERE codebook = $1 AND voice IS NOT NULL";
    let mut found = Vec::new();
    for row in sql::query(conn, select, vec![codebook.into()]).await? {
        let Some(contribution) = of_row(&row)? else { continue };
        found.push(Contributed {
            response: column(&row, "response")?,
            organisation: column(&row, "organisation")?,
            revision: column(&row, "revision")?,
            contribution,
        });
    }
    Ok(found)
}
