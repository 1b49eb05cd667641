//! Stances as messages.

use soundings_proto::themes::v1 as proto;
use soundings_themes_engine::stance::{Act, Position};

/// Where a statement stands.
#[must_use]
pub fn position(position: Position) -> proto::Position {
    match position {
        Position::For => proto::Position::For,
        Position::Against => proto::Position::Against,
        Position::Mixed => proto::Position::Mixed,
        Position::Unclear => proto::Position::Unclear,
    }
}

/// The position of a message; none: it is not given.
#[must_use]
pub fn read_position(position: proto::Position) -> Option<Position> {
    match position {
        proto::Position::Unspecified => None,
        proto::Position::For => Some(Position::For),
        proto::Position::Against => Some(Position::Against),
        proto::Position::Mixed => Some(Position::Mixed),
        proto::Position::Unclear => Some(Position::Unclear),
    }
}

/// What a statement does.
#[must_use]
pub fn act(act: Act) -> proto::StatementAct {
    match act {
        Act::Ask => proto::StatementAct::Ask,
        Act::Complaint => proto::StatementAct::Complaint,
        Act::Praise => proto::StatementAct::Praise,
        Act::Other => proto::StatementAct::Other,
    }
}

/// The act of a message; none: it is not given.
#[must_use]
pub fn read_act(act: proto::StatementAct) -> Option<Act> {
    match act {
        proto::StatementAct::Unspecified => None,
        proto::StatementAct::Ask => Some(Act::Ask),
        proto::StatementAct::Complaint => Some(Act::Complaint),
        proto::StatementAct::Praise => Some(Act::Praise),
        proto::StatementAct::Other => Some(Act::Other),
    }
}
