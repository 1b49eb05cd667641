//! What a codebook's model learned from people's decisions.
use soundings_proto::themes::v1 as proto;

use crate::{
    commands::{full_name, last_part},
    connection::Connection,
    failure::Outcome,
    output::{self, Column, Format, column, number},
};

fn columns() -> Vec<Column<proto::ThemeLearning>> {
    vec![
        column("theme", |t| last_part(&t.theme)),
        number("labels", |t| t.labels.to_string()),
        number("learned f1", |t| format!("{:.2}", t.learned_f1)),
        number("words' f1", |t| format!("{:.2}", t.prototype_f1)),
        column("decided by", |t| if t.learned_decides { "what was learned" } else { "its words" }.to_owned()),
    ]
}

/// Shows it, after learning anew if asked to.
pub async fn show(to: &Connection<'_>, format: Format, codebook: &str, train: bool) -> Outcome {
    let (mut client, name) = (to.learning()?, full_name("codebooks", codebook));
    let learning = match train {
        true => client.train_now(proto::TrainNowRequest { name }).await?.into_inner(),
        false => client.get_learning(proto::GetLearningRequest { name }).await?.into_inner(),
    };
    if !format.is_table() && format != Format::Csv {
        return output::value(format, &output::json(&learning)?);
    }
    output::list(format, &learning.themes, &columns())?;
    if format.is_table() {
        output::note(sentence(codebook, &learning));
    }
    Ok(())
}

fn sentence(codebook: &str, learning: &proto::Learning) -> String {
    if learning.number == 0 {
        return format!(
            "nothing was learned yet; {} decisions wait to be learned from",
            learning.new_decisions
        );
    }
    let learned = format!(
        "{}, number {}: learned from {} statements; {} decisions since",
        learning.version, learning.number, learning.labels, learning.new_decisions
    );
    let decides = learning.themes.iter().any(|theme| theme.learned_decides);
    if decides && learning.confirmed_number < learning.number {
        return format!(
            "{learned}\nit assigns new responses; for earlier ones: soundings codebook preview {codebook}"
        );
    }
    learned
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_for_confirmation_is_told() {
        let theme = proto::ThemeLearning { learned_decides: true, ..Default::default() };
        let mut learning =
            proto::Learning { number: 2, confirmed_number: 1, themes: vec![theme], ..Default::default() };
        assert!(sentence("cb", &learning).contains("codebook preview cb"));
        learning.confirmed_number = 2;
        assert!(!sentence("cb", &learning).contains("preview"));
        assert!(sentence("cb", &proto::Learning::default()).starts_with("nothing was learned"));
    }
}
