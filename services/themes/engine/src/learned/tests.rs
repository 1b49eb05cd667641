use pretty_assertions::assert_eq;
use soundings_themes_model::Model;

use super::*;

fn examples() -> Vec<Example> {
    let model = Model::embedded().unwrap();
    let places =
        ["in town", "in the village", "near the school", "by the station", "at the weekend", "every day"];
    let said = [
        ("bus", ["The bus is late", "No bus comes", "We need a bus", "Buses are full"]),
        ("bins", ["The bin is full", "Nobody empties the bins", "Waste piles up", "Recycling is missed"]),
        ("park", ["The park is lovely", "More swings for the park", "The lawn is mown", "Trees give shade"]),
    ];
    let mut examples = Vec::new();
    for (theme, texts) in said {
        for text in texts {
            for place in places {
                let text = format!("{text} {place}");
                let vector = model.encode(&[text.as_str()]).remove(0);
                let themes: BTreeSet<String> = [theme.to_owned()].into();
                // The prototype is always right of parks, and never of the rest.
                let prototype = if theme == "park" { themes.clone() } else { BTreeSet::new() };
                examples.push(Example { text, vector, themes, prototype });
            }
        }
    }
    examples
}

#[test]
fn it_takes_over_only_where_it_beats_the_prototype() {
    let learned = Learned::train(&examples()).unwrap();
    let over: Vec<_> = learned.themes().iter().map(|t| (t.theme.as_str(), t.takes_over())).collect();
    assert_eq!(over, [("bins", true), ("bus", true), ("park", false)]);
    let vector = Model::embedded().unwrap().encode(&["The bus never comes on time"]).remove(0);
    let park: BTreeSet<String> = ["park".to_owned()].into();
    let revised = learned.revise("The bus never comes on time", &vector, &park);
    assert_eq!(revised, ["bus".to_owned(), "park".to_owned()].into());
}

#[test]
fn the_order_of_examples_makes_no_difference_and_any_label_does_to_the_version() {
    let examples = examples();
    let learned = Learned::train(&examples).unwrap();
    let mut shuffled = examples.clone();
    Chance::new(5).shuffle(&mut shuffled);
    assert_eq!(Learned::train(&shuffled).unwrap(), learned);
    let mut relabelled = examples;
    relabelled[0].themes.insert("park".to_owned());
    assert_ne!(Learned::train(&relabelled).unwrap().version(), learned.version());
}

#[test]
fn nothing_is_learnt_from_too_little() {
    assert_eq!(Learned::train(&[]), None);
    assert_eq!(Learned::train(&examples()[..4]), None);
    assert_eq!(Learned::train(&examples()[..24]), None, "one theme alone has nothing against it");
}
