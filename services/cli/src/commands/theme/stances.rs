//! Which way statements lean and what they do.
use clap::{Args, ValueEnum};
use soundings_proto::themes::v1 as proto;

use super::word;

/// Where a statement stands towards its theme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Position {
    /// It speaks for it.
    For,
    /// It speaks against it.
    Against,
    /// Both about alike.
    Mixed,
    /// Neither.
    Unclear,
}

/// What a statement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Act {
    /// It asks for something.
    Ask,
    /// It complains.
    Complaint,
    /// It praises or thanks.
    Praise,
    /// None of these.
    Other,
}

/// Which statements.
#[derive(Debug, Args)]
pub struct Only {
    /// Only those that stand so towards their theme.
    #[arg(long, value_enum)]
    position: Option<Position>,
    /// Only those that do this.
    #[arg(long, value_enum)]
    act: Option<Act>,
    /// Only those with figures, dates, money, sources or examples.
    #[arg(long)]
    pub evidence: bool,
}

impl Only {
    /// The position, as a message has it.
    pub fn position(&self) -> proto::Position {
        match self.position {
            None => proto::Position::Unspecified,
            Some(Position::For) => proto::Position::For,
            Some(Position::Against) => proto::Position::Against,
            Some(Position::Mixed) => proto::Position::Mixed,
            Some(Position::Unclear) => proto::Position::Unclear,
        }
    }

    /// The act, as a message has it.
    pub fn act(&self) -> proto::StatementAct {
        match self.act {
            None => proto::StatementAct::Unspecified,
            Some(Act::Ask) => proto::StatementAct::Ask,
            Some(Act::Complaint) => proto::StatementAct::Complaint,
            Some(Act::Praise) => proto::StatementAct::Praise,
            Some(Act::Other) => proto::StatementAct::Other,
        }
    }
}

/// A position's word.
pub fn position(position: proto::Position) -> String {
    word(position.as_str_name(), "POSITION_")
}
