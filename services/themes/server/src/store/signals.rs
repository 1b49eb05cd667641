//! Tallies by (codebook, organisation), and the last signal told of each.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use sea_orm::{ConnectionTrait, DbBackend};
use soundings_mailbox::Error;
use soundings_themes_domain::tally::Subject;
use soundings_themes_domain::{Signal, TallyChange, ThemeTally};

use super::sql::{self, column, list, places};

/// A signal that differs from the last one told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// The organisation's id.
    pub organisation: String,
    /// Its number in its (codebook, organisation), from 1.
    pub sequence: i64,
    /// The tallies.
    pub signal: Signal,
}

/// How often a theme is raised, over all organisations.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Distinct voices.
    pub respondents: i64,
    /// Responses, identical ones included.
    pub responses: i64,
    /// Organisations with such a voice.
    pub organisations: i64,
}

fn subject_column(subject: &Subject) -> Cow<'_, str> {
    match subject {
        Subject::Answered => Cow::Borrowed(""),
        Subject::Theme(theme) => Cow::Borrowed(theme),
        // An id begins with a letter or a digit.
        Subject::Against(theme) => Cow::Owned(format!("-{theme}")),
    }
}

/// Locks the rows of these organisations, in their order, until the transaction ends.
pub(super) async fn lock<C: ConnectionTrait>(
    tx: &C,
    codebook: &str,
    organisations: &[&str],
) -> Result<(), Error> {
    for chunk in sql::chunks(organisations) {
        let insert = format!(
            "INSERT INTO signals (codebook, organisation, sequence, digest) VALUES {} \
             ON CONFLICT (codebook, organisation) DO NOTHING",
            places(chunk.len(), 4)
        );
        let values =
            chunk.iter().flat_map(|o| [codebook.into(), (*o).into(), 0_i64.into(), "".into()]).collect();
        sql::execute(tx, &insert, values).await?;
        if tx.get_database_backend() == DbBackend::Postgres {
            let select = format!(
                "SELECT organisation FROM signals WHERE codebook = $1 AND organisation IN ({}) \
                 ORDER BY organisation FOR UPDATE",
                list(2, chunk.len())
            );
            let mut values = vec![codebook.into()];
            values.extend(chunk.iter().map(|o| (*o).into()));
            sql::query(tx, &select, values).await?;
        }
    }
    Ok(())
}

/// Moves the tallies and returns the signals that differ from the last ones, numbered and noted as told.
pub(super) async fn apply<C: ConnectionTrait>(
    tx: &C,
    codebook: &str,
    changes: &BTreeMap<&str, TallyChange>,
) -> Result<Vec<Changed>, Error> {
    if changes.is_empty() {
        return Ok(Vec::new());
    }
    let support = read_support(tx, codebook, changes).await?;
    let mut counts = Vec::new();
    let mut moves = Vec::new();
    for (organisation, change) in changes {
        let present = |voice: &str, theme: &str| {
            let key = ((*organisation).to_owned(), voice.to_owned(), theme.to_owned());
            support.get(&key).copied().unwrap_or(0)
        };
        for (voice, subject, step) in change.touched() {
            let theme = subject_column(subject);
            let count = present(voice.as_str(), &theme) + step;
            counts.push((*organisation, voice.as_str(), theme, count));
        }
        let subjects = change.apply(|voice, subject| present(voice.as_str(), &subject_column(subject)));
        moves.extend(subjects.into_iter().map(|(subject, moved)| (*organisation, subject, moved)));
    }
    for chunk in sql::chunks(&counts) {
        let upsert = format!(
            "INSERT INTO voices (codebook, organisation, voice, theme, responses) VALUES {} \
             ON CONFLICT (codebook, voice, organisation, theme) DO UPDATE SET responses = excluded.responses",
            places(chunk.len(), 5)
        );
        let values = chunk
            .iter()
            .flat_map(|(o, voice, theme, count)| {
                [codebook.into(), (*o).into(), (*voice).into(), theme.as_ref().into(), (*count).into()]
            })
            .collect();
        sql::execute(tx, &upsert, values).await?;
    }
    // Emptied rows go, so that the tables always equal a recount.
    for chunk in sql::chunks(&counts) {
        if chunk.iter().all(|(_, _, _, count)| *count > 0) {
            continue;
        }
        let delete = format!(
            "DELETE FROM voices WHERE codebook = $1 AND responses = 0 AND voice IN ({})",
            list(2, chunk.len())
        );
        let mut values = vec![codebook.into()];
        values.extend(chunk.iter().map(|(_, voice, _, _)| (*voice).into()));
        sql::execute(tx, &delete, values).await?;
    }
    for chunk in sql::chunks(&moves) {
        let upsert = format!(
            "INSERT INTO tallies (codebook, organisation, theme, respondents, responses, against) VALUES {} \
             ON CONFLICT (codebook, organisation, theme) DO UPDATE SET \
             respondents = tallies.respondents + excluded.respondents, responses = tallies.responses + excluded.responses, \
             against = tallies.against + excluded.against",
            places(chunk.len(), 6)
        );
        let mut values = Vec::with_capacity(chunk.len() * 6);
        for (organisation, subject, moved) in chunk {
            values.extend([
                codebook.into(),
                (*organisation).into(),
                subject_column(subject).as_ref().into(),
                moved.respondents.into(),
                moved.responses.into(),
                moved.against.into(),
            ]);
        }
        sql::execute(tx, &upsert, values).await?;
    }
    let organisations: Vec<&str> = changes.keys().copied().collect();
    tell(tx, codebook, &organisations).await
}

async fn read_support<C: ConnectionTrait>(
    tx: &C,
    codebook: &str,
    changes: &BTreeMap<&str, TallyChange>,
) -> Result<HashMap<(String, String, String), i64>, Error> {
    let mut voices: Vec<&str> =
        changes.values().flat_map(|c| c.touched().map(|(voice, _, _)| voice.as_str())).collect();
    voices.sort_unstable();
    voices.dedup();
    let mut support = HashMap::new();
    for chunk in sql::chunks(&voices) {
        let select = format!(
            "SELECT organisation, voice, theme, responses FROM voices WHERE codebook = $1 AND voice IN ({})",
            list(2, chunk.len())
        );
        let mut values = vec![codebook.into()];
        values.extend(chunk.iter().map(|v| (*v).into()));
        for row in sql::query(tx, &select, values).await? {
            let key = (column(&row, "organisation")?, column(&row, "voice")?, column(&row, "theme")?);
            support.insert(key, column(&row, "responses")?);
        }
    }
    Ok(support)
}

async fn tell<C: ConnectionTrait>(
    tx: &C,
    codebook: &str,
    organisations: &[&str],
) -> Result<Vec<Changed>, Error> {
    let (mut changed, mut digests) = (Vec::new(), Vec::new());
    for chunk in sql::chunks(organisations) {
        let mut values = vec![codebook.into()];
        values.extend(chunk.iter().map(|o| (*o).into()));
        let inside = format!("codebook = $1 AND organisation IN ({})", list(2, chunk.len()));
        let purge = format!("DELETE FROM tallies WHERE {inside} AND responses = 0");
        sql::execute(tx, &purge, values.clone()).await?;
        let rows = sql::query(tx, &format!("SELECT * FROM tallies WHERE {inside}"), values.clone()).await?;
        let mut signals = group(&rows)?;
        let told = format!(
            "SELECT organisation, sequence, digest FROM signals WHERE {inside} ORDER BY organisation"
        );
        for row in sql::query(tx, &told, values).await? {
            let organisation: String = column(&row, "organisation")?;
            let signal = signals.remove(&organisation).unwrap_or_else(|| Signal::new(0, 0, Vec::new()));
            let digest = signal.digest();
            if digest == column::<String>(&row, "digest")? {
                continue;
            }
            let sequence = column::<i64>(&row, "sequence")? + 1;
            changed.push(Changed { organisation, sequence, signal });
            digests.push(digest);
        }
    }
    let told: Vec<_> = changed.iter().zip(&digests).collect();
    for chunk in sql::chunks(&told) {
        let upsert = format!(
            "INSERT INTO signals (codebook, organisation, sequence, digest) VALUES {} \
             ON CONFLICT (codebook, organisation) DO UPDATE SET sequence = excluded.sequence, digest = excluded.digest",
            places(chunk.len(), 4)
        );
        let row = |(told, digest): &(&Changed, &String)| {
            let (organisation, digest) = (told.organisation.as_str(), digest.as_str());
            [codebook.into(), organisation.into(), told.sequence.into(), digest.into()]
        };
        sql::execute(tx, &upsert, chunk.iter().flat_map(row).collect()).await?;
    }
    Ok(changed)
}

fn group(rows: &[sea_orm::QueryResult]) -> Result<BTreeMap<String, Signal>, Error> {
    let mut parts: BTreeMap<String, (i64, i64, Vec<ThemeTally>)> = BTreeMap::new();
    for row in rows {
        let (respondents, responses) = (column(row, "respondents")?, column(row, "responses")?);
        let part = parts.entry(column(row, "organisation")?).or_default();
        let theme: String = column(row, "theme")?;
        if theme.is_empty() {
            (part.0, part.1) = (respondents, responses);
        } else {
            part.2.push(ThemeTally { theme, respondents, responses, against: column(row, "against")? });
        }
    }
    Ok(parts
        .into_iter()
        .map(|(organisation, (n, m, themes))| (organisation, Signal::new(n, m, themes)))
        .collect())
}

/// The current signal of every organisation that ever answered, in order of organisation.
pub async fn current<C: ConnectionTrait>(conn: &C, codebook: &str) -> Result<Vec<Changed>, Error> {
    let rows = sql::query(conn, "SELECT * FROM tallies WHERE codebook = $1", vec![codebook.into()]).await?;
    let mut signals = group(&rows)?;
    let told = "SELECT organisation, sequence FROM signals WHERE codebook = $1 AND sequence > 0 ORDER BY organisation";
    let rows = sql::query(conn, told, vec![codebook.into()]).await?;
    rows.iter()
        .map(|row| {
            let organisation: String = column(row, "organisation")?;
            let signal = signals.remove(&organisation).unwrap_or_else(|| Signal::new(0, 0, Vec::new()));
            Ok(Changed { organisation, sequence: column(row, "sequence")?, signal })
        })
        .collect()
}

/// Totals over all organisations, by theme; under the empty id, of all who answered.
pub async fn totals<C: ConnectionTrait>(conn: &C, codebook: &str) -> Result<HashMap<String, Totals>, Error> {
    let select = "SELECT theme, CAST(SUM(respondents) AS BIGINT) AS respondents, CAST(SUM(responses) AS BIGINT) AS \
                  responses, COUNT(*) AS organisations FROM tallies WHERE codebook = $1 AND responses > 0 GROUP BY theme";
    let rows = sql::query(conn, select, vec![codebook.into()]).await?;
    rows.iter()
        .map(|row| {
            let totals = Totals {
                respondents: column(row, "respondents")?,
                responses: column(row, "responses")?,
                organisations: column(row, "organisations")?,
            };
            Ok((column(row, "theme")?, totals))
        })
        .collect()
}
