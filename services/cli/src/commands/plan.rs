//! The work that people agreed to do, and how far the ranking has drifted from it.
use clap::Subcommand;
use soundings_proto::portfolio::v1 as proto;

use super::{full_name, last_part};
use crate::{
    connection::{Connection, new_request_id},
    failure::Outcome,
    output::{self, Column, Format, column, number, wide},
};

/// What to do with plans.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Propose work of the official ranking as the plan
    Propose {
        /// The work items' ids, such as MW-1 MW-2.
        #[arg(required = true)]
        items: Vec<String>,
        /// What people call it.
        #[arg(long)]
        title: String,
        /// Why this.
        #[arg(long)]
        reason: String,
        /// What it may cost together, in pounds.
        #[arg(long, value_name = "POUNDS")]
        budget: Option<i64>,
        /// The revision; 0 is the newest.
        #[arg(long, default_value_t = 0)]
        revision: i64,
        /// Checks it and writes nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// Agree to a proposed plan
    Approve {
        /// Its number.
        plan: String,
        /// What to say of it.
        #[arg(long, default_value = "")]
        comment: String,
    },
    /// Publish an approved plan: it takes the place of the one in force
    Publish {
        /// Its number.
        plan: String,
        /// What to say of it.
        #[arg(long, default_value = "")]
        comment: String,
    },
    /// Withdraw a plan that is not published yet
    Withdraw {
        /// Its number.
        plan: String,
        /// Why.
        #[arg(long, default_value = "")]
        comment: String,
    },
    /// List all, newest first
    List,
    /// Show one
    Get {
        /// Its number; without one, the plan in force.
        #[arg(default_value = "published")]
        plan: String,
    },
    /// Tell how far the live ranking has drifted from one
    Drift {
        /// Its number; without one, the plan in force.
        #[arg(default_value = "published")]
        plan: String,
        /// The revision to hold it against; 0 is the newest.
        #[arg(long, default_value_t = 0)]
        revision: i64,
    },
}

fn columns() -> Vec<Column<proto::Plan>> {
    vec![
        column("plan", |p| last_part(&p.name)),
        column("state", state),
        number("items", |p| p.items.len().to_string()),
        number("cost gbp", |p| p.cost_gbp.to_string()),
        number("budget gbp", |p| p.budget_gbp.map_or_else(|| "-".to_owned(), |budget| budget.to_string())),
        number("approved", |p| format!("{} of {}", p.approvals.len(), p.approvals_needed)),
        number("revision", |p| last_part(&p.revision)),
        column("title", |p| p.title.clone()),
        wide(column("etag", |p| p.etag.clone())),
    ]
}

fn state(plan: &proto::Plan) -> String {
    plan.state().as_str_name().trim_start_matches("PLAN_STATE_").to_lowercase()
}

/// Carries it out.
pub async fn run(to: &Connection<'_>, format: Format, command: Command) -> Outcome {
    let mut client = to.plans()?;
    let name = |plan: &str| full_name("plans", plan);
    let request_id = new_request_id();
    let plan = match command {
        Command::Propose { items, title, reason, budget, revision, dry_run } => {
            let request = proto::ProposePlanRequest {
                title,
                reason,
                revision,
                work_items: items.iter().map(|id| full_name("workItems", id)).collect(),
                budget_gbp: budget,
                validate_only: dry_run,
                request_id,
            };
            client.propose_plan(request).await?.into_inner()
        }
        Command::Approve { plan, comment } => {
            let request =
                proto::ApprovePlanRequest { name: name(&plan), comment, etag: String::new(), request_id };
            client.approve_plan(request).await?.into_inner()
        }
        Command::Publish { plan, comment } => {
            let request =
                proto::PublishPlanRequest { name: name(&plan), comment, etag: String::new(), request_id };
            client.publish_plan(request).await?.into_inner()
        }
        Command::Withdraw { plan, comment } => {
            let request =
                proto::WithdrawPlanRequest { name: name(&plan), comment, etag: String::new(), request_id };
            client.withdraw_plan(request).await?.into_inner()
        }
        Command::Get { plan } => {
            client.get_plan(proto::GetPlanRequest { name: name(&plan) }).await?.into_inner()
        }
        Command::List => {
            let (mut all, mut page_token) = (Vec::new(), String::new());
            loop {
                let request = proto::ListPlansRequest { page_size: 1000, page_token };
                let page = client.list_plans(request).await?.into_inner();
                all.extend(page.plans);
                if page.next_page_token.is_empty() {
                    return output::list(format, &all, &columns());
                }
                page_token = page.next_page_token;
            }
        }
        Command::Drift { plan, revision } => {
            let request = proto::GetPlanDriftRequest { name: name(&plan), revision };
            let drift = client.get_plan_drift(request).await?.into_inner();
            return output::one(format, &drift, &drift_columns(), show_drift);
        }
    };
    output::one(format, &plan, &columns(), show)
}

fn show(plan: &proto::Plan) -> String {
    let mut text = format!("plan {}  {}  ({})\n", last_part(&plan.name), plan.title, state(plan));
    text.push_str(&format!("  {:<10} {}\n", "why", plan.reason));
    text.push_str(&format!(
        "  {:<10} {} ({})\n",
        "from",
        plan.revision,
        plan.digest.get(..12).unwrap_or_default()
    ));
    let budget = plan.budget_gbp.map(|budget| format!(" of £{budget}")).unwrap_or_default();
    text.push_str(&format!("  {:<10} £{}{budget}\n", "cost", plan.cost_gbp));
    let steps = [
        ("proposed", plan.proposed.as_slice()),
        ("approved", &plan.approvals),
        ("published", plan.published.as_slice()),
    ];
    let steps = steps.into_iter().chain([("withdrawn", plan.withdrawn.as_slice())]);
    for (what, step) in steps.flat_map(|(what, steps)| steps.iter().map(move |step| (what, step))) {
        let comment = if step.comment.is_empty() { String::new() } else { format!(": {}", step.comment) };
        text.push_str(&format!(
            "  {what:<10} by {} at {}{comment}\n",
            step.actor,
            output::time(step.time.as_ref())
        ));
    }
    for item in &plan.items {
        text.push_str(&format!("  {:>4}  {:<8} {}\n", item.rank, last_part(&item.work_item), item.title));
    }
    text
}

fn drift_columns() -> Vec<Column<proto::PlanDrift>> {
    vec![
        column("plan", |d| last_part(&d.plan)),
        number("revision", |d| last_part(&d.revision)),
        number("drift", |d| percent(d.share_ppm)),
        number("reversed", |d| d.reversed.to_string()),
        number("preferences", |d| d.preferences.to_string()),
    ]
}

fn percent(ppm: i32) -> String {
    format!("{}.{} %", ppm / 10_000, ppm % 10_000 / 1_000)
}

fn show_drift(drift: &proto::PlanDrift) -> String {
    let mut text = format!(
        "plan {} against revision {}: {} drifted\n{}\n",
        last_part(&drift.plan),
        last_part(&drift.revision),
        percent(drift.share_ppm),
        drift.summary
    );
    let sides = [("overtaken", &drift.overtaken), ("overtaking", &drift.overtaking)];
    for (what, side) in sides {
        for item in side {
            text.push_str(&format!(
                "  {what:<11} {:>3} ×  {:<8} {}\n",
                item.count,
                last_part(&item.work_item),
                item.title
            ));
        }
    }
    for (what, names) in [("gone", &drift.gone), ("new", &drift.arrived)] {
        for name in names {
            text.push_str(&format!("  {what:<11}        {}\n", last_part(name)));
        }
    }
    text
}
