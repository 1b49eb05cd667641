//! What discovery remembers from run to run.

use sea_orm::DbErr;
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

/// The tables of discovery.
pub(super) struct Emerging;

impl MigrationName for Emerging {
    fn name(&self) -> &str {
        "m20261125_000003_emerging"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Emerging {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::create(manager, TABLES).await
    }
}

/// One row of `discoveries` for each codebook; a run is under way while `lease_until` lies ahead. `runs` to `centre` are
/// of the last completed run: `pool` is how many statements there were, `newest` when the newest of their responses was
/// accepted. A candidate's members are digests of statements with spaces between, its standing forming, proposed or
/// dismissed, its count the runs that found it sound (forming) or missed it (proposed).
const TABLES: &str = "
CREATE TABLE discoveries (
    codebook TEXT NOT NULL PRIMARY KEY,
    holder TEXT NOT NULL,
    lease_until BIGINT NOT NULL,
    cancelled BIGINT NOT NULL,
    step TEXT NOT NULL,
    progress BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    ended_at BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    runs BIGINT NOT NULL,
    statements BIGINT NOT NULL,
    found BIGINT NOT NULL,
    pool BIGINT NOT NULL,
    newest BIGINT NOT NULL,
    forming BIGINT NOT NULL,
    centre TEXT NOT NULL
) {clustered};

CREATE TABLE emerging_candidates (
    codebook TEXT NOT NULL,
    ordinal BIGINT NOT NULL,
    standing TEXT NOT NULL,
    theme TEXT NOT NULL,
    count BIGINT NOT NULL,
    members TEXT NOT NULL,
    PRIMARY KEY (codebook, ordinal)
) {clustered}
";
