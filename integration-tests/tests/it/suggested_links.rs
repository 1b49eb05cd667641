//! Links that were taken off work are suggested by what the work says, and what was dismissed is not.
use pretty_assertions::assert_eq;
use serde_json::Value;
use soundings_integration_tests::until;

use crate::up::Up;

fn themes(suggested: &Value) -> Vec<String> {
    let each = suggested.as_array().unwrap().iter();
    each.map(|one| one["theme"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_link_that_is_missing_is_suggested_dismissed_and_confirmed() {
    let up = Up::start(&["--seed"]).await;
    let suggest = || up.json(&["item", "suggest-links", "MW-3"]);
    assert_eq!(themes(&suggest()), Vec::<String>::new(), "it is linked to what it is near");
    up.text(&["item", "link", "MW-3", "refresh-2020/T1", "0"]);
    let found = suggest();
    assert_eq!(themes(&found), ["codebooks/refresh-2020/themes/T1"]);
    assert_eq!(found[0]["theme_title"], "Supporting staff whilst they work remotely");
    assert!(found[0]["similarity_ppm"].as_i64() > Some(400_000), "{found}");

    up.text(&["item", "dismiss-link", "MW-3", "refresh-2020/T1", "--reason", "we know better"]);
    assert_eq!(themes(&suggest()), Vec::<String>::new());
    let dismissed = up.json(&["item", "suggest-links", "MW-3", "--dismissed"]);
    assert_eq!((themes(&dismissed).len(), &dismissed[0]["reason"]), (1, &"we know better".into()));
    up.text(&["item", "dismiss-link", "MW-3", "refresh-2020/T1", "--restore"]);
    assert_eq!(themes(&suggest()).len(), 1);
    up.text(&["item", "link", "MW-3", "refresh-2020/T1", "750"]);
    assert_eq!(themes(&suggest()), Vec::<String>::new());

    // How sure the ranking is comes by itself after it was made.
    let shown = until("the chance to stand above the next", async || {
        let table = up.text(&["ranking", "get"]);
        table.lines().next()?.contains("ABOVE NEXT").then_some(table)
    })
    .await;
    let first = shown.lines().nth(1).unwrap();
    assert!(first.contains("MW-1") && first.contains(" 0."), "{first}");
}
