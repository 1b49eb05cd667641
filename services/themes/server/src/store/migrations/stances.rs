//! What the same people chose in answer to closed questions.

use sea_orm::DbErr;
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

/// The table of closed answers.
pub(super) struct Stances;

impl MigrationName for Stances {
    fn name(&self) -> &str {
        "m20261125_000003_stances"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Stances {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::create(manager, TABLE).await
    }
}

/// `value` is a choice's id or a rating; a question of several choices has a row for each.
const TABLE: &str = "
CREATE TABLE closed_answers (
    codebook TEXT NOT NULL,
    response TEXT NOT NULL,
    survey TEXT NOT NULL,
    organisation TEXT NOT NULL,
    question TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (codebook, response, question, value)
) {clustered};
CREATE INDEX closed_answers_question ON closed_answers (codebook, survey, question, value)
";
