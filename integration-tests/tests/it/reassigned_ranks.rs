//! What a preview of a re-assignment says of the rankings is what they are once it is confirmed, to the last digit.
use std::collections::BTreeMap;

use pretty_assertions::assert_eq;
use serde_json::Value;
use soundings_integration_tests::until;

use crate::up::Up;

const PREVIEW: [&str; 3] = ["codebook", "preview", "refresh-2020"];
const KINDS: [&str; 2] = ["official", "provisional"];
/// Words by which people tell statements about contracts from others about cost.
const CONTRACTS: [&str; 5] = ["licence", "contract", "price", "supplier", "renew"];

/// Item, place and value, in order, of what was previewed (as it was, or as it would be).
fn previewed(preview: &Value, kind: &str, when: &str) -> Vec<(String, i64, i64)> {
    let items = preview["ranks"][kind]["items"].as_array().unwrap().iter();
    let place = |item: &Value| {
        let number = |field: &str| item[format!("{field}_{when}")].as_i64().unwrap();
        (item["work_item"].as_str().unwrap().to_owned(), number("rank"), number("value"))
    };
    let mut places: Vec<_> = items.map(place).collect();
    places.sort_by_key(|place| place.1);
    places
}

/// The same of a ranking as it stands.
fn stands(up: &Up, kind: &str) -> Vec<(String, i64, i64)> {
    let ranking = up.json(&["ranking", "get", "--kind", kind]);
    let items = ranking["items"].as_array().unwrap().iter();
    let number = |item: &Value, field: &str| item[field].as_i64().unwrap();
    items
        .map(|item| {
            (item["work_item"].as_str().unwrap().to_owned(), number(item, "rank"), number(item, "value"))
        })
        .collect()
}

/// What a preview shows the person at the terminal: its tables, and what is told beside them.
fn shown(up: &Up, arguments: &[&str]) -> (String, String) {
    let done = up.run(&[arguments, &PREVIEW].concat());
    let [tables, told] = [done.stdout, done.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    assert!(done.status.success(), "{told}");
    assert!(told.contains("statements would move, in"), "the mentions are told whatever else is: {told}");
    (tables, told)
}

/// Respondents who raise each theme, over all organisations.
type Raised = BTreeMap<String, i64>;

/// Waits until both rankings count what the themes service does.
async fn settled(up: &Up) {
    until("rankings of every tally", async || {
        let counted = up.json(&["theme", "list", "refresh-2020"]);
        let counted = counted.as_array().unwrap().iter();
        let raised = |theme: &Value| {
            (theme["name"].as_str().unwrap().to_owned(), theme["respondents"].as_i64().unwrap())
        };
        let counted: Raised = counted.map(raised).collect();
        let ranked = |kind: &str| {
            let exported = up.json(&["ranking", "export", "--kind", kind]);
            let signals = exported["inputs"]["inputs"]["signals"]["refresh-2020"].as_object().unwrap();
            let mut ranked = Raised::new();
            for (theme, raised) in signals.values().flat_map(|signal| signal["themes"].as_object().unwrap()) {
                *ranked.entry(theme.clone()).or_default() += raised.as_i64().unwrap();
            }
            ranked
        };
        KINDS.iter().all(|kind| ranked(kind) == counted).then_some(())
    })
    .await;
}

/// Previews, confirms what was previewed, and waits for the rankings that were told.
async fn confirm_as_previewed(up: &Up) -> Value {
    settled(up).await;
    let preview = up.json(&PREVIEW);
    assert!(preview["changed"].as_i64() > Some(0), "{preview}");
    for kind in KINDS {
        assert!(preview["ranks"][kind]["size"]["moved"].as_i64() > Some(0), "{preview}");
        assert_eq!(stands(up, kind), previewed(&preview, kind, "before"), "a preview moves nothing");
    }
    let moved = &preview["ranks"]["official"]["size"]["moved"];
    let sentence = format!("{moved} of 24 items would change place in the official ranking");
    let (tables, told) = shown(up, &[]);
    assert!(told.contains(&sentence) && told.contains("in the provisional one"), "{told}");
    assert!(told.contains("by portfolio with work linked to its themes: "), "{told}");
    let movers = tables.split("PORTFOLIO").nth(1).expect("a table of the items that would move");
    for item in preview["ranks"]["official"]["items"].as_array().unwrap() {
        let (was, is) = (&item["rank_before"], &item["rank_after"]);
        assert!(was == is || movers.contains(&format!("{was} → {is}")), "{item}: {movers}");
    }

    let etag = preview["etag"].as_str().unwrap();
    up.json(&["codebook", "confirm", "refresh-2020", "--etag", etag, "--reason", "as previewed"]);
    until("every response assigned anew", async || (up.json(&PREVIEW)["changed"] == 0).then_some(())).await;
    settled(up).await;
    for kind in KINDS {
        assert_eq!(stands(up, kind), previewed(&preview, kind, "after"), "as previewed: {kind}");
    }
    preview
}

#[tokio::test]
async fn a_ranking_becomes_what_the_preview_of_a_re_assignment_said() {
    let up = Up::start(&["--seed"]).await;
    up.text(&["demo", "--rate", "500"]);
    let nothing = up.json(&PREVIEW);
    assert_eq!((&nothing["pending"], nothing.get("ranks")), (&false.into(), None));

    // Words of one theme that take statements from its neighbours.
    let exemplar = "Buy together and share contracts to save money.";
    up.text(&["theme", "exemplars", "refresh-2020/T2", "--exemplar", exemplar, "--reason", "a try"]);
    let (_, unreachable) = shown(&up, &["--portfolio-url", "http://127.0.0.1:1"]);
    let why = "whose place in the rankings would change is not told: the portfolio service: ";
    assert!(unreachable.contains(why) && unreachable.contains("--etag "), "{unreachable}");
    let token = up.run(&["token", "create", "--role", "analyst", "--organisation", "GLG"]).stdout;
    let file = up.folder.path().join("token");
    std::fs::write(&file, token).unwrap();
    let (_, bound) = shown(&up, &["--token-file", &file.display().to_string()]);
    assert!(bound.contains("who speaks for one organisation is not told"), "{bound}");
    let part = up.run(&[&PREVIEW[..], &["--limit", "50"]].concat());
    let part = String::from_utf8(part.stderr).unwrap();
    assert!(part.contains("it takes all responses: give --limit 247"), "{part}");
    confirm_as_previewed(&up).await;

    // What people's corrections taught, of responses that were there before.
    let mentions = up.json(&["theme", "mentions", "refresh-2020", "--limit", "500"]);
    let mentions = mentions.as_array().unwrap().iter();
    let is_contract = |mention: &&Value| {
        let text = mention["text"].as_str().unwrap().to_lowercase();
        CONTRACTS.iter().any(|word| text.contains(word))
    };
    let (contracts, others): (Vec<&Value>, Vec<&Value>) = mentions.partition(is_contract);
    let own = |mention: &Value| mention["theme"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let corrections = contracts.into_iter().take(30).map(|mention| (mention, "T2".to_owned()));
    let right = others.into_iter().take(30).map(|mention| (mention, own(mention)));
    for (mention, theme) in corrections.chain(right) {
        up.text(&["mention", "review", mention["statement"].as_str().unwrap(), "--theme", &theme]);
    }
    until("everything that was labelled is learned", async || {
        up.run(&["themes", "learning", "refresh-2020", "--train"]).status.success().then_some(())
    })
    .await;
    let preview = confirm_as_previewed(&up).await;
    assert!(preview["learned_version"].as_str().unwrap().starts_with("learned."), "{preview}");
    assert_eq!(up.json(&PREVIEW)["pending"], false);
}
