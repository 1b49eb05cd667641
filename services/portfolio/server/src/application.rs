//! What the service does, a file for each act.
pub mod analysis;
pub mod apply_portfolio;
pub mod assure_rankings;
pub mod attach_opportunity;
pub mod change_benefits;
pub mod change_model;
pub mod change_plan;
pub mod change_procurement_policy;
pub mod change_round;
pub mod check_portfolio;
pub mod compare_voices;
pub mod explain_move;
pub mod find_opportunities;
pub mod freshness;
pub mod gap_notices;
pub mod import_contracts;
pub mod make_revisions;
pub mod once;
pub mod render_document;
pub mod review_benefits;
pub mod suggest_links;

use std::sync::Arc;

use soundings_chassis::{Clock, Ids};
use soundings_mailbox::{Database, Wake};
use tokio::sync::{Notify, watch};

/// Shared by every part; clones share it.
#[derive(Clone)]
pub struct Runtime {
    /// The database.
    pub db: Database,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Makes ids.
    pub ids: Arc<dyn Ids>,
    /// Wakes the relay.
    pub wake: Wake,
    /// Told whenever inputs were written.
    pub inputs_changed: Arc<Notify>,
    /// What the partnership asks of plans.
    pub policy: change_plan::Policy,
    /// Changes whenever revisions were made here.
    pub revised: watch::Sender<u64>,
    /// Changes whenever it was computed here how sure a revision is.
    pub assured: watch::Sender<u64>,
}
