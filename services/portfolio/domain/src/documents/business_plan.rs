//! Business Plan: Our Programme of Work – Role, Key Actions and Outcomes.
use std::collections::BTreeSet;

use super::{
    Block, Column, Document, Evidence, Stamp, Table,
    document::{facts, heading, paragraph},
    feedback::{self, Heard, Moved},
    figures::{and, counted, decimal, grouped, percent, signed, value},
    others_say::others_say,
};
use crate::{Inputs, Item, ONE, Ranked, Ranking};

/// Its title.
pub const TITLE: &str = "Business Plan: Our Programme of Work – Role, Key Actions and Outcomes";

/// Writes the plan of a ranking. `evidence` is what others say of the themes; none: it could not be read.
pub fn business_plan(
    inputs: &Inputs,
    ranking: &Ranking,
    evidence: Option<&[Evidence]>,
    stamp: Stamp,
    notice: &str,
) -> Document {
    let moved = feedback::moved(&feedback::before_anybody_answered(inputs), inputs, ranking);
    let plan = Plan { inputs, ranking, heard: feedback::heard(inputs, ranking), moved, evidence };
    let mut blocks = plan.glance();
    blocks.extend(plan.feedback());
    for standing in ranking.standing(inputs).iter().filter(|standing| standing.count > 0) {
        blocks.extend(plan.portfolio(&standing.portfolio, standing.mean));
    }
    blocks.extend(plan.method());
    Document { title: TITLE.to_owned(), notice: notice.to_owned(), stamp, blocks }
}

struct Plan<'a> {
    inputs: &'a Inputs,
    ranking: &'a Ranking,
    heard: Vec<Heard<'a>>,
    moved: std::collections::BTreeMap<String, Moved>,
    evidence: Option<&'a [Evidence]>,
}

impl Plan<'_> {
    fn title<'a>(&'a self, id: &'a str) -> &'a str {
        self.inputs.items.get(id).map_or(id, |item| item.title.as_str())
    }

    fn portfolio_title<'a>(&'a self, id: &'a str) -> &'a str {
        self.inputs.portfolios.get(id).map_or(id, |portfolio| portfolio.title.as_str())
    }

    fn glance(&self) -> Vec<Block> {
        let (answered, respondents) = feedback::reach(self.inputs);
        let text = format!(
            "This is our programme of work: {} in {}, in the order in which they matter most to the partnership. It rests on \
             what {} of {} told us through {}.",
            counted(self.ranking.items.len(), "work item"),
            counted(self.ranking.standing(self.inputs).iter().filter(|s| s.count > 0).count(), "portfolio"),
            grouped(i64::try_from(answered).unwrap_or(i64::MAX)),
            counted(self.inputs.organisations.len(), "organisation"),
            counted(usize::try_from(respondents).unwrap_or(0), "respondent"),
        );
        let row = |(at, standing): (usize, crate::rank::Standing)| {
            vec![
                self.portfolio_title(&standing.portfolio).to_owned(),
                (at + 1).to_string(),
                value(standing.mean),
                standing.count.to_string(),
                standing.best.as_deref().map(|id| self.title(id).to_owned()).unwrap_or_default(),
            ]
        };
        let standings = self.ranking.standing(self.inputs).into_iter().filter(|standing| standing.count > 0);
        let table = Table {
            caption: "Portfolios by their standing: the mean value of their work items".into(),
            columns: vec![
                Column::text("Portfolio"),
                Column::number("Standing"),
                Column::number("Mean value"),
                Column::number("Work items"),
                Column::text("First of its items"),
            ],
            rows: standings.enumerate().map(row).collect(),
        };
        let items = Table {
            caption: "Work items in the order of the ranking".into(),
            columns: vec![
                Column::text("Work item"),
                Column::number("Place"),
                Column::text("Portfolio"),
                Column::number("Value"),
                Column::number("Demand"),
                Column::number("Organisations behind it"),
            ],
            rows: self.ranking.items.iter().map(|ranked| self.ranked_row(ranked)).collect(),
        };
        vec![
            heading(2, "The programme at a glance"),
            paragraph(text),
            Block::Table(table),
            Block::Table(items),
        ]
    }

    fn ranked_row(&self, ranked: &Ranked) -> Vec<String> {
        vec![
            self.title(&ranked.id).to_owned(),
            ranked.rank.to_string(),
            self.portfolio_title(&ranked.portfolio).to_owned(),
            value(ranked.value),
            percent(ranked.demand, ONE, 0),
            ranked.behind.to_string(),
        ]
    }

    fn feedback(&self) -> Vec<Block> {
        let mut blocks = vec![heading(2, "How feedback shaped it")];
        if self.heard.iter().all(|heard| heard.organisations == 0) {
            blocks.push(paragraph("Nobody has raised a theme yet that counts in this ranking."));
            blocks.extend(self.others_say());
            return blocks;
        }
        blocks.push(paragraph(
            "Places are compared with those that the same work would have had before anybody answered. One organisation \
             has one voice, whatever its size. Before anybody answers, every item stands at middling demand; what few ask for \
             sinks as answers come, so that an item can rise though its value falls.",
        ));
        let row = |heard: &Heard<'_>| {
            let movers = heard.items.iter().filter(|id| self.through(id, heard.theme) != 0).count();
            vec![
                heard.title.to_owned(),
                format!("{} of {}", heard.organisations, heard.organisations_answered),
                format!("{} of {}", grouped(heard.respondents), grouped(heard.respondents_answered)),
                movers.to_string(),
            ]
        };
        blocks.push(Block::Table(Table {
            caption: "Themes, and who raises them".into(),
            columns: vec![
                Column::text("Theme"),
                Column::number("Organisations"),
                Column::number("Respondents"),
                Column::number("Work items whose value it changed"),
            ],
            rows: self.heard.iter().map(row).collect(),
        }));
        let mut movers: Vec<(&String, &Moved)> =
            self.moved.iter().filter(|(_, m)| m.before != m.after).collect();
        movers.sort_by_key(|(id, moved)| (-(moved.before - moved.after).abs(), moved.after, *id));
        let row = |(id, moved): &(&String, &Moved)| {
            let largest = moved.themes.iter().max_by_key(|(_, delta)| delta.unsigned_abs());
            let theme = largest.filter(|(_, delta)| **delta != 0).map(|(name, _)| self.theme_title(name));
            vec![
                self.title(id).to_owned(),
                moved.before.to_string(),
                moved.after.to_string(),
                signed(moved.delta, ONE, 4),
                theme.unwrap_or_else(|| "none of its own: others moved, or nobody asked for it".to_owned()),
            ]
        };
        blocks.push(Block::Table(Table {
            caption: "Work items that feedback moved, furthest first".into(),
            columns: vec![
                Column::text("Work item"),
                Column::number("Place before anybody answered"),
                Column::number("Place now"),
                Column::number("Change of value"),
                Column::text("Most through the theme"),
            ],
            rows: movers.iter().map(row).collect(),
        }));
        blocks.extend(self.others_say());
        blocks.push(heading(3, "We asked, you said, we did"));
        let raised = self.heard.iter().filter(|heard| heard.organisations > 0);
        raised.for_each(|heard| blocks.extend(self.we_did(heard)));
        blocks
    }

    fn others_say(&self) -> Vec<Block> {
        others_say(self.evidence, |theme| self.theme_title(theme))
    }

    fn theme_title(&self, name: &str) -> String {
        self.inputs.themes.get(name).map_or_else(|| name.to_owned(), |theme| theme.title.clone())
    }

    /// What a theme changed of an item's value.
    fn through(&self, id: &str, theme: &str) -> i64 {
        self.moved.get(id).and_then(|moved| moved.themes.get(theme)).copied().unwrap_or(0)
    }

    fn we_did(&self, heard: &Heard<'_>) -> Vec<Block> {
        let did = heard.items.iter().filter_map(|id| {
            let (item, moved) = (self.inputs.items.get(*id)?, self.moved.get(*id)?);
            Some(format!("{} ({}). {}", item.title, moves(moved), item.key_actions.trim()).trim().to_owned())
        });
        let did: Vec<String> = did.collect();
        let codebook = heard.theme.split('/').nth(1).unwrap_or_default();
        let asked = format!(
            "{} under “{codebook}”; {} answered.",
            counted(self.inputs.organisations.len(), "organisation"),
            heard.organisations_answered
        );
        let number = |count: i64| usize::try_from(count).unwrap_or(0);
        let (councils, words) =
            (counted(heard.organisations, "organisation"), counted(number(heard.respondents), "respondent"));
        let said = match heard.closed_answers {
            0 => format!("{councils} raised it, in the words of {words}."),
            closed => {
                let closed = counted(number(closed), "closed answer");
                format!("{councils} asked for it, in the words of {words} and in {closed}.")
            }
        };
        let mut blocks = vec![heading(4, heard.title)];
        blocks.extend(facts([("We asked", asked), ("You said", said)]));
        if did.is_empty() {
            blocks.push(paragraph("We did: no work item answers this theme yet."));
        } else {
            blocks.push(paragraph("We did:"));
            blocks.push(Block::List(did));
        }
        blocks
    }

    fn portfolio(&self, id: &str, mean: i64) -> Vec<Block> {
        let own: Vec<&Ranked> = self.ranking.items.iter().filter(|item| &*item.portfolio == id).collect();
        let places: Vec<String> = own.iter().map(|item| item.rank.to_string()).collect();
        let text = format!(
            "{} at {} {} of {}; their mean value is {}.",
            counted(own.len(), "work item"),
            if own.len() == 1 { "place" } else { "places" },
            and(&places),
            self.ranking.items.len(),
            value(mean),
        );
        let mut blocks = vec![heading(2, self.portfolio_title(id)), paragraph(text)];
        for ranked in own {
            if let Some(item) = self.inputs.items.get(&*ranked.id) {
                blocks.extend(self.item(ranked, item));
            }
        }
        blocks
    }

    fn item(&self, ranked: &Ranked, item: &Item) -> Vec<Block> {
        let themes: BTreeSet<&str> = self
            .inputs
            .followed(self.ranking.kind, item)
            .filter(|one| one.link.is_answer())
            .map(|one| one.theme)
            .collect();
        let themes = themes.into_iter().map(|theme| format!("“{}”", self.theme_title(theme)));
        let themes: Vec<String> = themes.collect();
        let after: Vec<String> = item.depends_on.iter().map(|id| self.title(id).to_owned()).collect();
        let place = match self.moved.get(&*ranked.id) {
            Some(moved) => format!("{} of {}; {}", ranked.rank, self.ranking.items.len(), moves(moved)),
            None => format!("{} of {}", ranked.rank, self.ranking.items.len()),
        };
        let cost = match item.effort_centimonths {
            0 => format!("£{}", grouped(item.cost_gbp)),
            effort => format!("£{} and {} person-months", grouped(item.cost_gbp), decimal(effort, 100, 1)),
        };
        let programme = self.inputs.programmes.get(&item.programme);
        let duty = if item.mandatory { "it must be done, whatever its place" } else { "" };
        let takes = item.needs.iter().filter_map(|(id, need)| {
            let resource = self.inputs.resources.get(id)?;
            Some(format!("{} {} of {}", decimal(*need, 100, 1), resource.unit, resource.title))
        });
        let takes: Vec<String> = takes.collect();
        let mut blocks = vec![heading(3, item.title.as_str())];
        blocks.extend(facts([
            ("Place", place),
            ("Duty", duty.to_owned()),
            ("Programme", programme.map(|programme| programme.title.clone()).unwrap_or_default()),
            ("Owner", item.owner.clone()),
            ("Role", item.role.clone()),
            ("Key actions", item.key_actions.clone()),
            ("Outcomes", item.outcomes.clone()),
            ("Partners", and(&item.partners)),
            ("Cost and effort", cost),
            ("Takes", and(&takes)),
            ("Comes after", and(&after)),
            ("Answers", and(&themes)),
        ]));
        blocks
    }

    fn method(&self) -> Vec<Block> {
        let row = |criterion: &crate::Criterion| {
            vec![
                criterion.title.clone(),
                percent(criterion.swing, self.ranking.swings, 1),
                criterion.unit.clone(),
                format!("{} to {}", decimal(criterion.lowest, ONE, 0), decimal(criterion.highest, ONE, 0)),
                if criterion.less_is_better { "less" } else { "more" }.to_owned(),
            ]
        };
        let table = Table {
            caption: "Criteria and their weights".into(),
            columns: vec![
                Column::text("Criterion"),
                Column::number("Weight"),
                Column::text("Counted in"),
                Column::text("From worst to best"),
                Column::text("Better is"),
            ],
            rows: self.inputs.criteria.values().map(row).collect(),
        };
        let text = "Each work item has a value between 0 and 1: the weighted sum of its values under the criteria, each between \
                    fixed anchors. Cost is no criterion; it decides what can be afforded. A new item never changes the order \
                    of the others.";
        vec![heading(2, "How this was ranked"), paragraph(text), Block::Table(table)]
    }
}

/// Where an item was, and where it is.
fn moves(moved: &Moved) -> String {
    match moved.before.cmp(&moved.after) {
        std::cmp::Ordering::Greater => format!("up from place {} to {}", moved.before, moved.after),
        std::cmp::Ordering::Less => format!("down from place {} to {}", moved.before, moved.after),
        std::cmp::Ordering::Equal => format!("still at place {}", moved.after),
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::{
        Kind, Programme, Resource, rank,
        rank::tests::{T1, inputs, signal},
    };

    fn plan(inputs: &Inputs) -> Document {
        let (ranking, digest) = ("official", String::new());
        let stamp = Stamp { ranking, revision: 1, digest, time: DateTime::UNIX_EPOCH, also: String::new() };
        business_plan(inputs, &rank(inputs, Kind::Official), Some(&[]), stamp, "")
    }

    #[test]
    fn an_item_tells_all_that_is_known_of_it_and_nothing_else() {
        let mut inputs = inputs();
        let (portfolio, title) = ("P".to_owned(), "Kit".to_owned());
        inputs.programmes = [("K".to_owned(), Programme { portfolio, title })].into();
        let days = Resource { title: "architects".into(), unit: "days".into() };
        inputs.resources = [("D".to_owned(), days)].into();
        let item = inputs.items.get_mut("A").unwrap();
        *item = Item {
            title: "Laptops".into(),
            programme: "K".into(),
            owner: "Head of IT".into(),
            mandatory: true,
            needs: [("D".to_owned(), 250)].into(),
            depends_on: ["B".to_owned()].into(),
            partners: vec!["X".into(), "Y".into()],
            cost_gbp: 1_000_000,
            effort_centimonths: 150,
            role: "Buy".into(),
            ..item.clone()
        };
        let document = plan(&inputs);
        let at = document.blocks.iter().position(|block| *block == heading(3, "Laptops")).unwrap();
        let Block::Facts(facts) = &document.blocks[at + 1] else { panic!("{document:?}") };
        let facts: Vec<_> = facts.iter().map(|(term, text)| (term.as_str(), text.as_str())).collect();
        let expected = [
            ("Place", "1 of 3; still at place 1"),
            ("Duty", "it must be done, whatever its place"),
            ("Programme", "Kit"),
            ("Owner", "Head of IT"),
            ("Role", "Buy"),
            ("Partners", "X and Y"),
            ("Cost and effort", "£1,000,000 and 1.5 person-months"),
            ("Takes", "2.5 days of architects"),
            ("Comes after", "an item"),
        ];
        assert_eq!(facts, expected);
    }

    #[test]
    fn what_was_asked_said_and_done_is_told_by_theme() {
        let mut inputs = inputs();
        assert!(
            plan(&inputs).blocks.iter().all(|block| *block != heading(4, "t")),
            "nobody said anything yet"
        );
        let signals = [("O1", signal(4, &[(T1, 4)])), ("O2", signal(4, &[(T1, 3)]))];
        inputs.signals = [("c".to_owned(), signals.map(|(id, s)| (id.to_owned(), s)).into())].into();
        inputs.items.get_mut("B").unwrap().key_actions = "Share laptops.".into();
        let document = plan(&inputs);
        let at = document.blocks.iter().position(|block| *block == heading(4, "t")).unwrap();
        let said = [
            Block::Facts(vec![
                ("We asked".into(), "4 organisations under “c”; 2 answered.".into()),
                ("You said".into(), "2 organisations raised it, in the words of 7 respondents.".into()),
            ]),
            paragraph("We did:"),
            Block::List(vec!["an item (up from place 2 to 1). Share laptops.".into()]),
        ];
        assert_eq!(document.blocks[at + 1..at + 4], said);
    }
}
