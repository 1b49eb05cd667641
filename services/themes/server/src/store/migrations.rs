//! The tables of this service, after those of the mailbox.

use sea_orm::{ConnectionTrait, DbBackend, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, MigratorTrait, SchemaManager, async_trait};

mod decisions;
mod emerging;
mod learning;
mod stances;
mod views;

/// Brings a database up to this release.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let mut all = soundings_mailbox::migrations::all();
        all.push(Box::new(Themes));
        all.push(Box::new(decisions::Decisions));
        all.push(Box::new(views::Views));
        all.push(Box::new(emerging::Emerging));
        all.push(Box::new(stances::Stances));
        all.push(Box::new(learning::Learning));
        all
    }
}

struct Themes;

impl MigrationName for Themes {
    fn name(&self) -> &str {
        "m20261124_000001_themes"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Themes {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create(manager, TABLES).await
    }
}

/// Runs the statements of a script in each engine's dialect.
async fn create(manager: &SchemaManager<'_>, script: &str) -> Result<(), DbErr> {
    let conn = manager.get_connection();
    let (key, clustered) = match conn.get_database_backend() {
        DbBackend::Postgres => ("BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY", ""),
        _ => ("INTEGER PRIMARY KEY AUTOINCREMENT", "WITHOUT ROWID"),
    };
    for statement in script.split(';').map(str::trim).filter(|statement| !statement.is_empty()) {
        let statement = statement.replace("{key}", key).replace("{clustered}", clustered);
        conn.execute_unprepared(&statement).await?;
    }
    Ok(())
}

/// Times are microseconds since 1970, UTC; the theme '' means "answered at all" in counts, "none" in mentions.
/// `codebooks.assigned` is the version under which every response was last assigned, `assigned_by` the model's. Of a
/// theme, kind, scope, need and the words it is assigned by are JSON; the state `removed` keeps the number of one whose
/// making was undone. The rows of a statement have ordinals from 0; each holds what the model gave it, before any merge
/// (`theme:score` words), how many decisions count, and who put it under this theme ('': the model); `language` names another one
/// than English, `note` is one_word or nothing, `stance` the position towards any theme and `theme:position` words where
/// it differs, `towards` that towards this theme. `voices` counts under `-theme` who speaks against a theme.
const TABLES: &str = "
CREATE TABLE codebooks (
    id TEXT NOT NULL PRIMARY KEY,
    title TEXT NOT NULL,
    surveys TEXT NOT NULL,
    questions TEXT NOT NULL,
    version BIGINT NOT NULL,
    learned BIGINT NOT NULL,
    assigned BIGINT NOT NULL,
    assigned_by TEXT NOT NULL
) {clustered};

CREATE TABLE themes (
    codebook TEXT NOT NULL,
    id TEXT NOT NULL,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    exemplars TEXT NOT NULL,
    state TEXT NOT NULL,
    revision BIGINT NOT NULL,
    kind TEXT NOT NULL,
    parent TEXT NOT NULL,
    merged_into TEXT NOT NULL,
    scope TEXT NOT NULL,
    need TEXT NOT NULL,
    assigned TEXT NOT NULL,
    PRIMARY KEY (codebook, id)
) {clustered};

CREATE TABLE responses (
    codebook TEXT NOT NULL,
    response TEXT NOT NULL,
    survey TEXT NOT NULL,
    organisation TEXT NOT NULL,
    revision BIGINT NOT NULL,
    voice TEXT,
    themes TEXT NOT NULL,
    against TEXT NOT NULL,
    codebook_version BIGINT NOT NULL,
    model_version TEXT NOT NULL,
    learned BIGINT NOT NULL,
    PRIMARY KEY (codebook, response)
) {clustered};
CREATE INDEX responses_survey ON responses (codebook, survey);

CREATE TABLE mentions (
    position {key},
    codebook TEXT NOT NULL,
    response TEXT NOT NULL,
    survey TEXT NOT NULL,
    organisation TEXT NOT NULL,
    question TEXT NOT NULL,
    revision BIGINT NOT NULL,
    start_at BIGINT NOT NULL,
    end_at BIGINT NOT NULL,
    theme TEXT NOT NULL,
    score BIGINT NOT NULL,
    runner_up TEXT NOT NULL,
    runner_up_score BIGINT NOT NULL,
    response_time BIGINT NOT NULL,
    model_version TEXT NOT NULL,
    codebook_version BIGINT NOT NULL,
    ordinal BIGINT NOT NULL,
    digest TEXT NOT NULL,
    model TEXT NOT NULL,
    nearest BIGINT NOT NULL,
    decisions BIGINT NOT NULL,
    decided_by TEXT NOT NULL,
    decided_at BIGINT NOT NULL,
    language TEXT NOT NULL,
    note TEXT NOT NULL,
    stance TEXT NOT NULL,
    act TEXT NOT NULL,
    evidence BIGINT NOT NULL,
    towards TEXT NOT NULL
);
CREATE INDEX mentions_statement ON mentions (codebook, ordinal, position);
CREATE INDEX mentions_digest ON mentions (codebook, digest);
CREATE INDEX mentions_response ON mentions (codebook, response);
CREATE INDEX mentions_theme ON mentions (codebook, theme, position);
CREATE INDEX mentions_language ON mentions (codebook, language) WHERE language <> '';
CREATE INDEX mentions_best ON mentions (codebook, theme, score DESC, position);

CREATE TABLE voices (
    codebook TEXT NOT NULL,
    organisation TEXT NOT NULL,
    voice TEXT NOT NULL,
    theme TEXT NOT NULL,
    responses BIGINT NOT NULL,
    PRIMARY KEY (codebook, voice, organisation, theme)
) {clustered};

CREATE TABLE tallies (
    codebook TEXT NOT NULL,
    organisation TEXT NOT NULL,
    theme TEXT NOT NULL,
    respondents BIGINT NOT NULL,
    responses BIGINT NOT NULL,
    against BIGINT NOT NULL,
    PRIMARY KEY (codebook, organisation, theme)
) {clustered};

CREATE TABLE signals (
    codebook TEXT NOT NULL,
    organisation TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (codebook, organisation)
) {clustered}
";
