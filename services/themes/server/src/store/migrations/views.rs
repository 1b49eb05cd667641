//! What views of themes over time are read by.

use sea_orm::DbErr;
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

/// The index of mentions by time.
pub(super) struct Views;

impl MigrationName for Views {
    fn name(&self) -> &str {
        "m20261125_000002_views"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Views {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::create(manager, INDEX).await
    }
}

/// The newest responses are read from its end, a period of a trend from its middle.
const INDEX: &str = "CREATE INDEX mentions_time ON mentions (codebook, response_time, response)";
