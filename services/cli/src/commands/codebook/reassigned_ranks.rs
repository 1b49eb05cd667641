//! Whose place in the rankings changed words would change.
use std::collections::BTreeMap;

use serde_json::{Value, json};
use soundings_proto::{portfolio::v1 as proto, themes::v1 as themes};

use crate::{
    commands::{item, last_part},
    connection::Connection,
    failure::Outcome,
    output::{self, Column, Format, column},
};

/// Both rankings as they would be.
pub struct Ranks {
    official: proto::WhatIfResponse,
    provisional: proto::WhatIfResponse,
    /// Portfolios with an item that is linked to a theme of the codebook, in order of name.
    linked: Vec<String>,
}

/// An item that would change place; each place as it is and as it would be, 0: none.
struct Mover {
    portfolio: String,
    work_item: String,
    title: String,
    official: (i32, i32),
    provisional: (i32, i32),
}

/// Asks the portfolio service to rank by these tallies instead of those of the codebook as they stand.
pub async fn ask(
    to: &Connection<'_>,
    codebook: &str,
    reassigned: &themes::ReassignedSignals,
) -> Outcome<Ranks> {
    let mut client = to.analysis()?;
    let change = proto::HypotheticalChange {
        replaced_signals: vec![replaced(codebook, reassigned)],
        ..Default::default()
    };
    let of = |kind: proto::RankingKind| proto::WhatIfRequest {
        kind: kind.into(),
        change: Some(change.clone()),
        ..Default::default()
    };
    let official = client.what_if(of(proto::RankingKind::Official)).await?.into_inner();
    let provisional = client.what_if(of(proto::RankingKind::Provisional)).await?.into_inner();
    let themes = format!("{codebook}/themes/");
    let items = item::all(&mut to.portfolio()?, String::new()).await?.into_iter();
    let linked = items.filter(|item| item.links.iter().any(|link| link.theme.starts_with(&themes)));
    let mut linked: Vec<String> = linked.map(|item| item.portfolio).collect();
    linked.sort();
    linked.dedup();
    Ok(Ranks { official, provisional, linked })
}

fn replaced(codebook: &str, reassigned: &themes::ReassignedSignals) -> proto::ReplacedSignals {
    let theme = |tally: &themes::ThemeTally| proto::ReplacedThemeTally {
        theme: tally.theme.clone(),
        respondents: tally.respondents,
        against_respondents: tally.against_respondents,
    };
    let tallies = |signal: &themes::Signal| proto::ReplacedTallies {
        organisation: signal.organisation.clone(),
        respondents: signal.respondents,
        themes: signal.themes.iter().map(theme).collect(),
    };
    proto::ReplacedSignals {
        codebook: codebook.to_owned(),
        organisations: reassigned.signals.iter().map(tallies).collect(),
    }
}

impl Ranks {
    /// For programs: what the portfolio service answered on each ranking.
    pub fn json(&self) -> Outcome<Value> {
        let (official, provisional) = (output::json(&self.official)?, output::json(&self.provisional)?);
        Ok(json!({ "official": official, "provisional": provisional }))
    }

    /// For people: the items that would move, and how many those are.
    pub fn show(&self, format: Format) -> Outcome {
        let movers = self.movers();
        if !movers.is_empty() {
            output::text("\n")?;
            output::rows(format, &movers, &columns())?;
        }
        let (official, provisional) =
            (self.official.size.unwrap_or_default(), self.provisional.size.unwrap_or_default());
        output::note(format!(
            "{} of {} items would change place in the official ranking (τ_b {:.3}), {} in the provisional one (τ_b {:.3})",
            official.moved,
            self.official.items.len(),
            official.kendall_tau_b,
            provisional.moved,
            provisional.kendall_tau_b
        ));
        output::note(self.portfolios(&movers));
        Ok(())
    }

    /// Items that would change place in either ranking, in the order that the provisional one would have.
    fn movers(&self) -> Vec<Mover> {
        let places = |found: &proto::WhatIfResponse| -> BTreeMap<String, (i32, i32)> {
            let each = found.items.iter();
            each.map(|item| (item.work_item.clone(), (item.rank_before, item.rank_after))).collect()
        };
        let official = places(&self.official);
        let mover = |item: &proto::HypotheticalPlace| Mover {
            portfolio: item.portfolio.clone(),
            work_item: item.work_item.clone(),
            title: item.title.clone(),
            official: official.get(&item.work_item).copied().unwrap_or_default(),
            provisional: (item.rank_before, item.rank_after),
        };
        let moves = |(before, after): (i32, i32)| before != after;
        let all = self.provisional.items.iter().map(mover);
        all.filter(|mover| moves(mover.official) || moves(mover.provisional)).collect()
    }

    /// How many of each portfolio's items would move: first where work is linked to the codebook's themes, then where it is
    /// just passed, or passes others, by their moves.
    fn portfolios(&self, movers: &[Mover]) -> String {
        let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for item in &self.provisional.items {
            let moves = movers.iter().any(|mover| mover.work_item == item.work_item);
            let count = counts.entry(&item.portfolio).or_default();
            (count.0, count.1) = (count.0 + usize::from(moves), count.1 + 1);
        }
        let linked = |portfolio: &str| self.linked.iter().any(|linked| linked == portfolio);
        let told = |is_linked: bool, moves: bool| -> Vec<String> {
            let those =
                counts.iter().filter(|(name, count)| linked(name) == is_linked && (count.0 > 0) == moves);
            let tell = |(name, (moving, all)): (&&str, &(usize, usize))| match moves {
                true => format!("{} {moving} of {all}", last_part(name)),
                false => last_part(name),
            };
            those.map(tell).collect()
        };
        let mut text = match self.linked.is_empty() {
            true => "no work item is linked to a theme of this codebook".to_owned(),
            false => "by portfolio with work linked to its themes:".to_owned(),
        };
        let moving = told(true, true);
        let still = told(true, false);
        if !moving.is_empty() {
            text.push_str(&format!(" {}", moving.join(", ")));
        }
        if !still.is_empty() {
            let separator = if moving.is_empty() { "" } else { ";" };
            text.push_str(&format!("{separator} none of {}", still.join(", ")));
        }
        let others = told(false, true);
        if !others.is_empty() {
            text.push_str(&format!("; past these, of others: {}", others.join(", ")));
        }
        text
    }
}

fn columns() -> Vec<Column<Mover>> {
    vec![
        column("portfolio", |m| last_part(&m.portfolio)),
        column("item", |m| last_part(&m.work_item)),
        column("official", |m| places(m.official)),
        column("provisional", |m| places(m.provisional)),
        column("title", |m| m.title.clone()),
    ]
}

/// `8 → 6`; the place alone where it stays.
fn places((before, after): (i32, i32)) -> String {
    if before == after { after.to_string() } else { format!("{before} → {after}") }
}
