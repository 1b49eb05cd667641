//! Explains what moved a work item between two revisions, in parts that add up and in words.
use soundings_chassis::Problem;
use soundings_mailbox::Error;
use soundings_portfolio_domain::{
    Inputs, Kind, Ranking,
    demand::Tally,
    explain::{Cause, OrganisationPart, Side, ThemePart, Through, explain},
    rank,
};
use soundings_proto::portfolio::v1 as proto;

mod in_words;

use super::Runtime;
use crate::{
    rpc::{
        messages,
        quotes::{Asking, Quotes},
    },
    store::{
        input_log,
        revisions::{self, Revision},
    },
};

/// Which move to explain.
pub struct Question {
    /// The work item's id.
    pub item: String,
    /// Which ranking.
    pub kind: Kind,
    /// The earlier revision; 0: the one before the later.
    pub from: i64,
    /// The later revision; 0: the newest.
    pub to: i64,
    /// Whether the asker may see organisations and quotes.
    pub organisations: bool,
}

/// A revision, computed again from what it counted.
pub struct Computed {
    /// Its number.
    pub revision: i64,
    /// What was ranked.
    pub inputs: Inputs,
    /// The ordering.
    pub ranking: Ranking,
}

impl Computed {
    fn side(&self) -> Side<'_> {
        Side { inputs: &self.inputs, ranking: &self.ranking }
    }

    /// Before anybody answers, a theme is worth the same whether it was heard of or not. So that the moment at which word of
    /// it came is told as no cause of a move, one that came later is taken to have been there.
    fn hear_of_themes(&mut self, later: &Computed) {
        if self.ranking.answered > 0 {
            return;
        }
        let mut inputs = self.inputs.clone();
        for (name, theme) in &later.inputs.themes {
            inputs.themes.entry(name.clone()).or_insert_with(|| theme.clone());
        }
        let ranking = rank(&inputs, self.ranking.kind);
        if ranking.digest() == self.ranking.digest() {
            (self.inputs, self.ranking) = (inputs, ranking);
        }
    }
}

/// Computes a revision again; refuses when what comes out is not what was published.
pub async fn compute_again(runtime: &Runtime, kind: Kind, revision: &Revision) -> Result<Computed, Problem> {
    let (inputs, ..) = input_log::inputs_at(runtime.db.read(), revision.position).await?;
    let ranking = rank(&inputs, kind);
    if ranking.digest() != revision.digest {
        let name = messages::revision_name(kind, revision.revision);
        return Err(Problem::from(Error::Corrupt(format!(
            "{name} cannot be computed again from the log of inputs"
        ))));
    }
    Ok(Computed { revision: revision.revision, inputs, ranking })
}

/// A revision (0: the newest), computed again.
pub async fn at(runtime: &Runtime, kind: Kind, revision: i64) -> Result<Computed, Problem> {
    let conn = runtime.db.read();
    let found = match revision {
        0 => revisions::newest(conn, kind).await,
        number => revisions::find(conn, kind, number).await,
    };
    let name = messages::revision_name(kind, revision);
    let found = found?.ok_or_else(|| Problem::not_found("revision", &name))?;
    compute_again(runtime, kind, &found).await
}

/// The explanation, with quotes fetched live.
pub async fn explain_move(
    runtime: &Runtime,
    quotes: &Quotes,
    question: Question,
) -> Result<proto::MoveExplanation, Problem> {
    let after = at(runtime, question.kind, question.to).await?;
    let from = if question.from == 0 { after.revision - 1 } else { question.from };
    if from >= after.revision {
        let text = format!("is {from}; give a revision before {}", after.revision);
        return Err(Problem::invalid_field("from_revision", text));
    }
    let mut before = if from == 0 {
        let ranking = rank(&Inputs::default(), question.kind);
        Computed { revision: 0, inputs: Inputs::default(), ranking }
    } else {
        at(runtime, question.kind, from).await?
    };
    before.hear_of_themes(&after);
    let id = &question.item;
    let name = format!("workItems/{id}");
    let parts =
        explain(id, before.side(), after.side()).ok_or_else(|| Problem::not_found("work item", &name))?;
    let (was, is) = (before.ranking.item(id), after.ranking.item(id));
    let place = |at: &Computed, id: &str| at.ranking.item(id).map(|item| item.rank);
    let (mut overtook, mut overtaken_by) = (Vec::new(), Vec::new());
    if let (Some(was), Some(is)) = (was, is) {
        for other in after.ranking.items.iter().filter(|other| *other.id != **id) {
            let other_name = format!("workItems/{}", other.id);
            match place(&before, &other.id).map(|rank| rank < was.rank) {
                Some(true) if other.rank > is.rank => overtook.push(other_name),
                Some(false) if other.rank < is.rank => overtaken_by.push(other_name),
                _ => {}
            }
        }
    }
    let item = after.inputs.items.get(id).or_else(|| before.inputs.items.get(id));
    let mut explanation = proto::MoveExplanation {
        work_item: name,
        title: item.map(|item| item.title.clone()).unwrap_or_default(),
        from_revision: before.revision,
        to_revision: after.revision,
        rank_before: was.map_or(0, |item| item.rank),
        rank_after: is.map_or(0, |item| item.rank),
        value_before: was.map_or(0, |item| item.value),
        value_after: is.map_or(0, |item| item.value),
        parts: Vec::new(),
        overtook,
        overtaken_by,
        summary: String::new(),
    };
    explanation.summary = in_words::summary(&explanation, &parts, (&before, &after));
    let quotes = quotes.ask();
    let mut ordered = parts;
    ordered.sort_by_key(|part| std::cmp::Reverse(part.delta.unsigned_abs()));
    for part in ordered.into_iter().filter(|part| part.delta != 0 || !part.themes.is_empty()) {
        let mut themes = Vec::with_capacity(part.themes.len());
        for theme in part.themes {
            let link = in_words::link(id, &theme.through, (&before, &after));
            let item = (id.as_str(), link.as_str());
            themes.push(theme_part(theme, item, &after.inputs, &quotes, question.organisations).await);
        }
        let title = messages::criterion_title(&after.inputs, &part.criterion);
        let criterion = format!("criteria/{}", part.criterion);
        explanation.parts.push(proto::CriterionPart { criterion, title, delta: part.delta, themes });
    }
    Ok(explanation)
}

async fn theme_part(
    part: ThemePart,
    (item, link): (&str, &str),
    inputs: &Inputs,
    quotes: &Asking,
    organisations: bool,
) -> proto::ThemePart {
    let changed = part.organisations.iter().filter(|o| o.before != o.after).count();
    let (said, goes_to) = messages::through(&part.through);
    let rated = |tally: &Tally| tally.rated.answers > 0;
    let is_rated = part.organisations.iter().any(|one| rated(&one.before) || rated(&one.after));
    let (work_item, surveys) = messages::closed(inputs, &part.through, item, is_rated);
    let title = messages::through_title(inputs, &part.through, "what no linked theme accounts for");
    let mut shown = part.organisations;
    shown.sort_by_key(|o| std::cmp::Reverse(o.delta.unsigned_abs()));
    let mut quoted = Vec::new();
    if let Through::Theme { goes_to, .. } = &part.through
        && organisations
    {
        let raised = shown.iter().filter(|o| o.after.raised > o.before.raised);
        let ids = raised.filter_map(|o| match &o.cause {
            Cause::Organisation(id) => Some(id.as_str()),
            Cause::Answered | Cause::Link => None,
        });
        let ids: Vec<&str> = ids.collect();
        quoted = quotes.fetch(goes_to, &ids).await;
    }
    proto::ThemePart {
        theme: said,
        goes_to,
        work_item,
        surveys,
        title,
        delta: part.delta,
        evidence: part.evidence,
        organisation_count: i32::try_from(changed).unwrap_or(i32::MAX),
        organisations: if organisations {
            shown.into_iter().map(|o| organisation_part(o, link, inputs)).collect()
        } else {
            Vec::new()
        },
        quotes: quoted,
    }
}

fn organisation_part(part: OrganisationPart, link: &str, inputs: &Inputs) -> proto::OrganisationPart {
    let (organisation, display_name) = match &part.cause {
        Cause::Organisation(id) => {
            let known = inputs.organisations.get(id);
            (format!("organisations/{id}"), known.map_or_else(|| id.clone(), |o| o.display_name.clone()))
        }
        Cause::Answered => (String::new(), "the number of organisations that answered".to_owned()),
        Cause::Link => (String::new(), link.to_owned()),
    };
    proto::OrganisationPart {
        organisation,
        display_name,
        delta: part.delta,
        raised_before: part.before.raised,
        answered_before: part.before.answered,
        raised_after: part.after.raised,
        answered_after: part.after.answered,
        against_before: part.before.against,
        against_after: part.after.against,
        rated_before: part.before.rated.answers,
        support_before_ppm: part.before.rated.support_ppm,
        rated_after: part.after.rated.answers,
        support_after_ppm: part.after.rated.support_ppm,
    }
}
