//! An explanation as people read it.
use soundings_portfolio_domain::{
    ONE,
    documents::figures::and,
    explain::{Cause, CriterionPart, ThemePart, Through},
};
use soundings_proto::portfolio::v1 as proto;

use super::Computed;
use crate::rpc::messages;

/// A move in a sentence or two.
pub fn summary(
    explanation: &proto::MoveExplanation,
    parts: &[CriterionPart],
    (before, after): (&Computed, &Computed),
) -> String {
    let inputs = &after.inputs;
    let others = others(explanation, before, after);
    let moved = match (explanation.rank_before, explanation.rank_after) {
        (0, after) => format!("{} is new, at place {after}", explanation.title),
        (_, 0) => format!("{} is gone", explanation.title),
        (before, after) if after < before => {
            format!("{} rose from place {before} to {after}", explanation.title)
        }
        (before, after) if after > before => {
            format!("{} fell from place {before} to {after}", explanation.title)
        }
        (_, after) => format!("{} stayed at place {after}", explanation.title),
    };
    let decimal = |delta: i64| format!("{:+.4}", delta as f64 / ONE as f64);
    let change = explanation.value_after - explanation.value_before;
    let largest = parts.iter().filter(|part| part.delta != 0).max_by_key(|part| part.delta.unsigned_abs());
    let Some(largest) = largest else {
        return format!("{moved}. Its own value did not change; others moved.");
    };
    let told = |through: &Through| matches!(through, Through::Theme { .. } | Through::Direct);
    let themes = largest.themes.iter().filter(|theme| told(&theme.through) && theme.delta != 0);
    let theme = themes.max_by_key(|theme| theme.delta.unsigned_abs());
    let through = theme.map_or_else(String::new, |theme| {
        let title = messages::through_title(inputs, &theme.through, "");
        let changed = theme.organisations.iter().filter(|o| o.before != o.after).count();
        let stays = explanation.rank_before > 0 && explanation.rank_after > 0;
        let why = if stays && by_its_link(theme) {
            let id = explanation.work_item.trim_start_matches("workItems/");
            format!(", by {}", link(id, &theme.through, (before, after)))
        } else if !theme.evidence.is_empty() {
            ", by the evidence for it".to_owned()
        } else if changed > 0 {
            format!(", as {changed} organisation(s) answered")
        } else {
            String::new()
        };
        let what = if theme.through == Through::Direct { title } else { format!("the theme “{title}”") };
        format!(", most through {what} ({}){why}", decimal(theme.delta))
    });
    let criterion = messages::criterion_title(inputs, &largest.criterion);
    format!(
        "{moved}. Its value changed by {}; the largest part is {criterion} ({}){through}.{others}",
        decimal(change),
        decimal(largest.delta)
    )
}

/// Whether what people decided did more to a theme's part than those who answered.
fn by_its_link(theme: &ThemePart) -> bool {
    let link = theme.organisations.iter().filter(|part| part.cause == Cause::Link);
    let link: i64 = link.map(|part| part.delta).sum();
    link.unsigned_abs() > (theme.delta - link).unsigned_abs()
}

/// What people decided that makes a theme count more or less for an item.
pub fn link(item: &str, through: &Through, (before, after): (&Computed, &Computed)) -> String {
    let theme = match through {
        Through::Theme { said, .. } => said.as_str(),
        Through::Direct => {
            return "the strength that its links leave free, or the weights of the criteria".to_owned();
        }
        Through::Unlinked | Through::Clipped => return String::new(),
    };
    let (old, new) = match (before.inputs.items.get(item), after.inputs.items.get(item)) {
        (None, _) => return "the item being new".to_owned(),
        (_, None) => return "the item being gone".to_owned(),
        (Some(old), Some(new)) => (old, new),
    };
    fn goes_to<'a>(at: &'a Computed, theme: &'a str) -> &'a str {
        at.inputs.goes_to(theme)
    }
    let counts = |at: &Computed| at.inputs.counts(at.ranking.kind, goes_to(at, theme));
    let merged = goes_to(before, theme) != goes_to(after, theme);
    let (now, need) = (goes_to(after, theme), |at: &Computed, theme: &str| at.inputs.need(theme));
    let mut causes = Vec::new();
    if old.links.get(theme) != new.links.get(theme) {
        causes.push("its link to the theme".to_owned());
    }
    if merged && now == theme {
        causes.push("the theme's merge being undone".to_owned());
    } else if merged {
        causes.push(format!("the theme being merged into “{}”", messages::theme_title(&after.inputs, now)));
    } else if before.inputs.gathered(now) != after.inputs.gathered(now) {
        causes.push("what was merged into the theme, or taken out of it again".to_owned());
    } else if counts(before) != counts(after) {
        causes.push("the theme's state".to_owned());
    }
    if need(before, now) != need(after, now) {
        causes.push("how far the theme's need is met".to_owned());
    }
    // Nothing else is left of what a theme's part is made of.
    if causes.is_empty() { "the weights of the criteria".to_owned() } else { and(&causes) }
}

/// What the items it passed, or that passed it, did: it may rise while its value falls.
fn others(explanation: &proto::MoveExplanation, before: &Computed, after: &Computed) -> String {
    let own = explanation.value_after - explanation.value_before;
    let change = |name: &String| {
        let id = name.trim_start_matches("workItems/");
        Some(after.ranking.item(id)?.value - before.ranking.item(id)?.value)
    };
    let changes = |names: &[String]| names.iter().filter_map(change).collect::<Vec<i64>>();
    let (passed, passed_by) = (changes(&explanation.overtook), changes(&explanation.overtaken_by));
    if own < 0 && !passed.is_empty() && passed.iter().all(|other| *other < own) {
        return format!(" The {} that it overtook lost more.", counted(passed.len()));
    }
    if own > 0 && !passed_by.is_empty() && passed_by.iter().all(|other| *other > own) {
        return format!(" The {} that overtook it gained more.", counted(passed_by.len()));
    }
    String::new()
}

fn counted(items: usize) -> String {
    if items == 1 { "item".to_owned() } else { format!("{items} items") }
}
