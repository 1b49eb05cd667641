//! Statements and people's decisions on them as messages.

use soundings_proto::themes::v1 as proto;
use soundings_themes_domain::{Codebook, StatementKey};

use super::{names, theme_messages};
use crate::store::mention_decisions::{self, KeptDecision};
use crate::store::mentions::StoredMention;

/// Where a statement belongs, from its mentions and the last decision on it.
#[must_use]
pub fn statement(
    codebook: &Codebook,
    key: &StatementKey,
    mentions: &[StoredMention],
    last: Option<&KeptDecision>,
) -> proto::StatementThemes {
    let themes = mentions.iter().filter(|mention| !mention.theme.is_empty());
    let model = mentions.first().map(|mention| mention.model.as_slice()).unwrap_or_default();
    proto::StatementThemes {
        name: names::statement(&codebook.id, key),
        themes: themes.map(|mention| names::theme(&codebook.id, &mention.theme)).collect(),
        model_themes: theme_messages::model_themes(codebook, model),
        decided_by: last.map(|kept| kept.decision.actor.clone()).unwrap_or_default(),
        decide_time: last.map(|kept| theme_messages::timestamp(kept.decision.time)),
        etag: mentions.first().map(theme_messages::decisions_etag).unwrap_or_default(),
        decided: 0,
    }
}

/// A decision.
#[must_use]
pub fn decision(codebook: &str, kept: &KeptDecision) -> proto::StatementDecision {
    let (from, to) = mention_decisions::themes(&kept.decision.act);
    let named = |id: &str| if id.is_empty() { String::new() } else { names::theme(codebook, id) };
    proto::StatementDecision {
        action: mention_decisions::action(&kept.decision.act).to_owned(),
        from_theme: named(from),
        themes: to.into_iter().map(named).collect(),
        actor: kept.decision.actor.clone(),
        reason: kept.reason.clone(),
        create_time: Some(theme_messages::timestamp(kept.decision.time)),
    }
}
