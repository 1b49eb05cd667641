//! The caller.
use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// What somebody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Answers surveys for one organisation.
    Respondent,
    /// Sees and corrects themes, reads responses.
    Analyst,
    /// Keeps the portfolio and sees what moved it, down to organisations.
    PortfolioManager,
    /// Runs the deployment: organisations, surveys, dead letters.
    Operator,
    /// One of our own services.
    Service,
}

impl Role {
    /// Every role.
    pub const ALL: [Role; 5] =
        [Role::Respondent, Role::Analyst, Role::PortfolioManager, Role::Operator, Role::Service];

    /// Its name in tokens and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Role::Respondent => "respondent",
            Role::Analyst => "analyst",
            Role::PortfolioManager => "portfolio_manager",
            Role::Operator => "operator",
            Role::Service => "service",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let names = || Role::ALL.map(Role::name).join(", ");
        Role::ALL
            .into_iter()
            .find(|role| role.name() == text.replace('-', "_"))
            .ok_or_else(|| format!("{text:?} is no role; roles are {}", names()))
    }
}

/// Who is calling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// Stable id of the person or program.
    pub subject: String,
    /// What they may do.
    pub roles: Vec<Role>,
    /// The organisation they speak for (its id, such as `GLG`); None for those of the shared office.
    pub organisation: Option<String>,
}

impl Principal {
    /// Whether they have the role.
    pub fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// Whether they have one of the roles.
    pub fn has_any(&self, roles: &[Role]) -> bool {
        roles.iter().any(|role| self.has(*role))
    }

    /// Whether they may read and write in the name of an organisation: those bound to one, for that one alone.
    pub fn may_act_for(&self, organisation: &str) -> bool {
        self.organisation.as_deref().is_none_or(|own| own == organisation)
    }
}
