//! The texts that were sent most often, and what they are in each organisation's counts.

use std::collections::BTreeMap;

use sea_orm::ConnectionTrait;
use soundings_mailbox::Error;

use crate::store::sql::{self, column, list};

/// What a text is in an organisation's counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CampaignVoice {
    /// Responses that say just this there.
    pub responses: i64,
    /// Ids of the themes that it raises.
    pub themes: Vec<String>,
    /// Ids of those that it speaks against.
    pub against: Vec<String>,
    /// The survey's and the response's id of one of those; empty: none stands any more.
    pub response: (String, String),
}

/// A text that several responses say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Campaign {
    /// The voice's key.
    pub voice: String,
    /// Responses, over all organisations.
    pub responses: i64,
    /// By organisation.
    pub voices: BTreeMap<String, CampaignVoice>,
}

/// The `limit` texts of most responses, of at least `least` each; of equal ones by key.
pub async fn campaigns<C: ConnectionTrait>(
    conn: &C,
    codebook: &str,
    least: i64,
    limit: i64,
) -> Result<Vec<Campaign>, Error> {
    let select = "SELECT voice, CAST(SUM(responses) AS BIGINT) AS sent FROM voices WHERE codebook = $1 AND theme = '' \
                  GROUP BY voice HAVING SUM(responses) >= $2 ORDER BY SUM(responses) DESC, voice LIMIT $3";
    let rows = sql::query(conn, select, vec![codebook.into(), least.into(), limit.into()]).await?;
    let found = rows.iter().map(|row| {
        Ok(Campaign {
            voice: column(row, "voice")?,
            responses: column(row, "sent")?,
            voices: BTreeMap::new(),
        })
    });
    let mut found = found.collect::<Result<Vec<_>, Error>>()?;
    if found.is_empty() {
        return Ok(found);
    }
    let listed = list(2, found.len());
    let one = format!(
        "SELECT r.voice, r.organisation, r.survey, r.response FROM responses r JOIN (SELECT MIN(response) AS response \
         FROM responses WHERE codebook = $1 AND voice IN ({listed}) GROUP BY voice, organisation) f \
         ON f.response = r.response WHERE r.codebook = $1"
    );
    let select = format!(
        "SELECT organisation, voice, theme, responses FROM voices WHERE codebook = $1 AND voice IN ({listed}) ORDER BY theme"
    );
    let mut values = vec![codebook.into()];
    values.extend(found.iter().map(|campaign| campaign.voice.as_str().into()));
    for row in sql::query(conn, &one, values.clone()).await? {
        let voice: String = column(&row, "voice")?;
        let Some(campaign) = found.iter_mut().find(|campaign| campaign.voice == voice) else { continue };
        let of = campaign.voices.entry(column(&row, "organisation")?).or_default();
        of.response = (column(&row, "survey")?, column(&row, "response")?);
    }
    for row in sql::query(conn, &select, values).await? {
        let (voice, theme): (String, String) = (column(&row, "voice")?, column(&row, "theme")?);
        let Some(campaign) = found.iter_mut().find(|campaign| campaign.voice == voice) else { continue };
        let of = campaign.voices.entry(column(&row, "organisation")?).or_default();
        match (theme.as_str(), theme.strip_prefix('-')) {
            ("", _) => of.responses = column(&row, "responses")?,
            (_, Some(against)) => of.against.push(against.to_owned()),
            (_, None) => of.themes.push(theme),
        }
    }
    Ok(found)
}
