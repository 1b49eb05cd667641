//! Changes of a theme.
use clap::{Subcommand, ValueEnum};
use soundings_proto::themes::v1 as proto;

use super::{parts, theme_name};
use crate::{
    commands::full_name,
    connection::{Connection, new_request_id},
    failure::Outcome,
};

/// What a theme gathers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// A subject that people raise.
    #[default]
    Subject,
    /// What fits no other theme.
    Other,
    /// Answers that give no reason.
    NoReasonGiven,
}

/// Whether the partnership may act on a theme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Scope {
    /// It may.
    In,
    /// It may not.
    Out,
}

/// How far a theme's need is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Need {
    /// Nothing meets it.
    Unmet,
    /// Something meets a part of it.
    PartlyMet,
    /// It is met.
    Met,
}

/// A change of a theme.
#[derive(Debug, Subcommand)]
pub enum Change {
    /// Make one; proposed until it is signed off
    Create {
        /// `{codebook}/{theme}`, the theme's id being new.
        theme: String,
        /// What people call it.
        #[arg(long)]
        title: String,
        /// What belongs to it.
        #[arg(long, default_value = "")]
        description: String,
        /// A statement that shows it; may be given again.
        #[arg(long = "exemplar")]
        exemplars: Vec<String>,
        /// What it gathers.
        #[arg(long, value_enum, default_value_t)]
        kind: Kind,
        /// The theme of the codebook that it is a part of.
        #[arg(long, default_value = "")]
        parent: String,
        /// Why; kept with the decision.
        #[arg(long)]
        reason: String,
    },
    /// Give one another title
    Rename {
        /// `{codebook}/{theme}`.
        theme: String,
        /// What people call it.
        title: String,
        /// Its etag as it was read; nothing is done if it was changed since.
        #[arg(long, default_value = "")]
        etag: String,
        /// Why; kept with the decision.
        #[arg(long)]
        reason: String,
    },
    /// Give one another description
    Describe {
        /// `{codebook}/{theme}`.
        theme: String,
        /// What belongs to it.
        description: String,
        /// Its etag as it was read; nothing is done if it was changed since.
        #[arg(long, default_value = "")]
        etag: String,
        /// Why; kept with the decision.
        #[arg(long)]
        reason: String,
    },
    /// Replace one's exemplars
    Exemplars {
        /// `{codebook}/{theme}`.
        theme: String,
        /// A statement that shows it; may be given again.
        #[arg(long = "exemplar")]
        exemplars: Vec<String>,
        /// Its etag as it was read; nothing is done if it was changed since.
        #[arg(long, default_value = "")]
        etag: String,
        /// Why; kept with the decision.
        #[arg(long)]
        reason: String,
    },
    /// Put one under another, or under none
    Parent {
        /// `{codebook}/{theme}`.
        theme: String,
        /// The theme of the codebook that it is a part of; without it, none.
        #[arg(long, default_value = "")]
        parent: String,
        /// Its etag as it was read; nothing is done if it was changed since.
        #[arg(long, default_value = "")]
        etag: String,
        /// Why; kept with the decision.
        #[arg(long)]
        reason: String,
    },
    /// Say that one is in scope, or out of it
    Scope {
        /// `{codebook}/{theme}`.
        theme: String,
        /// In or out.
        scope: Scope,
        /// Its etag as it was read; nothing is done if it was changed since.
        #[arg(long, default_value = "")]
        etag: String,
        /// Why; published.
        #[arg(long)]
        reason: String,
    },
    /// Say how far one's need is met
    Need {
        /// `{codebook}/{theme}`.
        theme: String,
        /// How far.
        need: Need,
        /// What shows it.
        #[arg(long)]
        evidence: String,
        /// Its etag as it was read; nothing is done if it was changed since.
        #[arg(long, default_value = "")]
        etag: String,
        /// Why; kept with the decision.
        #[arg(long)]
        reason: String,
    },
    /// Put one to people for sign-off; an approved one counts in the official ranking no more until then
    Propose {
        /// `{codebook}/{theme}`.
        theme: String,
        /// Its etag as it was read; nothing is done if it was changed since.
        #[arg(long, default_value = "")]
        etag: String,
        /// Why; kept with the decision.
        #[arg(long)]
        reason: String,
    },
    /// Merge themes into one: their statements go to it, now and later
    Merge {
        /// The theme that stays: `{codebook}/{theme}`.
        into: String,
        /// A theme of the codebook that is merged into it; may be given again.
        #[arg(long = "theme", required = true)]
        themes: Vec<String>,
        /// The etag of the theme that stays; nothing is done if it was changed since.
        #[arg(long, default_value = "")]
        etag: String,
        /// Why; kept with the decision.
        #[arg(long)]
        reason: String,
    },
    /// Make a new theme of statements of one; they move at once
    Split {
        /// The theme that they leave: `{codebook}/{theme}`.
        theme: String,
        /// The new theme's id.
        #[arg(long)]
        into: String,
        /// What people call it; of a part, its drafted name if none is given.
        #[arg(long, required_unless_present = "part")]
        title: Option<String>,
        /// What belongs to it.
        #[arg(long, default_value = "")]
        description: String,
        /// A statement's name, as `theme mentions -o wide` shows it; may be given again.
        #[arg(long = "statement", required_unless_present = "part", conflicts_with = "part")]
        statements: Vec<String>,
        /// A part's number instead, as `theme parts` shows it.
        #[arg(long)]
        part: Option<usize>,
        /// As it was given to `theme parts`.
        #[arg(long, value_parser = super::emerging::resolution, requires = "part")]
        resolution: Option<f64>,
        /// Why; kept with the decision.
        #[arg(long)]
        reason: String,
    },
}

/// A theme's name in the codebook of another; empty for none.
fn beside(theme: &str, id: &str) -> String {
    let codebook = theme.split("/themes/").next().unwrap_or_default();
    if id.is_empty() || id.starts_with("codebooks/") {
        return id.to_owned();
    }
    format!("{codebook}/{}", full_name("themes", id))
}

/// Takes the decision.
pub async fn decide(to: &Connection<'_>, change: Change) -> Outcome<proto::Theme> {
    let mut client = to.codebooks()?;
    let request_id = new_request_id();
    let reply = match change {
        Change::Create { theme, title, description, exemplars, kind, parent, reason } => {
            let name = theme_name(&theme)?;
            let kind = match kind {
                Kind::Subject => proto::ThemeKind::Subject,
                Kind::Other => proto::ThemeKind::Other,
                Kind::NoReasonGiven => proto::ThemeKind::NoReasonGiven,
            };
            let (codebook, id) = name.split_once("/themes/").unwrap_or_default();
            let request = proto::CreateThemeRequest {
                parent: codebook.to_owned(),
                theme_id: id.to_owned(),
                title,
                description,
                exemplars,
                kind: kind.into(),
                parent_theme: beside(&name, &parent),
                state: proto::ThemeState::Unspecified.into(),
                reason,
                request_id,
            };
            client.create_theme(request).await
        }
        Change::Rename { theme, title, etag, reason } => {
            let name = theme_name(&theme)?;
            client.rename_theme(proto::RenameThemeRequest { name, title, etag, reason, request_id }).await
        }
        Change::Describe { theme, description, etag, reason } => {
            let name = theme_name(&theme)?;
            let request = proto::DescribeThemeRequest { name, description, etag, reason, request_id };
            client.describe_theme(request).await
        }
        Change::Exemplars { theme, exemplars, etag, reason } => {
            let name = theme_name(&theme)?;
            let request = proto::SetThemeExemplarsRequest { name, exemplars, etag, reason, request_id };
            client.set_theme_exemplars(request).await
        }
        Change::Parent { theme, parent, etag, reason } => {
            let name = theme_name(&theme)?;
            let parent_theme = beside(&name, &parent);
            let request = proto::SetThemeParentRequest { name, parent_theme, etag, reason, request_id };
            client.set_theme_parent(request).await
        }
        Change::Scope { theme, scope, etag, reason } => {
            let scope = match scope {
                Scope::In => proto::Scope::In,
                Scope::Out => proto::Scope::Out,
            };
            let (name, scope) = (theme_name(&theme)?, scope.into());
            let request = proto::SetThemeScopeRequest { name, scope, etag, reason, request_id };
            client.set_theme_scope(request).await
        }
        Change::Need { theme, need, evidence, etag, reason } => {
            let need = match need {
                Need::Unmet => proto::NeedStatus::Unmet,
                Need::PartlyMet => proto::NeedStatus::PartlyMet,
                Need::Met => proto::NeedStatus::Met,
            };
            let (name, need) = (theme_name(&theme)?, need.into());
            let request = proto::SetThemeNeedRequest { name, need, evidence, etag, reason, request_id };
            client.set_theme_need(request).await
        }
        Change::Propose { theme, etag, reason } => {
            let name = theme_name(&theme)?;
            client.propose_theme(proto::ProposeThemeRequest { name, etag, reason, request_id }).await
        }
        Change::Merge { into, themes, etag, reason } => {
            let name = theme_name(&into)?;
            let themes = themes.iter().map(|theme| beside(&name, theme)).collect();
            client.merge_themes(proto::MergeThemesRequest { name, themes, etag, reason, request_id }).await
        }
        Change::Split { theme, into, title, description, statements, part, resolution, reason } => {
            let (part, etag) = match part {
                Some(number) => parts::pick(to, &theme, resolution, number).await?,
                None => (proto::ProposedPart { statements, ..Default::default() }, String::new()),
            };
            let request = proto::SplitThemeRequest {
                name: theme_name(&theme)?,
                theme_id: into,
                title: title.unwrap_or(part.title),
                description,
                statements: part.statements,
                etag,
                reason,
                request_id,
            };
            client.split_theme(request).await
        }
    };
    Ok(reply?.into_inner())
}
