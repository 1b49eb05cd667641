//! What people decide: on codebooks, on statements, and what others than respondents say of a theme.

use sea_orm::DbErr;
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

/// The tables of decisions.
pub(super) struct Decisions;

impl MigrationName for Decisions {
    fn name(&self) -> &str {
        "m20261125_000001_decisions"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Decisions {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::create(manager, TABLES).await
    }
}

/// Codebook events and statement decisions are only ever added to, but that a response which is withdrawn takes its
/// decisions with it. `body` is the event as JSON. A decision's `themes` are ids with spaces between; `drawn` says that
/// a review's statement was drawn at random. A draw's state is open, reviewed, skipped or lapsed.
const TABLES: &str = "
CREATE TABLE codebook_events (
    codebook TEXT NOT NULL,
    version BIGINT NOT NULL,
    action TEXT NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT NOT NULL,
    at BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (codebook, version)
) {clustered};

CREATE TABLE mention_decisions (
    position {key},
    codebook TEXT NOT NULL,
    response TEXT NOT NULL,
    question TEXT NOT NULL,
    digest TEXT NOT NULL,
    action TEXT NOT NULL,
    from_theme TEXT NOT NULL,
    themes TEXT NOT NULL,
    drawn BIGINT NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX mention_decisions_response ON mention_decisions (codebook, response, position);
CREATE INDEX mention_decisions_action ON mention_decisions (codebook, action, position);

CREATE TABLE audit_draws (
    codebook TEXT NOT NULL,
    draw BIGINT NOT NULL,
    response TEXT NOT NULL,
    question TEXT NOT NULL,
    digest TEXT NOT NULL,
    reviewer TEXT NOT NULL,
    seed BIGINT NOT NULL,
    candidates BIGINT NOT NULL,
    state TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (codebook, draw)
) {clustered};
CREATE INDEX audit_draws_response ON audit_draws (codebook, response);

CREATE TABLE theme_evidence (
    position {key},
    codebook TEXT NOT NULL,
    id TEXT NOT NULL,
    themes TEXT NOT NULL,
    source TEXT NOT NULL,
    citation TEXT NOT NULL,
    said_on TEXT NOT NULL,
    quote TEXT NOT NULL,
    strength BIGINT NOT NULL,
    actor TEXT NOT NULL,
    at BIGINT NOT NULL,
    removed_by TEXT NOT NULL,
    removed_at BIGINT NOT NULL,
    remove_reason TEXT NOT NULL,
    UNIQUE (codebook, id)
)
";
