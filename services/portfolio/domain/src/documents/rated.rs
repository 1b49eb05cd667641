//! What an organisation said by answering closed questions, in its receipt.
use super::{
    Block, Column, Table,
    document::{heading, paragraph},
    figures::{counted, grouped, percent},
};
use crate::{
    Inputs, Ranking, Rated,
    demand::Tally,
    direct::{self, Direct, FULL},
    link::WHOLE,
};

/// How many of an organisation's respondents raised a theme, and how they rated it.
pub(super) fn in_words(tally: &Tally) -> String {
    let wrote = format!("{} of {}", grouped(tally.raised), grouped(tally.answered));
    match (tally.answered, tally.rated.answers) {
        (_, 0) => wrote,
        (0, _) => rated(tally.rated),
        _ => format!("{wrote}; {}", rated(tally.rated)),
    }
}

fn rated(rated: Rated) -> String {
    let answers = counted(usize::try_from(rated.answers).unwrap_or(0), "answer");
    format!("rated {} in {answers}", percent(rated.support_ppm, rated.answers * FULL, 0))
}

/// The work items that an organisation rated by themselves; nothing when there is none.
pub(super) fn items(inputs: &Inputs, ranking: &Ranking, organisation: &str) -> Vec<Block> {
    let direct = Direct::of(inputs);
    let row = |(id, item): (&String, &crate::Item)| {
        let own = direct.tally(inputs, &direct::target(id), organisation).rated;
        let counts = match inputs.free(ranking.kind, item) {
            0 => "nothing: the themes that it answers make up all of it".to_owned(),
            free => percent(free, WHOLE, 0),
        };
        (own.answers > 0).then(|| vec![item.title.clone(), rated(own), counts])
    };
    let rows: Vec<Vec<String>> = inputs.items.iter().filter_map(row).collect();
    if rows.is_empty() {
        return Vec::new();
    }
    vec![
        heading(2, "Work that you rated"),
        paragraph(
            "You were asked of these by themselves. 100 % is the highest rating, from everybody who answered.",
        ),
        Block::Table(Table {
            caption: "Work items that you rated".into(),
            columns: vec![
                Column::text("Work item"),
                Column::text("Your answers"),
                Column::text("How much of its demand such answers make up"),
            ],
            rows,
        }),
    ]
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::{
        Kind, Support,
        documents::{Stamp, receipt::receipt},
        rank,
        rank::tests::{T1, inputs, signal},
    };

    #[test]
    fn a_receipt_tells_who_only_rated_what_it_rated() {
        let mut inputs = inputs();
        let own = Rated { answers: 4, support_ppm: 3 * FULL };
        let targets = ["workItems/A", "workItems/B", T1].map(|target| (target.to_owned(), own));
        let support = Support { sequence: 1, respondents: 4, targets: targets.into() };
        inputs.supports.insert("s".into(), [("O1".to_owned(), support)].into());
        let ranking = rank(&inputs, Kind::Provisional);
        let rows: Vec<_> = items(&inputs, &ranking, "O1")
            .into_iter()
            .filter_map(|block| match block {
                Block::Table(table) => Some(table.rows),
                _ => None,
            })
            .flatten()
            .collect();
        let all = "nothing: the themes that it answers make up all of it";
        assert_eq!(
            rows,
            [["an item", "rated 75 % in 4 answers", "100 %"], ["an item", "rated 75 % in 4 answers", all]]
        );
        assert!(items(&inputs, &ranking, "O2").is_empty());

        let time = chrono::DateTime::UNIX_EPOCH;
        let stamp =
            Stamp { ranking: "official", revision: 1, digest: String::new(), time, also: String::new() };
        let told = receipt(&inputs, &ranking, "O1", &Default::default(), stamp, "");
        let text = format!("{:?}", told.blocks);
        assert!(
            text.contains("4 respondents answered for O1") && text.contains("rated 75 % in 4 answers"),
            "{text}"
        );
        assert_eq!(in_words(&Tally::of(&signal(4, &[(T1, 1)]), T1)), "1 of 4");
    }
}
