//! What people decided on statements, by response, in the order they decided.

use std::collections::{BTreeMap, HashMap};

use sea_orm::{ConnectionTrait, QueryResult};
use soundings_mailbox::Error;
use soundings_themes_domain::mention_decision::standing;
use soundings_themes_domain::{Codebook, MentionAct, MentionDecision, StatementKey};

use super::sql::{self, column, list, places};

/// A decision with its statement and its reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptDecision {
    /// The statement.
    pub statement: StatementKey,
    /// What was decided, by whom and when.
    pub decision: MentionDecision,
    /// Why.
    pub reason: String,
    /// Whether the statement was drawn at random for a review.
    pub drawn: bool,
}

/// What a decision is called in the table and outside.
#[must_use]
pub fn action(act: &MentionAct) -> &'static str {
    match act {
        MentionAct::Move { .. } => "move",
        MentionAct::Reject { .. } => "reject",
        MentionAct::RejectAll => "reject_all",
        MentionAct::Accept { .. } => "accept",
        MentionAct::Add { .. } => "add",
        MentionAct::Review { .. } => "review",
        MentionAct::Undo => "undo",
    }
}

/// The theme that the statement leaves, and those that it is given.
#[must_use]
pub fn themes(act: &MentionAct) -> (&str, Vec<&str>) {
    match act {
        MentionAct::Move { from, to } => (from, vec![to]),
        MentionAct::Reject { theme } => (theme, vec![]),
        MentionAct::RejectAll | MentionAct::Undo => ("", vec![]),
        MentionAct::Accept { theme } | MentionAct::Add { theme } => ("", vec![theme]),
        MentionAct::Review { themes } => ("", themes.iter().map(String::as_str).collect()),
    }
}

/// Adds decisions.
pub async fn append<C: ConnectionTrait>(
    tx: &C,
    codebook: &str,
    decisions: &[KeptDecision],
) -> Result<(), Error> {
    for chunk in sql::chunks(decisions) {
        let insert = format!(
            "INSERT INTO mention_decisions (codebook, response, question, digest, action, from_theme, themes, drawn, \
             actor, reason, at) VALUES {}",
            places(chunk.len(), 11)
        );
        let mut values = Vec::with_capacity(chunk.len() * 11);
        for KeptDecision { statement, decision, reason, drawn } in chunk {
            let (from, to) = themes(&decision.act);
            values.extend([
                codebook.into(),
                statement.response.as_str().into(),
                statement.question.as_str().into(),
                statement.digest.as_str().into(),
                action(&decision.act).into(),
                from.into(),
                to.join(" ").into(),
                i64::from(*drawn).into(),
                decision.actor.as_str().into(),
                reason.as_str().into(),
                decision.time.into(),
            ]);
        }
        sql::execute(tx, &insert, values).await?;
    }
    Ok(())
}

/// The decisions on the statements of these responses, in order.
pub async fn of_responses<C: ConnectionTrait>(
    conn: &C,
    codebook: &str,
    responses: &[&str],
) -> Result<HashMap<StatementKey, Vec<MentionDecision>>, Error> {
    let mut found: HashMap<StatementKey, Vec<MentionDecision>> = HashMap::new();
    for chunk in sql::chunks(responses) {
        let select = format!(
            "SELECT * FROM mention_decisions WHERE codebook = $1 AND response IN ({}) ORDER BY position",
            list(2, chunk.len())
        );
        let mut values = vec![codebook.into()];
        values.extend(chunk.iter().map(|response| (*response).into()));
        for row in sql::query(conn, &select, values).await? {
            let kept = from_row(&row)?;
            found.entry(kept.statement).or_default().push(kept.decision);
        }
    }
    Ok(found)
}

/// The decisions on one statement, oldest first.
pub async fn of_statement<C: ConnectionTrait>(
    conn: &C,
    codebook: &str,
    statement: &StatementKey,
) -> Result<Vec<KeptDecision>, Error> {
    let select = "SELECT * FROM mention_decisions WHERE codebook = $1 AND response = $2 AND question = $3 AND \
                  digest = $4 ORDER BY position";
    let values = vec![
        codebook.into(),
        statement.response.as_str().into(),
        statement.question.as_str().into(),
        statement.digest.as_str().into(),
    ];
    sql::query(conn, select, values).await?.iter().map(from_row).collect()
}

/// The last of a statement's decisions that stands; none: the model alone placed it.
#[must_use]
pub fn last_standing<'a>(decisions: &'a [KeptDecision], codebook: &Codebook) -> Option<&'a KeptDecision> {
    let all: Vec<MentionDecision> = decisions.iter().map(|kept| kept.decision.clone()).collect();
    standing(&all, codebook).last().and_then(|at| decisions.get(*at))
}

/// The last review that stands of each statement that stands in a response, with what the model gives it now
/// (`theme:score` words).
pub async fn reviews<C: ConnectionTrait>(
    conn: &C,
    codebook: &Codebook,
) -> Result<Vec<(KeptDecision, String)>, Error> {
    let select =
        "SELECT * FROM mention_decisions WHERE codebook = $1 AND action = 'review' ORDER BY position";
    let mut last: BTreeMap<StatementKey, KeptDecision> = BTreeMap::new();
    for row in sql::query(conn, select, vec![codebook.id.as_str().into()]).await? {
        let mut kept = from_row(&row)?;
        // A statement that was drawn once stays a drawn one, also where it is reviewed again.
        kept.drawn |= last.get(&kept.statement).is_some_and(|before| before.drawn);
        last.insert(kept.statement.clone(), kept);
    }
    for statement in undone(conn, &codebook.id).await? {
        let Some(review) = last.remove(&statement) else { continue };
        let all = of_statement(conn, &codebook.id, &statement).await?;
        let decisions: Vec<MentionDecision> = all.iter().map(|kept| kept.decision.clone()).collect();
        let is_review = |at: &usize| matches!(decisions[*at].act, MentionAct::Review { .. });
        if let Some(at) = standing(&decisions, codebook).into_iter().rev().find(is_review) {
            last.insert(statement, KeptDecision { drawn: review.drawn, ..all[at].clone() });
        }
    }
    let mut responses: Vec<&str> = last.keys().map(|key| key.response.as_str()).collect();
    responses.dedup();
    let mut models: HashMap<StatementKey, String> = HashMap::new();
    for chunk in sql::chunks(&responses) {
        // A join would have to be planned without statistics of tables that have just been filled.
        let select = format!(
            "SELECT response, question, digest, model FROM mentions WHERE codebook = $1 AND response IN ({})",
            list(2, chunk.len())
        );
        let mut values = vec![codebook.id.as_str().into()];
        values.extend(chunk.iter().map(|response| (*response).into()));
        for row in sql::query(conn, &select, values).await? {
            models.insert(key(&row)?, column(&row, "model")?);
        }
    }
    Ok(last
        .into_values()
        .filter_map(|kept| models.remove(&kept.statement).map(|model| (kept, model)))
        .collect())
}

/// The statements of which a decision was taken back.
async fn undone<C: ConnectionTrait>(conn: &C, codebook: &str) -> Result<Vec<StatementKey>, Error> {
    let select = "SELECT DISTINCT response, question, digest FROM mention_decisions WHERE codebook = $1 AND \
                  action = 'undo'";
    sql::query(conn, select, vec![codebook.into()]).await?.iter().map(key).collect()
}

/// Removes whatever was decided on or drawn from these responses.
pub async fn forget<C: ConnectionTrait>(tx: &C, codebook: &str, responses: &[&str]) -> Result<(), Error> {
    for chunk in sql::chunks(responses) {
        let mut values = vec![codebook.into()];
        values.extend(chunk.iter().map(|response| (*response).into()));
        for table in ["mention_decisions", "audit_draws"] {
            let delete =
                format!("DELETE FROM {table} WHERE codebook = $1 AND response IN ({})", list(2, chunk.len()));
            sql::execute(tx, &delete, values.clone()).await?;
        }
    }
    Ok(())
}

fn from_row(row: &QueryResult) -> Result<KeptDecision, Error> {
    let action: String = column(row, "action")?;
    let from: String = column(row, "from_theme")?;
    let themes: String = column(row, "themes")?;
    let act = match action.as_str() {
        "move" => MentionAct::Move { from, to: themes },
        "reject" => MentionAct::Reject { theme: from },
        "reject_all" => MentionAct::RejectAll,
        "accept" => MentionAct::Accept { theme: themes },
        "add" => MentionAct::Add { theme: themes },
        "undo" => MentionAct::Undo,
        "review" => MentionAct::Review { themes: themes.split_whitespace().map(str::to_owned).collect() },
        other => return Err(Error::Corrupt(format!("a decision is called {other}"))),
    };
    Ok(KeptDecision {
        statement: key(row)?,
        decision: MentionDecision { act, actor: column(row, "actor")?, time: column(row, "at")? },
        reason: column(row, "reason")?,
        drawn: column::<i64>(row, "drawn")? != 0,
    })
}

fn key(row: &QueryResult) -> Result<StatementKey, Error> {
    Ok(StatementKey {
        response: column(row, "response")?,
        question: column(row, "question")?,
        digest: column(row, "digest")?,
    })
}
