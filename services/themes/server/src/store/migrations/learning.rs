//! What was learned from people's labels.

use sea_orm::DbErr;
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

/// The table of learned assigners.
pub(super) struct Learning;

impl MigrationName for Learning {
    fn name(&self) -> &str {
        "m20261125_000004_learning"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Learning {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::create(manager, TABLES).await
    }
}

/// A learned assigner is never changed: statements name the one that assigned them. `artefact` is JSON without words,
/// `record` how each theme fared. `training` tells up to which decision people's labels have been looked at.
const TABLES: &str = "
CREATE TABLE learned_assigners (
    codebook TEXT NOT NULL,
    number BIGINT NOT NULL,
    version TEXT NOT NULL,
    encoder TEXT NOT NULL,
    artefact TEXT NOT NULL,
    record TEXT NOT NULL,
    labels BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (codebook, number)
);

CREATE TABLE training (
    codebook TEXT NOT NULL PRIMARY KEY,
    decision BIGINT NOT NULL,
    number BIGINT NOT NULL
) {clustered}
";
