//! What each organisation's answers to the bound questions of a survey add up to, moved in the transaction that writes
//! the responses: adding them up anew would read them all each time.
use std::collections::BTreeMap;

use sea_orm::ConnectionTrait;
use soundings_consultation_domain::support::Moves;
use soundings_mailbox::{
    Error,
    sql::{CHUNK, column, execute, places, query},
};

/// A survey's and an organisation's id.
pub type Pair = (String, String);

/// What an organisation's answers to a survey's bound questions add up to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tallies {
    /// Respondents who answered at least one.
    pub respondents: i64,
    /// In order of question id; those that somebody once answered.
    pub questions: Vec<Tally>,
}

/// What an organisation's answers to one question add up to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// The question's id.
    pub question: String,
    /// What it is bound to.
    pub target: String,
    /// Respondents who answered it.
    pub respondents: i64,
    /// Sum of their support in millionths.
    pub support_ppm: i64,
}

/// The row of a pair that counts respondents stands under no question.
const WHOLE: &str = "";

/// Moves tallies. Rows of one pair are moved by one transaction at a time: the caller holds the pair.
pub async fn add<C: ConnectionTrait>(tx: &C, moves: &BTreeMap<Pair, Moves>) -> Result<(), Error> {
    let mut rows = Vec::new();
    for ((survey, organisation), moves) in moves {
        rows.push((survey, organisation, WHOLE, "", moves.respondents, 0));
        rows.extend(moves.questions.iter().map(|(question, of)| {
            (survey, organisation, question.as_str(), of.target.as_str(), of.respondents, of.support_ppm)
        }));
    }
    for chunk in rows.chunks(CHUNK) {
        let sql = format!(
            "INSERT INTO support_tallies (survey, organisation, question, target, respondents, support_ppm) \
             VALUES {} ON CONFLICT (survey, organisation, question) DO UPDATE SET \
             respondents = support_tallies.respondents + excluded.respondents, \
             support_ppm = support_tallies.support_ppm + excluded.support_ppm",
            places(chunk.len(), 6)
        );
        let values = chunk.iter().flat_map(|(survey, organisation, question, target, n, support)| {
            let names = [survey.as_str(), organisation.as_str(), question, target].map(Into::into);
            names.into_iter().chain([(*n).into(), (*support).into()])
        });
        execute(tx, &sql, values.collect()).await?;
    }
    Ok(())
}

/// The tallies of pairs as they stand.
pub async fn of<C: ConnectionTrait>(conn: &C, pairs: &[&Pair]) -> Result<BTreeMap<Pair, Tallies>, Error> {
    let mut found: BTreeMap<Pair, Tallies> = BTreeMap::new();
    for chunk in pairs.chunks(CHUNK) {
        let sql = format!(
            "SELECT survey, organisation, question, target, respondents, support_ppm FROM support_tallies \
             WHERE (survey, organisation) IN (VALUES {}) ORDER BY survey, organisation, question",
            places(chunk.len(), 2)
        );
        let values = chunk
            .iter()
            .flat_map(|(survey, organisation)| [survey.as_str().into(), organisation.as_str().into()]);
        for row in query(conn, &sql, values.collect()).await? {
            let tallies = found.entry((column(&row, "survey")?, column(&row, "organisation")?)).or_default();
            let (question, respondents): (String, i64) =
                (column(&row, "question")?, column(&row, "respondents")?);
            if question == WHOLE {
                tallies.respondents = respondents;
                continue;
            }
            let (target, support_ppm) = (column(&row, "target")?, column(&row, "support_ppm")?);
            tallies.questions.push(Tally { question, target, respondents, support_ppm });
        }
    }
    Ok(found)
}
