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
    item: String,
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
        output::note(format!(
            "{} would change place in the official ranking, {} in the provisional one",
            moving(&self.official),
            moving(&self.provisional)
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
            portfolio: last_part(&item.portfolio),
            item: last_part(&item.work_item),
            title: item.title.clone(),
            official: official.get(&item.work_item).copied().unwrap_or_default(),
            provisional: (item.rank_before, item.rank_after),
        };
        let moves = |(before, after): (i32, i32)| before != after;
        let all = self.provisional.items.iter().map(mover);
        all.filter(|mover| moves(mover.official) || moves(mover.provisional)).collect()
    }

    /// How many of the items of each portfolio that answers the codebook's themes would move.
    fn portfolios(&self, movers: &[Mover]) -> String {
        if self.linked.is_empty() {
            return "no work item is linked to a theme of this codebook".to_owned();
        }
        let told = self.linked.iter().map(|portfolio| {
            let all = self.provisional.items.iter().filter(|item| item.portfolio == *portfolio).count();
            let id = last_part(portfolio);
            let moving = movers.iter().filter(|mover| mover.portfolio == id).count();
            format!("{id} ({moving} of {all} would move)")
        });
        format!("portfolios with work linked to its themes: {}", told.collect::<Vec<_>>().join(", "))
    }
}

fn moving(found: &proto::WhatIfResponse) -> String {
    let size = found.size.unwrap_or_default();
    format!("{} of {} items (τ_b {:.3})", size.moved, found.items.len(), size.kendall_tau_b)
}

fn columns() -> Vec<Column<Mover>> {
    vec![
        column("portfolio", |m| m.portfolio.clone()),
        column("item", |m| m.item.clone()),
        column("official", |m| places(m.official)),
        column("provisional", |m| places(m.provisional)),
        column("title", |m| m.title.clone()),
    ]
}

/// `8 → 6`; the place alone where it stays.
fn places((before, after): (i32, i32)) -> String {
    if before == after { after.to_string() } else { format!("{before} → {after}") }
}
