//! Themes with their counts and how far those can be trusted, as they are shown everywhere.

use std::collections::{BTreeSet, HashMap};

use sea_orm::ConnectionTrait;
use soundings_mailbox::Error;
use soundings_proto::themes::v1 as proto;
use soundings_themes_domain::mention_decision::place;
use soundings_themes_domain::quality::{Quality, Reviewed, quality};
use soundings_themes_domain::{Codebook, MentionAct, Place, Theme};

use crate::rpc::{quality_messages, theme_messages};
use crate::store::assignments::model_from_words;
use crate::store::signals::{self, Totals};
use crate::store::{mention_decisions, mentions};

/// What a codebook's reviews tell.
#[derive(Debug, Default)]
pub struct Reviews {
    /// Statements that were drawn and reviewed.
    pub drawn: Vec<Reviewed>,
    /// Reviews of statements that somebody chose.
    pub chosen: usize,
}

impl Reviews {
    /// Reads them: what the model gives each reviewed statement now beside what the person gave it, both taken to where
    /// their themes stand.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn read<C: ConnectionTrait>(conn: &C, codebook: &Codebook) -> Result<Self, Error> {
        let mut reviews = Self::default();
        for (kept, model) in mention_decisions::reviews(conn, codebook).await? {
            let MentionAct::Review { themes } = &kept.decision.act else { continue };
            if !kept.drawn {
                reviews.chosen += 1;
                continue;
            }
            let model = place(&model_from_words(&model), &[], codebook);
            let stands = |theme: &String| match codebook.place(theme) {
                Place::Stands(id) => Some(id.to_owned()),
                Place::Retired | Place::Gone => None,
            };
            reviews.drawn.push(Reviewed {
                model: model.themes.into_iter().map(|(theme, _, _)| theme).collect(),
                person: themes.iter().filter_map(stands).collect(),
            });
        }
        Ok(reviews)
    }

    /// The reviews with "other" and "no reason given" taken out on either side.
    #[must_use]
    pub fn without_generic(&self, codebook: &Codebook) -> Vec<Reviewed> {
        let subject = |theme: &&String| codebook.theme(theme).is_none_or(|theme| !theme.kind.is_generic());
        let kept = |themes: &BTreeSet<String>| themes.iter().filter(subject).cloned().collect();
        let without =
            |review: &Reviewed| Reviewed { model: kept(&review.model), person: kept(&review.person) };
        self.drawn.iter().map(without).collect()
    }
}

/// The counts of a codebook's themes.
pub struct ThemeFigures<'a> {
    codebook: &'a Codebook,
    totals: HashMap<String, Totals>,
    mentions: HashMap<String, i64>,
    quality: Quality,
    languages: Vec<(String, i64)>,
}

impl<'a> ThemeFigures<'a> {
    /// Reads them. For figures that belong together, give a snapshot.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn read<C: ConnectionTrait>(conn: &C, codebook: &'a Codebook) -> Result<Self, Error> {
        Ok(Self {
            codebook,
            totals: signals::totals(conn, &codebook.id).await?,
            mentions: mentions::counts(conn, &codebook.id).await?,
            quality: quality(&Reviews::read(conn, codebook).await?.drawn),
            languages: mentions::languages(conn, &codebook.id).await?,
        })
    }

    /// A theme with its counts.
    #[must_use]
    pub fn theme(&self, theme: &Theme) -> proto::Theme {
        let totals = self.totals.get(&theme.id).copied().unwrap_or_default();
        let quality = self.quality.themes.get(&theme.id).copied().unwrap_or_default();
        proto::Theme {
            respondents: totals.respondents,
            responses: totals.responses,
            mentions: self.mentions.get(&theme.id).copied().unwrap_or_default(),
            organisations: totals.organisations,
            quality: Some(quality_messages::theme_quality(&quality)),
            ..theme_messages::theme(self.codebook, theme)
        }
    }

    /// The themes with their counts: most respondents first, then by name; generic ones last.
    #[must_use]
    pub fn list(&self, show_retired: bool) -> proto::ListThemesResponse {
        let shown = self.codebook.themes.iter().filter(|theme| show_retired || theme.stands());
        let mut themes: Vec<(bool, proto::Theme)> =
            shown.map(|theme| (theme.kind.is_generic(), self.theme(theme))).collect();
        themes.sort_by(|(a_last, a), (b_last, b)| {
            a_last.cmp(b_last).then(b.respondents.cmp(&a.respondents)).then_with(|| a.name.cmp(&b.name))
        });
        let answered = self.totals.get("").copied().unwrap_or_default();
        proto::ListThemesResponse {
            themes: themes.into_iter().map(|(_, theme)| theme).collect(),
            respondents: answered.respondents,
            responses: answered.responses,
            unassigned_statements: self.mentions.get("").copied().unwrap_or_default(),
            organisations: answered.organisations,
            quality: Some(quality_messages::quality(&self.quality)),
            other_languages: self
                .languages
                .iter()
                .map(|(language, statements)| proto::LanguageCount {
                    language: language.clone(),
                    statements: *statements,
                })
                .collect(),
        }
    }
}
