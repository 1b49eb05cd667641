//! Evidence as messages.

use soundings_proto::themes::v1 as proto;
use soundings_themes_domain::evidence::Figure;

use super::quality_messages::small;
use super::{names, theme_messages};
use crate::store::evidence::KeptEvidence;

/// A piece of evidence.
#[must_use]
pub fn evidence(codebook: &str, kept: &KeptEvidence) -> proto::Evidence {
    let (removed_by, removed_at, remove_reason) = kept.removed.clone().unwrap_or_default();
    proto::Evidence {
        name: names::evidence(codebook, &kept.id),
        themes: kept.evidence.themes.iter().map(|theme| names::theme(codebook, theme)).collect(),
        source: kept.evidence.source.clone(),
        citation: kept.evidence.citation.clone(),
        date: kept.evidence.date.clone(),
        quote: kept.evidence.quote.clone(),
        strength: kept.evidence.strength.into(),
        actor: kept.actor.clone(),
        create_time: Some(theme_messages::timestamp(kept.time)),
        removed_by,
        remove_time: kept.removed.as_ref().map(|_| theme_messages::timestamp(removed_at)),
        remove_reason,
    }
}

/// A theme's figure.
#[must_use]
pub fn figure(codebook: &str, theme: &str, figure: Figure) -> proto::EvidenceFigure {
    proto::EvidenceFigure {
        theme: names::theme(codebook, theme),
        pieces: small(figure.pieces),
        sources: small(figure.sources),
        strongest: figure.strongest.into(),
        mean_strength: i32::try_from(figure.mean_strength).unwrap_or(i32::MAX),
    }
}
