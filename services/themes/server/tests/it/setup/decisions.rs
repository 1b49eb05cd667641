//! What people decide, as short calls.
#![expect(clippy::unwrap_used, reason = "tests")]

use soundings_proto::themes::v1 as proto;
use soundings_proto::themes::v1::codebook_service_server::CodebookService;
use soundings_proto::themes::v1::review_service_server::ReviewService;
use soundings_themes::store::{codebook_events, codebooks};
use soundings_themes_domain::Codebook;
use tonic::Status;

use super::Bench;

impl Bench {
    /// A theme's full name.
    pub fn theme_name(theme: &str) -> String {
        format!("codebooks/cb/themes/{theme}")
    }

    /// A theme as it is listed.
    pub async fn theme(&self, theme: &str) -> proto::Theme {
        let all = self.themes().await.themes;
        all.into_iter().find(|t| t.name == Self::theme_name(theme)).unwrap()
    }

    /// The first mention of a response.
    pub async fn mention_of(&self, response: &str) -> proto::Mention {
        let all = self.all_mentions().await;
        all.into_iter().find(|m| m.response.ends_with(&format!("/{response}"))).unwrap()
    }

    /// Every mention, those of no theme too.
    pub async fn all_mentions(&self) -> Vec<proto::Mention> {
        let mut all = Vec::new();
        for unassigned in [false, true] {
            let message = proto::ListMentionsRequest { unassigned, page_size: 200, ..Default::default() };
            all.extend(self.mentions(message).await.unwrap().mentions);
        }
        all
    }

    /// Merges themes.
    pub async fn merge(&self, themes: &[&str], into: &str) -> Result<proto::Theme, Status> {
        let message = proto::MergeThemesRequest {
            name: Self::theme_name(into),
            themes: themes.iter().map(|theme| Self::theme_name(theme)).collect(),
            reason: "the same".into(),
            ..Default::default()
        };
        let merged = self.codebooks.merge_themes(Self::by_analyst(message)).await?.into_inner();
        self.reassign().await;
        Ok(merged)
    }

    /// Gives a theme another title.
    pub async fn rename(&self, theme: &str, title: &str, etag: &str) -> Result<proto::Theme, Status> {
        let message = proto::RenameThemeRequest {
            name: Self::theme_name(theme),
            title: title.into(),
            etag: etag.into(),
            reason: "clearer".into(),
            ..Default::default()
        };
        let renamed = self.codebooks.rename_theme(Self::by_analyst(message)).await?.into_inner();
        self.reassign().await;
        Ok(renamed)
    }

    /// Replaces a theme's exemplars.
    pub async fn exemplars(&self, theme: &str, exemplars: &[&str]) -> Result<proto::Theme, Status> {
        let message = proto::SetThemeExemplarsRequest {
            name: Self::theme_name(theme),
            exemplars: exemplars.iter().map(|e| (*e).to_owned()).collect(),
            reason: "to the point".into(),
            ..Default::default()
        };
        let changed = self.codebooks.set_theme_exemplars(Self::by_analyst(message)).await?.into_inner();
        self.reassign().await;
        Ok(changed)
    }

    /// Undoes the last decisions.
    pub async fn undo(&self, count: i32) -> Result<proto::UndoDecisionsResponse, Status> {
        let message = proto::UndoDecisionsRequest {
            name: "codebooks/cb".into(),
            count,
            reason: "a mistake".into(),
            ..Default::default()
        };
        let undone = self.codebooks.undo_decisions(Self::by_analyst(message)).await?.into_inner();
        self.reassign().await;
        Ok(undone)
    }

    /// Takes changed words into assignment.
    pub async fn confirm(&self, etag: &str) -> Result<proto::Codebook, Status> {
        let message = proto::ConfirmReassignmentRequest {
            name: "codebooks/cb".into(),
            etag: etag.into(),
            reason: "as previewed".into(),
            ..Default::default()
        };
        let confirmed = self.codebooks.confirm_reassignment(Self::by_analyst(message)).await?.into_inner();
        self.reassign().await;
        Ok(confirmed)
    }

    /// Splits statements off a theme.
    pub async fn split(&self, from: &str, into: &str, statements: &[&str]) -> Result<proto::Theme, Status> {
        let message = proto::SplitThemeRequest {
            name: Self::theme_name(from),
            theme_id: into.into(),
            title: format!("Theme {into}"),
            statements: statements.iter().map(|s| (*s).to_owned()).collect(),
            reason: "a matter of its own".into(),
            ..Default::default()
        };
        let split = self.codebooks.split_theme(Self::by_analyst(message)).await?.into_inner();
        self.reassign().await;
        Ok(split)
    }

    /// Moves a statement from one theme to another.
    pub async fn move_mention(
        &self,
        statement: &str,
        from: &str,
        to: &str,
        etag: &str,
    ) -> Result<proto::StatementThemes, Status> {
        let message = proto::MoveMentionRequest {
            name: statement.into(),
            from_theme: Self::theme_name(from),
            to_theme: Self::theme_name(to),
            etag: etag.into(),
            reason: "it belongs there".into(),
            ..Default::default()
        };
        Ok(self.reviews.move_mention(Self::by_analyst(message)).await?.into_inner())
    }

    /// Gives a statement a further theme.
    pub async fn add_mention(&self, message: proto::AddMentionRequest) -> proto::StatementThemes {
        self.reviews.add_mention(Self::by_analyst(message)).await.unwrap().into_inner()
    }

    /// Takes the last decision on a statement back.
    pub async fn undo_mention(&self, statement: &str, etag: &str) -> Result<proto::StatementThemes, Status> {
        let message = proto::UndoMentionDecisionRequest {
            name: statement.into(),
            etag: etag.into(),
            reason: "a slip".into(),
            ..Default::default()
        };
        Ok(self.reviews.undo_mention_decision(Self::by_analyst(message)).await?.into_inner())
    }

    /// The decisions on the codebook, newest first.
    pub async fn events(&self) -> Vec<proto::CodebookEvent> {
        let message = proto::ListCodebookEventsRequest {
            parent: "codebooks/cb".into(),
            page_size: 2,
            ..Default::default()
        };
        let (mut all, mut message) = (Vec::new(), message);
        loop {
            let page = self.codebooks.list_codebook_events(Self::by_analyst(message.clone())).await;
            let page = page.unwrap().into_inner();
            all.extend(page.events);
            if page.next_page_token.is_empty() {
                return all;
            }
            message.page_token = page.next_page_token;
        }
    }

    /// Checks that the codebook as it is stored is what its events make.
    pub async fn check_replay(&self) {
        let conn = self.runtime.db.read();
        let mut events = codebook_events::before(conn, "cb", i64::MAX, 100_000).await.unwrap();
        events.reverse();
        let replayed = Codebook::replay(events.iter().map(|kept| &kept.event)).unwrap();
        assert_eq!(codebooks::find(conn, "cb", false).await.unwrap(), replayed);
    }
}
